//! The language server, spoken to in memory as editors do.

mod editor;
mod fixing;
mod folders;
mod reports;

/// A service that extracts nothing and injects nothing.
pub(crate) const BARE: &str = r#"package main

import (
	"net/http"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

var tracer = otel.Tracer("x")

func pay(w http.ResponseWriter, r *http.Request) {
	ctx, span := tracer.Start(r.Context(), "pay")
	defer span.End()
	/* 😀é */ request, err := http.NewRequestWithContext(ctx, "GET", "http://bank/", nil)
	if err != nil {
		return
	}
	/* 😀é */ response, err := http.DefaultClient.Do(request)
	if err == nil {
		response.Body.Close()
	}
}

func main() {
	otel.SetTracerProvider(sdktrace.NewTracerProvider())
	otel.SetTextMapPropagator(propagation.TraceContext{})
	http.HandleFunc("/pay", pay)
	http.ListenAndServe(":80", nil)
}
"#;

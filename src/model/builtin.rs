//! The models that ship with the program.

use super::Model;
use crate::diagnostic::Notice;

/// Language, path and text of every file in `rules/`. A test compares the list with the folder; `UPDATE=1` rewrites it.
// A test writes the rows, one for each file.
#[rustfmt::skip]
const FILES: &[(&str, &str, &str)] = &[
    // begin
    ("go", "rules/go/alice.toml", include_str!("../../rules/go/alice.toml")),
    ("go", "rules/go/amqp.toml", include_str!("../../rules/go/amqp.toml")),
    ("go", "rules/go/asynq.toml", include_str!("../../rules/go/asynq.toml")),
    ("go", "rules/go/aws_lambda.toml", include_str!("../../rules/go/aws_lambda.toml")),
    ("go", "rules/go/aws_sdk.toml", include_str!("../../rules/go/aws_sdk.toml")),
    ("go", "rules/go/aws_xray.toml", include_str!("../../rules/go/aws_xray.toml")),
    ("go", "rules/go/builtin.toml", include_str!("../../rules/go/builtin.toml")),
    ("go", "rules/go/callbacks.toml", include_str!("../../rules/go/callbacks.toml")),
    ("go", "rules/go/chi.toml", include_str!("../../rules/go/chi.toml")),
    ("go", "rules/go/chi_middleware.toml", include_str!("../../rules/go/chi_middleware.toml")),
    ("go", "rules/go/confluent_kafka.toml", include_str!("../../rules/go/confluent_kafka.toml")),
    ("go", "rules/go/connect.toml", include_str!("../../rules/go/connect.toml")),
    ("go", "rules/go/context.toml", include_str!("../../rules/go/context.toml")),
    ("go", "rules/go/datadog.toml", include_str!("../../rules/go/datadog.toml")),
    ("go", "rules/go/datadog_contrib.toml", include_str!("../../rules/go/datadog_contrib.toml")),
    ("go", "rules/go/echo.toml", include_str!("../../rules/go/echo.toml")),
    ("go", "rules/go/echo_v5.toml", include_str!("../../rules/go/echo_v5.toml")),
    ("go", "rules/go/elastic_apm.toml", include_str!("../../rules/go/elastic_apm.toml")),
    ("go", "rules/go/fasthttp.toml", include_str!("../../rules/go/fasthttp.toml")),
    ("go", "rules/go/fiber_v2.toml", include_str!("../../rules/go/fiber_v2.toml")),
    ("go", "rules/go/fiber_v3.toml", include_str!("../../rules/go/fiber_v3.toml")),
    ("go", "rules/go/fmt.toml", include_str!("../../rules/go/fmt.toml")),
    ("go", "rules/go/franz_go.toml", include_str!("../../rules/go/franz_go.toml")),
    ("go", "rules/go/gcp_pubsub.toml", include_str!("../../rules/go/gcp_pubsub.toml")),
    ("go", "rules/go/gin.toml", include_str!("../../rules/go/gin.toml")),
    ("go", "rules/go/gin_middleware.toml", include_str!("../../rules/go/gin_middleware.toml")),
    ("go", "rules/go/go_kit.toml", include_str!("../../rules/go/go_kit.toml")),
    ("go", "rules/go/go_redis.toml", include_str!("../../rules/go/go_redis.toml")),
    ("go", "rules/go/go_restful.toml", include_str!("../../rules/go/go_restful.toml")),
    ("go", "rules/go/gorilla_mux.toml", include_str!("../../rules/go/gorilla_mux.toml")),
    ("go", "rules/go/grpc.toml", include_str!("../../rules/go/grpc.toml")),
    ("go", "rules/go/grpc_gateway.toml", include_str!("../../rules/go/grpc_gateway.toml")),
    ("go", "rules/go/grpc_middleware.toml", include_str!("../../rules/go/grpc_middleware.toml")),
    ("go", "rules/go/hertz.toml", include_str!("../../rules/go/hertz.toml")),
    ("go", "rules/go/http_clients.toml", include_str!("../../rules/go/http_clients.toml")),
    ("go", "rules/go/httprouter.toml", include_str!("../../rules/go/httprouter.toml")),
    ("go", "rules/go/jaeger_client.toml", include_str!("../../rules/go/jaeger_client.toml")),
    ("go", "rules/go/kafka_go.toml", include_str!("../../rules/go/kafka_go.toml")),
    ("go", "rules/go/kratos.toml", include_str!("../../rules/go/kratos.toml")),
    ("go", "rules/go/nats.toml", include_str!("../../rules/go/nats.toml")),
    ("go", "rules/go/negroni.toml", include_str!("../../rules/go/negroni.toml")),
    ("go", "rules/go/net_http.toml", include_str!("../../rules/go/net_http.toml")),
    ("go", "rules/go/net_http_httptest.toml", include_str!("../../rules/go/net_http_httptest.toml")),
    ("go", "rules/go/net_http_httputil.toml", include_str!("../../rules/go/net_http_httputil.toml")),
    ("go", "rules/go/net_http_middleware.toml", include_str!("../../rules/go/net_http_middleware.toml")),
    ("go", "rules/go/oauth2.toml", include_str!("../../rules/go/oauth2.toml")),
    ("go", "rules/go/opencensus.toml", include_str!("../../rules/go/opencensus.toml")),
    ("go", "rules/go/opentracing.toml", include_str!("../../rules/go/opentracing.toml")),
    ("go", "rules/go/opentracing_nethttp.toml", include_str!("../../rules/go/opentracing_nethttp.toml")),
    ("go", "rules/go/ory_httpx.toml", include_str!("../../rules/go/ory_httpx.toml")),
    ("go", "rules/go/otel.toml", include_str!("../../rules/go/otel.toml")),
    ("go", "rules/go/otel_bridge_opentracing.toml", include_str!("../../rules/go/otel_bridge_opentracing.toml")),
    ("go", "rules/go/otel_propagators.toml", include_str!("../../rules/go/otel_propagators.toml")),
    ("go", "rules/go/otelchi.toml", include_str!("../../rules/go/otelchi.toml")),
    ("go", "rules/go/otelecho.toml", include_str!("../../rules/go/otelecho.toml")),
    ("go", "rules/go/otelfiber.toml", include_str!("../../rules/go/otelfiber.toml")),
    ("go", "rules/go/otelgin.toml", include_str!("../../rules/go/otelgin.toml")),
    ("go", "rules/go/otelgrpc.toml", include_str!("../../rules/go/otelgrpc.toml")),
    ("go", "rules/go/otelhttp.toml", include_str!("../../rules/go/otelhttp.toml")),
    ("go", "rules/go/otelhttptrace.toml", include_str!("../../rules/go/otelhttptrace.toml")),
    ("go", "rules/go/otelmux.toml", include_str!("../../rules/go/otelmux.toml")),
    ("go", "rules/go/otelrestful.toml", include_str!("../../rules/go/otelrestful.toml")),
    ("go", "rules/go/resty.toml", include_str!("../../rules/go/resty.toml")),
    ("go", "rules/go/retryablehttp.toml", include_str!("../../rules/go/retryablehttp.toml")),
    ("go", "rules/go/sarama.toml", include_str!("../../rules/go/sarama.toml")),
    ("go", "rules/go/sentry.toml", include_str!("../../rules/go/sentry.toml")),
    ("go", "rules/go/sync.toml", include_str!("../../rules/go/sync.toml")),
    ("go", "rules/go/testing.toml", include_str!("../../rules/go/testing.toml")),
    ("go", "rules/go/watermill.toml", include_str!("../../rules/go/watermill.toml")),
    ("go", "rules/go/zipkin.toml", include_str!("../../rules/go/zipkin.toml")),
    ("go", "rules/go/zipkin_opentracing.toml", include_str!("../../rules/go/zipkin_opentracing.toml")),
    ("rust", "rules/rust/actix_otel.toml", include_str!("../../rules/rust/actix_otel.toml")),
    ("rust", "rules/rust/actix_web.toml", include_str!("../../rules/rust/actix_web.toml")),
    ("rust", "rules/rust/aws_sdk.toml", include_str!("../../rules/rust/aws_sdk.toml")),
    ("rust", "rules/rust/axum.toml", include_str!("../../rules/rust/axum.toml")),
    ("rust", "rules/rust/axum_documented.toml", include_str!("../../rules/rust/axum_documented.toml")),
    ("rust", "rules/rust/axum_otel.toml", include_str!("../../rules/rust/axum_otel.toml")),
    ("rust", "rules/rust/fastrace.toml", include_str!("../../rules/rust/fastrace.toml")),
    ("rust", "rules/rust/graphql_client.toml", include_str!("../../rules/rust/graphql_client.toml")),
    ("rust", "rules/rust/http.toml", include_str!("../../rules/rust/http.toml")),
    ("rust", "rules/rust/http_clients.toml", include_str!("../../rules/rust/http_clients.toml")),
    ("rust", "rules/rust/hyper.toml", include_str!("../../rules/rust/hyper.toml")),
    ("rust", "rules/rust/kafka.toml", include_str!("../../rules/rust/kafka.toml")),
    ("rust", "rules/rust/lambda_http.toml", include_str!("../../rules/rust/lambda_http.toml")),
    ("rust", "rules/rust/messages.toml", include_str!("../../rules/rust/messages.toml")),
    ("rust", "rules/rust/opentelemetry.toml", include_str!("../../rules/rust/opentelemetry.toml")),
    ("rust", "rules/rust/poem.toml", include_str!("../../rules/rust/poem.toml")),
    ("rust", "rules/rust/reqwest.toml", include_str!("../../rules/rust/reqwest.toml")),
    ("rust", "rules/rust/rmcp.toml", include_str!("../../rules/rust/rmcp.toml")),
    ("rust", "rules/rust/salvo.toml", include_str!("../../rules/rust/salvo.toml")),
    ("rust", "rules/rust/sentry.toml", include_str!("../../rules/rust/sentry.toml")),
    ("rust", "rules/rust/set_up.toml", include_str!("../../rules/rust/set_up.toml")),
    ("rust", "rules/rust/std.toml", include_str!("../../rules/rust/std.toml")),
    ("rust", "rules/rust/tokio.toml", include_str!("../../rules/rust/tokio.toml")),
    ("rust", "rules/rust/tonic.toml", include_str!("../../rules/rust/tonic.toml")),
    ("rust", "rules/rust/tonic_otel.toml", include_str!("../../rules/rust/tonic_otel.toml")),
    ("rust", "rules/rust/tower.toml", include_str!("../../rules/rust/tower.toml")),
    ("rust", "rules/rust/tower_otel.toml", include_str!("../../rules/rust/tower_otel.toml")),
    ("rust", "rules/rust/tracing.toml", include_str!("../../rules/rust/tracing.toml")),
    // end
];

/// Reads them all. Notices are there only while a model is being written: a test forbids them.
pub fn all() -> (Vec<Model>, Vec<Notice>) {
    let mut models = Vec::new();
    let mut notices = Vec::new();
    for (language, path, text) in FILES {
        let (model, found) = super::load::load(path, crate::text::Language::new(language), text);
        models.push(model);
        notices.extend(found);
    }
    (models, notices)
}

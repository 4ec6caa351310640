//! Wire formats: the header names that carry trace context, whoever reads or writes them.

/// Names of the headers that carry trace context, in lower case, with the format each belongs to.
///
/// Sources: W3C Trace Context and Baggage, the B3 specification, Jaeger client documentation, OpenTracing basic tracer, AWS
/// X-Ray, Datadog, Sentry, Elastic and Google Cloud documentation.
pub const HEADERS: &[(&str, &str)] = &[
    ("traceparent", "tracecontext"),
    ("tracestate", "tracecontext"),
    ("elastic-apm-traceparent", "tracecontext"),
    ("b3", "b3"),
    ("x-b3-traceid", "b3multi"),
    ("x-b3-spanid", "b3multi"),
    ("x-b3-parentspanid", "b3multi"),
    ("x-b3-sampled", "b3multi"),
    ("x-b3-flags", "b3multi"),
    ("uber-trace-id", "jaeger"),
    ("ot-tracer-traceid", "ottrace"),
    ("ot-tracer-spanid", "ottrace"),
    ("ot-tracer-sampled", "ottrace"),
    ("x-amzn-trace-id", "xray"),
    ("x-datadog-trace-id", "datadog"),
    ("x-datadog-parent-id", "datadog"),
    ("sentry-trace", "sentry"),
    ("x-cloud-trace-context", "cloudtrace"),
    ("grpc-trace-bin", "opencensus"),
];

/// The header that carries the trace's id in a format.
pub fn main_header(format: &str) -> Option<&'static str> {
    HEADERS.iter().find(|(_, of)| *of == format).map(|(header, _)| *header)
}

/// Whether a header of this name carries trace context. Case makes no difference.
pub fn is_header(name: &str) -> bool {
    HEADERS.iter().any(|(header, _)| header.eq_ignore_ascii_case(name))
}

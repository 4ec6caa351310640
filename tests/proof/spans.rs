//! A list of spans as Zipkin's v2 API gives it, and what a proof can demand of one. Knows neither
//! servers nor services; every function works on the list alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use crate::Outcome;

/// The part of a Zipkin v2 span that propagation shows in. Ids are unique within a trace only, and
/// even there the two halves of one call may share theirs (`shared`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) trace: String,
    pub(crate) id: String,
    /// The parent's id. A shared server half has its client half's parent here, not the client.
    pub(crate) parent: Option<String>,
    pub(crate) service: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The server half of a span whose client half, under the same id, another service reports.
    pub(crate) shared: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Client,
    Server,
    Other,
    /// Not said. A client span may be of this kind: `zipkin-go-opentracing` drops a kind that is
    /// set after the span was started.
    Unset,
}

/// Where a span hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parent<'a> {
    Root,
    Span(&'a Span),
    /// It names a parent that is not in the list.
    Lost,
}

/// Reads the answer of `/api/v2/traces`: an array of traces, each an array of spans.
pub(crate) fn parse(traces: &Value) -> Outcome<Vec<Span>> {
    let mut spans = Vec::new();
    for trace in array(traces)? {
        for span in array(trace)? {
            spans.push(parse_span(span).ok_or_else(|| format!("not a Zipkin v2 span: {span}"))?);
        }
    }
    Ok(spans)
}

/// Demands that the spans form exactly these traces, each given by the services that take part.
pub(crate) fn expect_pieces(spans: &[Span], pieces: &[&[&str]]) -> Outcome<()> {
    let mut expected: Vec<BTreeSet<&str>> = pieces.iter().map(|services| services.iter().copied().collect()).collect();
    let mut found: Vec<BTreeSet<&str>> =
        traces(spans).values().map(|trace| trace.iter().map(|span| span.service.as_str()).collect()).collect();
    expected.sort();
    found.sort();
    if found == expected {
        return Ok(());
    }
    Err(format!("expected the traces {expected:?}, found {found:?}:\n{}", draw(spans)))
}

/// Demands that the spans form one trace in which each service was called once, by the one before
/// it: its server span is the child, or the shared other half, of a client span there.
pub(crate) fn expect_chain(spans: &[Span], services: &[&str]) -> Outcome<()> {
    expect_pieces(spans, &[services])?;

    let mut faults = String::new();
    let mut caller: Option<&Span> = None;
    for service in services {
        let entries: Vec<&Span> = spans.iter().filter(|span| enters(span, service, spans)).collect();
        let [entry] = entries[..] else {
            return Err(format!(
                "`{service}` has {} spans without a parent in `{service}`, expected one:\n{}",
                entries.len(),
                draw(spans)
            ));
        };
        if let Err(fault) = expect_called_by(caller, entry, spans) {
            let _ = writeln!(faults, "the server span of `{service}` {fault}");
        }
        caller = Some(entry);
    }
    if faults.is_empty() { Ok(()) } else { Err(format!("{faults}{}", draw(spans))) }
}

/// The spans as one tree per trace, for people.
pub(crate) fn draw(spans: &[Span]) -> String {
    let mut text = String::new();
    for (id, trace) in traces(spans) {
        let _ = writeln!(text, "trace {id}");
        for span in &trace {
            let parent = parent_of(span, spans);
            if !matches!(parent, Parent::Span(_)) {
                draw_span(span, spans, 1, &mut text);
            }
        }
    }
    if text.is_empty() {
        text.push_str("no spans\n");
    }
    text
}

/// Checks one link: `caller` is the upstream service's own entry, `None` where the chain begins.
fn expect_called_by(caller: Option<&Span>, entry: &Span, spans: &[Span]) -> Outcome<()> {
    if entry.kind != Kind::Server {
        return Err(format!("is not of kind server but {:?}", entry.kind));
    }
    match (caller, parent_of(entry, spans)) {
        (None, Parent::Root) => Ok(()),
        (None, _) => Err("is not the root of its trace".to_string()),
        (Some(caller), Parent::Root) => Err(format!("has no parent, expected one in `{}`", caller.service)),
        (_, Parent::Lost) => Err("has a parent that was never collected".to_string()),
        (Some(caller), Parent::Span(parent)) if parent.service != caller.service => {
            Err(format!("hangs below `{}`, expected `{}`", parent.service, caller.service))
        }
        (Some(caller), Parent::Span(parent)) if parent == caller => {
            Err(format!("hangs right below the server span of `{}`, not below a client span", caller.service))
        }
        (Some(caller), Parent::Span(parent)) if !matches!(parent.kind, Kind::Client | Kind::Unset) => {
            Err(format!("hangs below a span of `{}` that is no client span but {:?}", caller.service, parent.kind))
        }
        (Some(_), Parent::Span(_)) => Ok(()),
    }
}

/// Whether the request came into `service` with this span. With one such span per service, all
/// other spans of the service are below it.
fn enters(span: &Span, service: &str, spans: &[Span]) -> bool {
    let inside = |parent| matches!(parent, Parent::Span(parent) if parent.service == service);
    span.service == service && !inside(parent_of(span, spans))
}

fn parent_of<'a>(span: &Span, spans: &'a [Span]) -> Parent<'a> {
    let in_trace = || spans.iter().filter(|other| other.trace == span.trace);

    if span.kind == Kind::Server || span.shared {
        let mut halves = in_trace().filter(|other| other.id == span.id && *other != span);
        if let Some(client) = halves.find(|other| !other.shared && other.kind != Kind::Server) {
            return Parent::Span(client);
        }
        if span.shared {
            return Parent::Lost;
        }
    }

    let Some(id) = &span.parent else {
        return Parent::Root;
    };
    // Both halves of a shared span may bear the id: the one that is meant is the span's own side,
    // or else, for a server span of its own id, the client half.
    let mut candidates: Vec<&Span> = in_trace().filter(|other| other.id == *id).collect();
    candidates.sort_by_key(|other| (other.service != span.service, other.shared));
    candidates.first().map_or(Parent::Lost, |parent| Parent::Span(parent))
}

fn draw_span(span: &Span, spans: &[Span], depth: usize, text: &mut String) {
    let lost = if parent_of(span, spans) == Parent::Lost { ", its parent was not collected" } else { "" };
    let shared = if span.shared { ", shared" } else { "" };
    let indent = "  ".repeat(depth);
    let Span { service, name, kind, id, .. } = span;
    let _ = writeln!(text, "{indent}{service}: {name} [{kind:?}{shared}] {id}{lost}");
    for child in spans.iter().filter(|child| parent_of(child, spans) == Parent::Span(span)) {
        draw_span(child, spans, depth + 1, text);
    }
}

fn traces(spans: &[Span]) -> BTreeMap<&str, Vec<&Span>> {
    let mut traces: BTreeMap<&str, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        traces.entry(&span.trace).or_default().push(span);
    }
    traces
}

fn parse_span(span: &Value) -> Option<Span> {
    let text = |name: &str| span[name].as_str().map(str::to_string);
    // The exporter for Rust names no service, but the tracer, which the sets name alike.
    let service = span["localEndpoint"]["serviceName"].as_str().or(span["tags"]["otel.library.name"].as_str())?;
    Some(Span {
        trace: text("traceId")?,
        id: text("id")?,
        parent: text("parentId"),
        service: service.to_string(),
        name: text("name").unwrap_or_default(),
        kind: match span["kind"].as_str() {
            Some("CLIENT") => Kind::Client,
            Some("SERVER") => Kind::Server,
            Some(_) => Kind::Other,
            None => Kind::Unset,
        },
        shared: span["shared"].as_bool().unwrap_or(false),
    })
}

fn array(value: &Value) -> Outcome<&Vec<Value>> {
    value.as_array().ok_or_else(|| format!("expected a list, found {value}"))
}

#[cfg(test)]
mod tests;

"""Exports OpenTelemetry's OTLP JSON: a span for the run with a span for each step.

A fallback begins when the failed step has ended, so its span is beside that one, with a link to it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from duckflux.runtime.events import Attempt
from duckflux.runtime.trace_context import span_id, trace_id
from duckflux.version import __version__

from ..model import Execution, Step, Trace
from ..view.timeline import Timeline, TimeSpan, parse_timestamp
from ..view.tree import fallback_origins
from .span_attributes import run_attributes, run_span_name, step_attributes

_INTERNAL, _SERVER = 1, 2
_OK, _ERROR = 1, 2
_STATUS = {"success": _OK, "failure": _ERROR}


def export(trace: Trace, state: str) -> bytes:
    """Return the trace as one TracesData object."""
    execution, timeline = trace.execution, Timeline(trace)
    origins = fallback_origins(trace)
    known = {0, *(step.seq for step in trace.steps)}
    spans = [_run_span(execution, timeline.whole, state)]
    for step in trace.steps:
        parent = _outside_fallbacks(step, origins).parent or 0
        span = _step_span(execution, step, timeline.span_of(step), parent if parent in known else 0)
        spans.append(span | _links(execution, origins.get(step.seq)))
    resource = {"service.name": execution.title, "service.version": execution.workflow_version}
    scope = {"scope": {"name": "duckflux", "version": __version__}, "spans": spans}
    return msgspec.json.encode(
        {"resourceSpans": [{"resource": {"attributes": _attributes(resource)}, "scopeSpans": [scope]}]}
    )


def _run_span(execution: Execution, span: TimeSpan, state: str) -> dict[str, Any]:
    attributes = {
        **run_attributes(execution, state),
        "duckflux.inputs": execution.inputs,
        "duckflux.output": execution.output,
    }
    return {
        **_span(execution, 0, run_span_name(execution), span, attributes),
        "kind": _SERVER,
        "status": _status(execution.status, execution.error),
    }


def _outside_fallbacks(step: Step, origins: dict[int, Step]) -> Step:
    """Return the step of the flow that a fallback runs for; a fallback may have one too."""
    while (origin := origins.get(step.seq)) is not None:
        step = origin
    return step


def _links(execution: Execution, origin: Step | None) -> dict[str, Any]:
    if origin is None:
        return {}
    link = {
        "traceId": trace_id(execution.id),
        "spanId": span_id(execution.id, origin.seq),
        "attributes": _attributes({"duckflux.link": "fallback of"}),
    }
    return {"links": [link]}


def _step_span(execution: Execution, step: Step, span: TimeSpan, parent: int) -> dict[str, Any]:
    attributes = {
        **step_attributes(execution, step),
        "duckflux.input": step.input,
        "duckflux.output": step.output,
        "duckflux.stderr": step.stderr,
    }
    return {
        **_span(execution, step.seq, step.name, span, attributes),
        "parentSpanId": span_id(execution.id, parent),
        "events": [_event(attempt) for attempt in step.attempts],
        "status": _status(step.status, step.error),
    }


def _span(
    execution: Execution, seq: int, name: str, span: TimeSpan, attributes: dict[str, Any]
) -> dict[str, Any]:
    return {
        "traceId": trace_id(execution.id),
        "spanId": span_id(execution.id, seq),
        "name": name,
        "kind": _INTERNAL,
        "startTimeUnixNano": _nanos(span.begin),
        "endTimeUnixNano": _nanos(span.end),
        "attributes": _attributes(attributes),
    }


def _event(attempt: Attempt) -> dict[str, Any]:
    at = (parse_timestamp(attempt.started_at) or 0) + attempt.duration
    attributes = {"duckflux.attempt": attempt.attempt, "exception.message": attempt.error}
    return {
        "name": "attempt failed",
        "timeUnixNano": _nanos(at),
        "attributes": _attributes({**attributes, "process.exit.code": attempt.exit_code}),
    }


def _status(status: str, error: str | None) -> dict[str, Any]:
    code = _STATUS.get(status)
    found: dict[str, Any] = {} if code is None else {"code": code}
    return found | ({"message": error} if error and code == _ERROR else {})


def _attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the attributes that have a value."""
    present = {
        key: value for key, value in values.items() if value is not None and value is not msgspec.UNSET
    }
    return [{"key": key, "value": _value(value)} for key, value in present.items()]


def _value(value: Any) -> dict[str, Any]:
    """Return a value as an attribute value; maps and arrays become JSON texts, which viewers can show."""
    match value:
        case bool():
            return {"boolValue": value}
        case int() if -(2**63) <= value < 2**63:
            return {"intValue": str(value)}
        case str():
            return {"stringValue": value}
        case float():
            return {"doubleValue": value}
        case _:
            return {"stringValue": msgspec.json.encode(value).decode()}


def _nanos(milliseconds: int) -> str:
    return str(milliseconds * 1_000_000)

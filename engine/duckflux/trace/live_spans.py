"""Sends the spans of a run while it goes on, by OpenTelemetry's SDK and its OTLP exporter.

Only imported where an endpoint is configured. The SDK's own variables apply (`OTEL_EXPORTER_OTLP_HEADERS`,
`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, ...). Inputs, outputs and what commands print are not sent.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from typing import Any

from opentelemetry import trace as api
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator

from duckflux.runtime.events import Event
from duckflux.runtime.events.stream import BackgroundListener, Warn
from duckflux.runtime.secrets import Secrets
from duckflux.runtime.trace_context import SpanContext, TraceContext
from duckflux.version import __version__

from .export.span_attributes import run_attributes, run_span_name, step_attributes
from .model import Execution, Step, TraceBuilder
from .redaction import redact_event
from .view.timeline import parse_timestamp

_SEND_INTERVAL = 1_000
_MAX_WAIT_AT_END = 2.0


class SpanSender(BackgroundListener):
    """Sends a span for each step that has ended, and at the end one for the run; close it after the run.

    What cannot be sent is dropped, and told once: a run does not wait for a collector.
    """

    def __init__(self, secrets: Secrets, warn: Warn) -> None:
        self._secrets = secrets
        self._builder = TraceBuilder()
        self._ids = _ChosenIds()
        self._provider = _provider(self._ids)
        self._tracer = self._provider.get_tracer("duckflux", __version__)
        self._context: TraceContext | None = None
        _warn_once(warn)
        super().__init__("spans", self._consume_events, warn, wants_digests=False)

    def close(self, timeout: float = 10.0) -> None:
        """Send the rest, for at most 2 seconds."""
        super().close(timeout)
        # The SDK's own limits are those of one request, and it sends the rest in several.
        rest = threading.Thread(target=self._provider.shutdown, daemon=True)
        rest.start()
        rest.join(_MAX_WAIT_AT_END)

    def _consume_events(self, batch: list[Event]) -> None:
        for event in batch:
            record = self._builder.apply(redact_event(event, self._secrets))
            match record:
                case Execution(status="running"):
                    self._context = TraceContext(os.environ, record.id, has_spans=True)
                case Execution():
                    self._send_run(record)
                case Step() if record.status != "running":
                    self._send_step(record)

    def _send_run(self, execution: Execution) -> None:
        context = self._context
        if context is None:
            return
        attributes = run_attributes(execution, execution.status)
        self._send(run_span_name(execution), context.span(), context.parent, execution, attributes)

    def _send_step(self, step: Step) -> None:
        context, execution = self._context, self._builder.execution
        if context is None or execution is None:
            return
        parent = context.span(step.parent or 0)
        self._send(step.name, context.span(step.seq), parent, step, step_attributes(execution, step))

    def _send(
        self,
        name: str,
        own: SpanContext,
        parent: SpanContext | None,
        record: Execution | Step,
        attributes: Mapping[str, Any],
    ) -> None:
        self._ids.chosen = own
        span = self._tracer.start_span(
            name,
            context=_around(parent),
            kind=api.SpanKind.SERVER if isinstance(record, Execution) else api.SpanKind.INTERNAL,
            attributes={key: value for key, value in attributes.items() if value is not None},
            start_time=_nanoseconds(record.started_at),
        )
        if record.status == "failure":
            span.set_status(api.StatusCode.ERROR, record.error)
        elif record.status == "success":
            span.set_status(api.StatusCode.OK)
        span.end(_nanoseconds(record.started_at) + record.duration * 1_000_000)


class _ChosenIds(IdGenerator):
    """Gives the span that is about to begin the identity that its step was told."""

    chosen = SpanContext("0" * 31 + "1", "0" * 15 + "1")

    def generate_span_id(self) -> int:
        return int(self.chosen.span_id, 16)

    def generate_trace_id(self) -> int:
        return int(self.chosen.trace_id, 16)


def _provider(ids: IdGenerator) -> TracerProvider:
    named = {} if "OTEL_SERVICE_NAME" in os.environ else {"service.name": "duckflux"}
    provider = TracerProvider(id_generator=ids, resource=Resource.create(named), shutdown_on_exit=False)
    interval = None if "OTEL_BSP_SCHEDULE_DELAY" in os.environ else _SEND_INTERVAL
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=interval))
    return provider


def _around(parent: SpanContext | None) -> Any:
    if parent is None:
        return None
    flags = api.TraceFlags(int(parent.flags, 16))
    known = api.SpanContext(
        int(parent.trace_id, 16), int(parent.span_id, 16), is_remote=True, trace_flags=flags
    )
    return api.set_span_in_context(api.NonRecordingSpan(known))


def _nanoseconds(timestamp: str) -> int:
    return (parse_timestamp(timestamp) or 0) * 1_000_000


def _warn_once(warn: Warn) -> None:
    """Say in one line that spans cannot be sent: the SDK's logger would say it for each attempt."""
    logger = logging.getLogger("opentelemetry")
    logger.handlers = [_FirstProblem(warn)]
    logger.propagate = False


class _FirstProblem(logging.Handler):
    def __init__(self, warn: Warn) -> None:
        super().__init__(logging.WARNING)
        self._warn = warn
        self._has_warned = False

    def emit(self, record: logging.LogRecord) -> None:
        if not self._has_warned:
            self._has_warned = True
            self._warn(f"spans are not sent: {record.getMessage()}")

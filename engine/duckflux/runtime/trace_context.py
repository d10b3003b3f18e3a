"""Tells steps the span that they belong to, as W3C Trace Context (https://www.w3.org/TR/trace-context/)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import NamedTuple

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_HEX = re.compile(r"[0-9a-f]{32}")
_SAMPLED = "01"
_ROOT = 0


class SpanContext(NamedTuple):
    """The identity of a span, in hex: 32, 16 and 2 digits."""

    trace_id: str
    span_id: str
    flags: str = _SAMPLED

    @property
    def traceparent(self) -> str:
        """Return the value of the header and of the variable."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


class TraceContext:
    """The spans of one run: its parent's, the run's own and those of its steps.

    `has_spans` tells that steps have spans of their own, because somebody records them; without, each step
    belongs to the span that the run was started in.
    """

    def __init__(self, environment: Mapping[str, str], execution_id: str, *, has_spans: bool) -> None:
        self.parent = parse_traceparent(environment.get("TRACEPARENT", ""))
        self._state = environment.get("TRACESTATE", "") if self.parent else ""
        self._execution_id = execution_id
        self._has_spans = has_spans

    def span(self, seq: int = _ROOT) -> SpanContext:
        """Return the span of a step, or that of the run."""
        if self.parent is None:
            return SpanContext(trace_id(self._execution_id), span_id(self._execution_id, seq))
        return SpanContext(self.parent.trace_id, span_id(self._execution_id, seq), self.parent.flags)

    def headers(self, seq: int) -> dict[str, str]:
        """Return the headers of a request that a step sends."""
        found = self.span(seq) if self._has_spans else self.parent
        if found is None:
            return {}
        state = {"tracestate": self._state} if self._state else {}
        return {"traceparent": found.traceparent, **state}

    def variables(self, seq: int) -> dict[str, str]:
        """Return the variables of a command that a step runs, beyond those that it inherits."""
        return {"TRACEPARENT": self.span(seq).traceparent} if self._has_spans else {}


def parse_traceparent(text: str) -> SpanContext | None:
    """Return the span that a `traceparent` names, None if it is invalid."""
    match = _TRACEPARENT.fullmatch(text.strip())
    if match is None or not int(match[1], 16) or not int(match[2], 16):
        return None
    return SpanContext(match[1], match[2], match[3])


def trace_id(execution_id: str) -> str:
    """Return the execution's id as 32 hex digits; an id that is not a UUID is hashed."""
    digits = execution_id.replace("-", "").lower()
    is_usable = _HEX.fullmatch(digits) is not None and set(digits) != {"0"}
    return digits if is_usable else hashlib.sha256(execution_id.encode()).hexdigest()[:32]


def span_id(execution_id: str, seq: int) -> str:
    """Return the id of a step's span, or of the run's for 0; the same one whenever it is asked for."""
    return hashlib.sha256(f"{execution_id} {seq}".encode()).hexdigest()[:16]

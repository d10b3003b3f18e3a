"""Exports Chrome trace events for Perfetto: a complete event for each step, a thread for each parallel branch."""

from __future__ import annotations

from typing import Any

import msgspec

from ..model import Step, Trace
from ..view.timeline import Timeline

_PROCESS = 1


def export(trace: Trace, state: str) -> bytes:
    """Return the trace as one JSON object."""
    timeline = Timeline(trace)
    threads: dict[str | None, int] = {None: 1}
    for step in trace.steps:
        threads.setdefault(step.branch, len(threads) + 1)
    events = [_name("process_name", trace.execution.title, 0)]
    events += [
        _name("thread_name", f"branch {branch}" if branch else "main", tid) for branch, tid in threads.items()
    ]
    events += [_event(step, timeline, threads[step.branch]) for step in trace.steps]
    return msgspec.json.encode(
        {
            "traceEvents": events,
            "displayTimeUnit": "ms",
            "otherData": {"id": trace.execution.id, "status": state},
        }
    )


def _name(kind: str, name: str, tid: int) -> dict[str, Any]:
    return {"ph": "M", "name": kind, "pid": _PROCESS, "tid": tid, "args": {"name": name}}


def _event(step: Step, timeline: Timeline, tid: int) -> dict[str, Any]:
    span = timeline.span_of(step)
    return {
        "ph": "X",
        "name": step.name,
        "cat": step.type,
        "ts": span.begin * 1000,
        "dur": (span.end - span.begin) * 1000,
        "pid": _PROCESS,
        "tid": tid,
        "args": step,
    }

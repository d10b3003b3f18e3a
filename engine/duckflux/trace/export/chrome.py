"""Chrome trace events, as Perfetto opens them: a complete event a step, a thread a parallel lane."""

from __future__ import annotations

from typing import Any

import msgspec

from ..model import Step, Trace
from ..view.timeline import Timeline

_PROCESS = 1


def export(trace: Trace, state: str) -> bytes:
    """The trace as one JSON object."""
    timeline = Timeline(trace)
    lanes: dict[str | None, int] = {None: 1}
    for step in trace.steps:
        lanes.setdefault(step.branch, len(lanes) + 1)
    events = [_name("process_name", trace.execution.title, 0)]
    events += [_name("thread_name", f"branch {lane}" if lane else "main", tid) for lane, tid in lanes.items()]
    events += [_event(step, timeline, lanes[step.branch]) for step in trace.steps]
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

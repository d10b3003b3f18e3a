"""Exports Chrome trace events for Perfetto: a complete event for each step, a thread for each parallel branch.

An arrow leads from a failed step to its fallback.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import msgspec

from ..model import Step, Trace
from ..view.timeline import Timeline, TimeSpan
from ..view.tree import fallback_origins

_PROCESS = 1


def export(trace: Trace, state: str) -> bytes:
    """Return the trace as one JSON object."""
    timeline = Timeline(trace)
    threads = _Threads()
    placed = [(step, threads.of(step.branch, timeline.span_of(step))) for step in trace.steps]
    events = [_name("process_name", trace.execution.title, 0)]
    events += [_name("thread_name", name, tid) for name, tid in threads.names.items()]
    events += [_event(step, timeline, tid) for step, tid in placed]
    tids = {step.seq: tid for step, tid in placed}
    origins = fallback_origins(trace)
    for step, tid in placed:
        if (origin := origins.get(step.seq)) is not None:
            events += _arrow(step, tid, origin, tids[origin.seq], timeline)
    return msgspec.json.encode(
        {
            "traceEvents": events,
            "displayTimeUnit": "ms",
            "otherData": {"id": trace.execution.id, "status": state},
        }
    )


class _Threads:
    """The threads of a trace: one for each branch, and more where steps overlap without nesting.

    They do in traces of the reference, which record no branches.
    """

    def __init__(self) -> None:
        self.names = {"main": 1}
        self._open_until: dict[int, list[int]] = {}

    def of(self, branch: str | None, span: TimeSpan) -> int:
        """Return the thread of a step; steps are given in the order of their starts."""
        first = f"branch {branch}" if branch else "main"
        for number in count(1):
            name = first if number == 1 else f"{first} ({number})"
            tid = self.names.setdefault(name, len(self.names) + 1)
            ends = self._open_until.setdefault(tid, [])
            while ends and ends[-1] <= span.begin:
                ends.pop()
            if not ends or span.end <= ends[-1]:
                ends.append(span.end)
                return tid
        raise AssertionError


def _name(kind: str, name: str, tid: int) -> dict[str, Any]:
    return {"ph": "M", "name": kind, "pid": _PROCESS, "tid": tid, "args": {"name": name}}


def _arrow(step: Step, tid: int, origin: Step, origin_tid: int, timeline: Timeline) -> list[dict[str, Any]]:
    """Return the two ends of an arrow, each of which has to lie inside the event of its step."""
    begin, end = timeline.span_of(origin)
    common = {"name": "fallback", "cat": "fallback", "id": step.seq, "pid": _PROCESS}
    return [
        {**common, "ph": "s", "tid": origin_tid, "ts": max(begin * 1000, end * 1000 - 1)},
        {**common, "ph": "f", "bp": "e", "tid": tid, "ts": timeline.span_of(step).begin * 1000},
    ]


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

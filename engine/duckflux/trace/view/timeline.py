"""Computes when the steps of a trace ran."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ..model import Step, Trace


class TimeSpan(NamedTuple):
    """A start and an end in milliseconds since 1970."""

    begin: int
    end: int


class Timeline:
    """The time spans of a trace's steps. A step that was running at the end of the trace lasts until then."""

    def __init__(self, trace: Trace) -> None:
        execution = trace.execution
        self._begin = parse_timestamp(execution.started_at) or 0
        ends = [execution.finished_at, *(step.finished_at for step in trace.steps)]
        starts = [step.started_at for step in trace.steps]
        self._end = max(
            [self._begin, *(found for text in (*ends, *starts) if (found := parse_timestamp(text)))]
        )

    @property
    def whole(self) -> TimeSpan:
        """The time span of the run."""
        return TimeSpan(self._begin, self._end)

    def span_of(self, step: Step) -> TimeSpan:
        """Return a step's time span."""
        return span_within(self.whole, step)


def span_within(whole: TimeSpan, step: Step) -> TimeSpan:
    """Return the time span of a step of a run; an invalid time counts as the begin or end of the run."""
    begin = parse_timestamp(step.started_at) or whole.begin
    end = parse_timestamp(step.finished_at) or (
        whole.end if step.status == "running" else begin + step.duration
    )
    return TimeSpan(begin, max(begin, end))


def parse_timestamp(text: str) -> int | None:
    """Return an ISO 8601 time in milliseconds since 1970, None for an invalid one."""
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None

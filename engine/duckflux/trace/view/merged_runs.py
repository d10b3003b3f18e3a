"""Puts two runs of a workflow into one trace, one below the other, as if they had begun together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from ...runtime.clock import iso
from ..model import Step, Trace, mark_interrupted
from .timeline import Timeline, parse_timestamp

_NANOSECONDS = 1_000_000


def merged_runs(before: Trace, after: Trace) -> Trace:
    """Return a trace with the steps of both runs, each inside a step that stands for its run.

    It begins with the later run, and lasts as long as the longer one.
    """
    begin = Timeline(after).whole.begin
    steps: list[Step] = []
    for title, run in (("before", before), ("after", after)):
        steps += _moved(title, mark_interrupted(run), begin, len(steps))
    length = max(_length(run) for run in (before, after))
    execution = replace(
        after.execution,
        started_at=_iso(begin),
        finished_at=_iso(begin + length),
        duration=length,
        status=_status(after),
        resumed_from=None,
    )
    return Trace(execution, tuple(steps))


def _moved(title: str, run: Trace, begin: int, last: int) -> Iterator[Step]:
    """Yield a step for a run that begins at another time, and its steps, numbered after `last`."""
    whole = Timeline(run).whole
    shift = begin - whole.begin
    yield Step(
        seq=last + 1,
        name=f"{title}: {run.execution.title}",
        type="workflow",
        started_at=_iso(begin),
        finished_at=_iso(begin + _length(run)),
        duration=_length(run),
        status=_status(run),
        input=run.execution.inputs,
        output=run.execution.output,
        error=run.execution.error,
    )
    numbers = {step.seq: last + 2 + index for index, step in enumerate(run.steps)}
    for step in run.steps:
        yield replace(
            step,
            seq=numbers[step.seq],
            parent=last + 1 if step.parent is None else numbers.get(step.parent, last + 1),
            started_at=_at(step.started_at, shift),
            finished_at=_at(step.finished_at, shift),
        )


def _status(run: Trace) -> Literal["success", "failure"]:
    """Return how a run ended; one that was interrupted has failed."""
    return "failure" if run.execution.status == "running" else run.execution.status


def _length(run: Trace) -> int:
    whole = Timeline(run).whole
    return whole.end - whole.begin


def _at(time: str, shift: int) -> str:
    """Return a time some milliseconds later; what is not a time stays as it is."""
    found = parse_timestamp(time)
    return time if found is None else _iso(found + shift)


def _iso(milliseconds: int) -> str:
    return iso(milliseconds * _NANOSECONDS)

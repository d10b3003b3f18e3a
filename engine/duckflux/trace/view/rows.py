"""Presents a trace as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..model import Step, Trace
from ..usage import total_usage, usage_of
from .labels import StepResult, duration_text, label
from .tree import build_tree, walk


class TraceRow(NamedTuple):
    """One execution of a step, or an iteration of a loop, whose `step` is None and `label` empty."""

    depth: int
    title: str
    label: str
    step: Step | None


def headline(trace: Trace, state: str, started: str | None = None) -> str:
    """Return a summary of a run in one line: name, state, duration, number of steps, start.

    `started` is the start as text, by default as it is in the trace.
    """
    execution = trace.execution
    spent = f" in {duration_text(execution.duration)}" if execution.finished_at else ""
    steps = "1 step" if len(trace.steps) == 1 else f"{len(trace.steps)} steps"
    usage = total_usage(trace.steps)
    used = f", {usage}" if usage is not None else ""
    return f"{execution.title}: {state}{spent}, {steps}{used}, {started or execution.started_at}"


def rows(trace: Trace) -> Iterator[TraceRow]:
    """Yield a row for each execution of each step, followed by those inside it."""
    for depth, node in walk(build_tree(trace)):
        text = "" if node.step is None else _label(node.step, len(node.children))
        yield TraceRow(depth, node.title, text, node.step)


def _label(step: Step, inside: int) -> str:
    """Return the label of one execution; `iterations` is the number of a loop's iterations."""
    runs = 0 if step.status == "skipped" else 1
    return label(
        StepResult(
            "",
            step,
            runs=runs,
            duration=step.duration,
            retries=step.retries,
            iterations=inside,
            usage=usage_of(step),
        )
    )

"""Sets the result of a step beside that of another run, or beside those of the runs before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median
from typing import TypeAlias

from ..model import Step, Trace
from .labels import StepResult, label

# Differences within both limits are nothing but chance.
MEDIAN_PERCENT = 20
MEDIAN_MILLISECONDS = 20
MIN_RUNS = 3
_MIN_CHANGE = 10

# A step by its pointer and name: another one may stand there after an edit.
StepPlace: TypeAlias = tuple[str, str]


def counterpart(result: StepResult, others: Mapping[str, StepResult]) -> StepResult | None:
    """Return the result of the same step in another run, None if it did not run there.

    That is the one at the same place, or else the only one of its name: the text may have been edited in between.
    """
    own = (result.last.name, result.last.type)
    here = others.get(result.path)
    if here is not None and (here.last.name, here.last.type) == own:
        return here
    named = [other for other in others.values() if (other.last.name, other.last.type) == own]
    return named[0] if len(named) == 1 else None


def compared_label(before: StepResult | None, after: StepResult | None) -> str:
    """Return the results of a step in two runs: `✓ 1.0s → ✓ 1.2s (+20%)`, `✓ 40ms → ✗ exit 1 · 41ms`."""
    was = label(before) if before is not None else "did not run"
    now = label(after) if after is not None else "did not run"
    text = f"{was} → {now}"
    if before is None or after is None or not before.duration:
        return text
    change = after.duration - before.duration
    return f"{text} ({100 * change / before.duration:+.0f}%)" if abs(change) > _MIN_CHANGE else text


def medians(runs: Iterable[Trace], file: str | None) -> dict[StepPlace, float]:
    """Return how long an execution of each step usually takes, in milliseconds, if enough runs tell.

    `file` is the sub-workflow whose steps are meant, None for those of the run's own file.
    """
    found: dict[StepPlace, list[float]] = {}
    for run in runs:
        own: dict[StepPlace, list[int]] = {}
        for step in run.steps:
            if step.workflow == file and step.path is not None and _tells(step):
                own.setdefault((step.path, step.name), []).append(step.duration)
        for place, durations in own.items():
            found.setdefault(place, []).append(sum(durations) / len(durations))
    return {place: median(times) for place, times in found.items() if len(times) >= MIN_RUNS}


def percent_of_median(result: StepResult, usual: float | None) -> int | None:
    """Return by how many percent a step took longer than usual, None if that says nothing."""
    if usual is None or not usual or not _tells(result.last):
        return None
    change = result.duration / max(result.runs, 1) - usual
    percent = round(100 * change / usual)
    return percent if abs(change) >= MEDIAN_MILLISECONDS and abs(percent) >= MEDIAN_PERCENT else None


def _tells(step: Step) -> bool:
    """Return whether the time of an execution says something about the step: nobody was waited for."""
    return step.status == "success" and not step.reused and step.type != "wait"

"""Finds the results of a run for the steps of a diagram."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from ..trace.model import CANCELLED
from ..trace.view.labels import SYMBOLS, StepResult, label
from .model import MORE, Diagram, drawn_steps

# What a MORE is shown as: the first of these that one of its steps has.
_WORST_FIRST = ("failure", "running", CANCELLED, "success", "skipped")


class Shown(NamedTuple):
    """The result of a step as it is shown: `status` is a class of the style sheet, `label` a short text."""

    status: str
    label: str


class DrawnSteps:
    """Knows which step of a diagram stands for any step of the workflow."""

    def __init__(self, diagram: Diagram) -> None:
        steps = list(drawn_steps(diagram.flow))
        self._whole = {step.key for step in steps if step.kind != MORE}
        self._rests = {step.key.rpartition("/")[0]: step.key for step in steps if step.kind == MORE}

    @property
    def rests(self) -> Collection[str]:
        """The keys of the MOREs."""
        return self._rests.values()

    def key_of(self, step: str) -> str:
        """Return the key of what shows a step, by its JSON pointer: itself, or the MORE that stands for it."""
        key = step
        while key and key not in self._whole:
            key = key.rpartition("/")[0]
            if key in self._rests:
                return self._rests[key]
        return step


def shown_results(
    diagram: Diagram, results: Mapping[str, StepResult], elapsed: Mapping[str, int | None] | None = None
) -> dict[str, Shown]:
    """Return the results by the keys of the steps that show them.

    Those of steps that are not drawn are counted at the MORE that stands for them. `elapsed` is for how many
    milliseconds running steps have been running.
    """
    drawn = DrawnSteps(diagram)
    found: dict[str, Shown] = {}
    hidden: dict[str, list[str]] = defaultdict(list)
    for step, result in results.items():
        key = drawn.key_of(step)
        if key in drawn.rests:
            hidden[key].append(status_of(result))
        else:
            found[key] = Shown(status_of(result), label(result, (elapsed or {}).get(step)))
    return found | {key: _sum(statuses) for key, statuses in hidden.items()}


def status_of(result: StepResult) -> str:
    """Return the status of a step as people are told it."""
    return CANCELLED if result.last.was_cancelled else result.last.status


def _sum(statuses: list[str]) -> Shown:
    worst = next(status for status in _WORST_FIRST if status in statuses)
    symbol = SYMBOLS.get(worst, SYMBOLS["skipped"])
    return Shown(worst, f"{symbol} {statuses.count(worst):,} {worst}")

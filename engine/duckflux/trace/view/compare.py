"""Compares two runs of a workflow, step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

import msgspec

from ...value_changes import Change, value_changes
from ..model import Step, StepStatus, Trace

# A step's sub-workflow file and pointer; for the reference, which records neither, its type and name.
StepKey: TypeAlias = tuple[str, str]


class StepTotals(NamedTuple):
    """The executions of a step in one of the runs; `duration` (milliseconds) is their sum."""

    name: str
    executions: int
    duration: int
    statuses: tuple[StepStatus, ...]


class ComparisonRow(NamedTuple):
    """A step in both runs; `statuses` are the changes, as (before, after, number of executions)."""

    key: StepKey
    before: StepTotals | None
    after: StepTotals | None
    statuses: tuple[tuple[StepStatus, StepStatus, int], ...]

    @property
    def name(self) -> str:
        """The name of the step."""
        side = self.after or self.before
        return side.name if side else ""

    @property
    def change(self) -> int:
        """Return how many milliseconds longer the second run took for this step."""
        return (self.after.duration if self.after else 0) - (self.before.duration if self.before else 0)

    @property
    def percent(self) -> float | None:
        """The change relative to the first run's time, None if one of the runs has no time."""
        if self.before is None or self.after is None or not self.before.duration:
            return None
        return 100 * self.change / self.before.duration

    @property
    def worse(self) -> bool:
        """Return whether an execution failed that did not fail before."""
        return any(after == "failure" for _, after, _ in self.statuses)

    def exceeds(self, percent: float, milliseconds: int) -> bool:
        """Return whether the step got slower by more than both limits, or fails now."""
        slower = self.percent is not None and self.percent > percent and self.change > milliseconds
        return self.worse or slower


class ValueDifference(NamedTuple):
    """A part of a step's input, output or error that differs; `iterations` are those of the step's loops."""

    iterations: tuple[int, ...]
    change: Change

    def __str__(self) -> str:
        """Return `output.score: 7 → 8`, after `@1` for the second iteration of a loop."""
        where = f"@{'.'.join(map(str, self.iterations))} " if self.iterations else ""
        return f"{where}{self.change}"


def compare(before: Trace, after: Trace) -> list[ComparisonRow]:
    """Return the steps of both runs, in the order in which they first ran."""
    first, second = _group_by_key(before.steps), _group_by_key(after.steps)
    keys = [*first, *(key for key in second if key not in first)]
    return [_row(key, first.get(key, []), second.get(key, [])) for key in keys]


def value_differences(before: Trace, after: Trace) -> dict[StepKey, list[ValueDifference]]:
    """Return where the values of executions differ that both runs have, of each step where any does."""
    first, second = _group_by_key(before.steps), _group_by_key(after.steps)
    found: dict[StepKey, list[ValueDifference]] = {}
    for key in first.keys() & second.keys():
        earlier = {_execution(step): step for step in first[key]}
        pairs = ((earlier.get(_execution(step)), step) for step in second[key])
        changes = [
            ValueDifference(step.iterations, change)
            for was, step in pairs
            if was is not None
            for change in step_changes(was, step)
        ]
        if changes:
            found[key] = changes
    return found


def step_changes(before: Step, after: Step) -> list[Change]:
    """Return where input, output and error of two executions differ.

    What one of the traces leaves out is no difference.
    """
    found: list[Change] = []
    for name in ("input", "output", "error"):
        was, now = getattr(before, name), getattr(after, name)
        if was is not msgspec.UNSET and now is not msgspec.UNSET:
            found += value_changes(was, now, name)
    return found


def _group_by_key(steps: Iterable[Step]) -> dict[StepKey, list[Step]]:
    found: dict[StepKey, list[Step]] = {}
    for step in steps:
        found.setdefault(_key(step), []).append(step)
    return found


def _key(step: Step) -> StepKey:
    return (step.type, step.name) if step.path is None else (step.workflow or "", step.path)


def _row(key: StepKey, before: list[Step], after: list[Step]) -> ComparisonRow:
    earlier = {_execution(step): step.status for step in before}
    pairs = Counter(
        (earlier[execution], step.status)
        for step in after
        if (execution := _execution(step)) in earlier and earlier[execution] != step.status
    )
    changes = tuple((was, is_, count) for (was, is_), count in pairs.items())
    return ComparisonRow(key, _totals(before), _totals(after), changes)


def _execution(step: Step) -> tuple[tuple[int, ...], str | None, int | None]:
    return step.iterations, step.branch, step.loop_index


def _totals(steps: list[Step]) -> StepTotals | None:
    if not steps:
        return None
    duration = sum(step.duration for step in steps)
    return StepTotals(steps[-1].name, len(steps), duration, tuple(step.status for step in steps))

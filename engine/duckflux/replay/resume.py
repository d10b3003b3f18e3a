"""Implements `--resume` and `--from`: steps that an earlier run completed are reused, the others run."""

from __future__ import annotations

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from ..cel.chrono import Timestamp
from ..language.schema.participant_types import find_or_default
from ..runtime.engine.controller import (
    PROCEED,
    ConditionKind,
    Controller,
    Decision,
    Identity,
    Proceed,
    Restore,
    StepInfo,
)
from ..runtime.engine.digests import changed_fields
from ..runtime.errors import StepError
from ..trace.model import Step
from .recorded_run import BLOCKS, RecordedRun, RecordedStep
from .recorded_values import NO_VALUES, not_reusable, recorded_output

_HANDLED = ("success", "skipped")


class Resume(Controller):
    """Restores the completed steps of an earlier run; steps from the seq `first` on, if given, run again."""

    def __init__(self, recorded_run: RecordedRun, first: int | None = None) -> None:
        self._recorded_run = recorded_run
        self._first = first

    async def before(self, step: Identity, info: StepInfo) -> Decision:
        """Decide to restore a completed step. Raises StepError if that is not possible."""
        recorded = self._find(step)
        if recorded is None:
            self._refuse_new(step)
            return PROCEED
        done = self._is_done(recorded.step) or (info.has_fallback and self._is_in_fallback(recorded.step))
        if step.attempt > 1 or not done:
            return _with_time_waited(recorded.step, info)
        self._refuse_changed(recorded.step, info)
        # A sub-workflow is entered again: its steps are restored one by one.
        if recorded.step.status == "success" and _runs_steps(info.type):
            return PROCEED
        return restore(recorded.step, info)

    def recall(self, step: Identity, kind: ConditionKind) -> bool | int | None:
        """Return what a condition gave then, as far as the recorded steps tell."""
        if kind == "max":
            return None
        iteration = step.iterations[-1] if kind == "until" else 0
        recorded = self._find(
            msgspec.structs.replace(step, iterations=step.iterations[:-1]) if kind == "until" else step
        )
        if recorded is None:
            return None
        if kind == "when":
            return recorded.step.reason != "when" if self._is_done(recorded.step) else None
        if kind == "if":
            return _branch_taken(recorded)
        depth = len(step.iterations)
        if any(
            child.iterations[-1] > iteration for child in recorded.children if len(child.iterations) == depth
        ):
            return False
        return True if recorded.step.status == "success" else None

    def _find(self, step: Identity) -> RecordedStep | None:
        """Return a recorded step as it was before the step `first`."""
        recorded = self._recorded_run.find(step)
        if recorded is None or self._first is None:
            return recorded
        if recorded.step.seq >= self._first:
            return None
        children = tuple(child for child in recorded.children if child.seq < self._first)
        if all(child.seq < self._first for child in self._recorded_run.descendants(recorded.step)):
            return RecordedStep(recorded.step, children)
        return RecordedStep(_as_running(recorded.step), children)

    def _is_done(self, step: Step) -> bool:
        """Return whether the run continued after this step: it succeeded, or its failure was handled."""
        if step.status != "failure":
            return step.status in _HANDLED
        return any(self._is_done(child) for child in self._recorded_run.children(step) if _is_fallback(child))

    def _is_in_fallback(self, step: Step) -> bool:
        """Return whether the run was interrupted after this step failed, before its fallback had ended."""
        if step.status != "failure" or self._recorded_run.trace.execution.status != "running":
            return False
        fallbacks = filter(_is_fallback, self._recorded_run.children(step))
        return all(fallback.status == "running" for fallback in fallbacks)

    def _refuse_changed(self, step: Step, info: StepInfo) -> None:
        """Raise StepError if the definition of a step has changed since then."""
        if step.type != info.type:
            raise not_reusable(step, f"its type was {step.type} then")
        fields = changed_fields(step.digest, info.digest) if step.digest else []
        if fields:
            names = ", ".join(f"`{field}`" for field in fields)
            raise not_reusable(step, f"{names} changed since then")

    def _refuse_new(self, step: Identity) -> None:
        """Raise StepError for a step that was added to a construct which the earlier run completed."""
        enclosing = self._recorded_run.enclosing(step)
        if enclosing is None or enclosing.status != "success":
            return
        if self._first is not None:
            inside = (enclosing, *self._recorded_run.descendants(enclosing))
            if any(child.seq >= self._first for child in inside):
                return
        raise StepError(
            "it is new since the run that is resumed, in a part that was completed: run again from this step",
            code="not-reusable",
        )


def restore(step: Step, info: StepInfo) -> Restore:
    """Return how a recorded step ended. Raises StepError if the trace does not have all of it."""
    has_output = step.status == "success" or find_or_default(step.type).outputs_when_skipped
    output = recorded_output(step) if has_output else UNSET
    needs_output = step.type != "wait" or "event=" in info.digest
    if output is UNSET and step.status == "success" and needs_output:
        raise not_reusable(step, NO_VALUES)
    return Restore(
        status="success" if step.status == "running" else step.status,
        output=output,
        input=step.input,
        error=step.error,
        exit_code=step.exit_code,
        retries=step.retries,
        reason=step.reason,
        started=Timestamp.from_rfc3339(step.started_at).nanos,
        elapsed=step.duration * 1_000_000,
    )


def _with_time_waited(step: Step, info: StepInfo) -> Proceed:
    """Return that the step is to run; the part of a mere pause that had passed is not waited for again.

    Whoever waits for an event or a condition gets the whole time: nothing could come while nothing ran.
    """
    is_pause = info.type == "wait" and not any(f"{field}=" in info.digest for field in ("event", "until"))
    if not is_pause or step.type != "wait":
        return PROCEED
    return Proceed(since=Timestamp.from_rfc3339(step.started_at).nanos)


def _runs_steps(type_: str) -> bool:
    return find_or_default(type_).runs_steps


def _is_fallback(step: Step) -> bool:
    return step.path is not None and step.path.startswith("/participants/")


def _branch_taken(recorded: RecordedStep) -> bool | None:
    """Return whether an `if` took `then`, None if the trace does not tell."""
    pointer = f"{recorded.step.path}/if/"
    for child in recorded.children:
        if child.path is not None and child.path.startswith(pointer):
            return child.path.startswith(f"{pointer}then/")
    return False if recorded.step.status == "success" else None


def _as_running(step: Step) -> Step:
    """Return a step that contains a step which runs again as one that has not ended."""
    return replace(step, status="running") if step.type in BLOCKS or _runs_steps(step.type) else step

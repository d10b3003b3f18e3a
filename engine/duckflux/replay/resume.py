"""`--resume` and `--from`: what the earlier run got done is not done again."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from ..cel.chrono import Timestamp
from ..runtime.engine.controller import (
    PROCEED,
    ConditionKind,
    Controller,
    Decision,
    Identity,
    Restore,
    StepInfo,
)
from ..runtime.engine.digests import changed_fields
from ..runtime.errors import StepError
from ..trace.model import Step
from .recorded_run import RecordedRun, RecordedStep
from .recorded_values import not_reusable, recorded_output

_HANDLED = ("success", "skipped")


class Resume(Controller):
    """Restores the steps of an earlier run; those from the seq `first` on, if given, are run again."""

    def __init__(self, run: RecordedRun, first: int | None = None) -> None:
        self._run = run
        self._first = first

    async def before(self, step: Identity, info: StepInfo) -> Decision:
        recorded = self._found(step)
        if recorded is None:
            self._refuse_new(step)
            return PROCEED
        done = self._is_done(recorded.step) or (info.has_fallback and self._is_falling_back(recorded.step))
        if step.attempt > 1 or not done:
            return PROCEED
        self._refuse_changed(recorded.step, info)
        # A sub-workflow is gone through again: what is inside is restored step by step.
        if info.type == "workflow" and recorded.step.status == "success":
            return PROCEED
        return restore(recorded.step, info)

    def recall(self, step: Identity, kind: ConditionKind) -> bool | None:
        round_ = step.iterations[-1] if kind == "until" else 0
        recorded = self._found(step._replace(iterations=step.iterations[:-1]) if kind == "until" else step)
        if recorded is None:
            return None
        if kind == "when":
            return recorded.step.reason != "when" if self._is_done(recorded.step) else None
        if kind == "if":
            return _branch(recorded)
        rounds = [
            one.iterations[-1] for one in recorded.children if len(one.iterations) == len(step.iterations)
        ]
        if any(one > round_ for one in rounds):
            return False
        return True if recorded.step.status == "success" else None

    def _found(self, step: Identity) -> RecordedStep | None:
        recorded = self._run.find(step)
        if recorded is None or self._first is None:
            return recorded
        if recorded.step.seq >= self._first:
            return None
        children = tuple(one for one in recorded.children if one.seq < self._first)
        # What goes on after the first step that runs again has not ended yet.
        done = all(one.seq < self._first for one in self._below(recorded.step))
        return RecordedStep(recorded.step if done else _unfinished(recorded.step), children)

    def _below(self, step: Step) -> list[Step]:
        found = list(self._run.children(step))
        for one in found:
            found.extend(self._run.children(one))
        return found

    def _is_done(self, step: Step) -> bool:
        """Whether the run went on after this step: it succeeded, or its failure was handled."""
        if step.status != "failure":
            return step.status in _HANDLED
        return any(self._is_done(one) for one in self._run.children(step) if _is_fallback(one))

    def _is_falling_back(self, step: Step) -> bool:
        """Whether the run broke off after this step failed, before its fallback had ended."""
        if step.status != "failure" or self._run.trace.execution.status != "running":
            return False
        return all(one.status == "running" for one in self._run.children(step) if _is_fallback(one))

    def _refuse_changed(self, step: Step, info: StepInfo) -> None:
        """A step that is defined otherwise than then can't be taken over."""
        if step.type != info.type:
            raise not_reusable(step, f"it was a step of type {step.type} then")
        fields = changed_fields(step.digest, info.digest) if step.digest else []
        if fields:
            words = ", ".join(f"`{field}`" for field in fields)
            raise not_reusable(step, f"{words} changed since then")

    def _refuse_new(self, step: Identity) -> None:
        """A step in a part that the earlier run was through with, where there was none."""
        enclosing = self._run.enclosing(step)
        if enclosing is None or enclosing.status != "success":
            return
        if self._first is not None and any(
            one.seq >= self._first for one in (enclosing, *self._below(enclosing))
        ):
            return
        raise StepError(
            "it is new since the run that is resumed, in a part that was done: run from here with --from",
            code="not-reusable",
        )


def restore(step: Step, info: StepInfo) -> Restore:
    """The end of a recorded step. Raises StepError where the trace does not have it whole."""
    output = recorded_output(step) if step.status == "success" or step.type == "emit" else UNSET
    if output is UNSET and step.status == "success" and (step.type != "wait" or "event=" in info.digest):
        raise not_reusable(step, "the trace was made with --trace-no-values")
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


def _is_fallback(step: Step) -> bool:
    """Whether a step inside another one is its fallback."""
    return step.path is not None and step.path.startswith("/participants/")


def _branch(recorded: RecordedStep) -> bool | None:
    """Which way an `if` went; None if that can't be told."""
    here = f"{recorded.step.path}/if/"
    for one in recorded.children:
        if one.path is not None and one.path.startswith(here):
            return one.path.startswith(f"{here}then/")
    return False if recorded.step.status == "success" else None


def _unfinished(step: Step) -> Step:
    return replace(step, status="running") if step.type in ("loop", "parallel", "if", "workflow") else step

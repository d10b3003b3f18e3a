"""`--resume` and `--from`: what the earlier run got done is not done again."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from ..cel.chrono import Timestamp
from ..runtime.engine.controller import PROCEED, Controller, Decision, Identity, Question, Restore, StepInfo
from ..runtime.engine.digests import changed
from ..runtime.errors import StepError
from ..trace.model import Step
from .recorded_run import RecordedPart, RecordedRun
from .recorded_values import output_of, unusable

_HANDLED = ("success", "skipped")


class Resume(Controller):
    """Restores the steps of an earlier run; those from the seq `first` on, if given, are run again."""

    def __init__(self, history: RecordedRun, first: int | None = None) -> None:
        self._history = history
        self._first = first

    async def before(self, step: Identity, about: StepInfo) -> Decision:
        part = self._found(step)
        if part is None:
            self._refuse_new(step)
            return PROCEED
        done = self._is_done(part.step) or (about.has_fallback and self._is_falling_back(part.step))
        if step.attempt > 1 or not done:
            return PROCEED
        self._refuse_changed(part.step, about)
        # A sub-workflow is gone through again: what is inside is restored step by step.
        if about.type == "workflow" and part.step.status == "success":
            return PROCEED
        return restored(part.step, about)

    def recall(self, step: Identity, question: Question) -> bool | None:
        round_ = step.iterations[-1] if question == "until" else 0
        part = self._found(step._replace(iterations=step.iterations[:-1]) if question == "until" else step)
        if part is None:
            return None
        if question == "when":
            return part.step.reason != "when" if self._is_done(part.step) else None
        if question == "if":
            return _branch(part)
        rounds = [one.iterations[-1] for one in part.inside if len(one.iterations) == len(step.iterations)]
        if any(one > round_ for one in rounds):
            return False
        return True if part.step.status == "success" else None

    def _found(self, step: Identity) -> RecordedPart | None:
        part = self._history.find(step)
        if part is None or self._first is None:
            return part
        if part.step.seq >= self._first:
            return None
        inside = tuple(one for one in part.inside if one.seq < self._first)
        # What goes on after the first step that runs again has not ended yet.
        done = all(one.seq < self._first for one in self._below(part.step))
        return RecordedPart(part.step if done else _unfinished(part.step), inside)

    def _below(self, step: Step) -> list[Step]:
        found = list(self._history.inside(step))
        for one in found:
            found.extend(self._history.inside(one))
        return found

    def _is_done(self, step: Step) -> bool:
        """Whether the run went on after this step: it succeeded, or its failure was handled."""
        if step.status != "failure":
            return step.status in _HANDLED
        return any(self._is_done(one) for one in self._history.inside(step) if _stands_in(one))

    def _is_falling_back(self, step: Step) -> bool:
        """Whether the run broke off after this step failed, before its fallback had ended."""
        if step.status != "failure" or self._history.trace.execution.status != "running":
            return False
        return all(one.status == "running" for one in self._history.inside(step) if _stands_in(one))

    def _refuse_changed(self, step: Step, about: StepInfo) -> None:
        """A step that is defined otherwise than then can't be taken over."""
        if step.type != about.type:
            raise unusable(step, f"it was a step of type {step.type} then")
        fields = changed(step.digest, about.digest) if step.digest else []
        if fields:
            words = ", ".join(f"`{field}`" for field in fields)
            raise unusable(step, f"{words} changed since then")

    def _refuse_new(self, step: Identity) -> None:
        """A step in a part that the earlier run was through with, where there was none."""
        around = self._history.around(step)
        if around is None or around.status != "success":
            return
        if self._first is not None and any(one.seq >= self._first for one in (around, *self._below(around))):
            return
        raise StepError(
            "it is new since the run that is resumed, in a part that was done: run from here with --from",
            code="not-reusable",
        )


def restored(step: Step, about: StepInfo) -> Restore:
    """The end of a recorded step. Raises StepError where the trace does not have it whole."""
    output = output_of(step) if step.status == "success" or step.type == "emit" else UNSET
    if output is UNSET and step.status == "success" and (step.type != "wait" or "event=" in about.digest):
        raise unusable(step, "the trace was made with --trace-no-values")
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


def _stands_in(step: Step) -> bool:
    """Whether a step inside another one is its fallback."""
    return step.path is not None and step.path.startswith("/participants/")


def _branch(part: RecordedPart) -> bool | None:
    """Which way an `if` went; None if that can't be told."""
    here = f"{part.step.path}/if/"
    for one in part.inside:
        if one.path is not None and one.path.startswith(here):
            return one.path.startswith(f"{here}then/")
    return False if part.step.status == "success" else None


def _unfinished(step: Step) -> Step:
    return replace(step, status="running") if step.type in ("loop", "parallel", "if", "workflow") else step

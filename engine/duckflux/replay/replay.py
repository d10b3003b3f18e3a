"""`--replay`: no participant runs; outputs come from an earlier run, all else is done anew."""

from __future__ import annotations

from msgspec import UNSET

from ..runtime.engine.controller import PROCEED, Controller, Decision, Identity, Restore, Reuse, StepInfo
from ..runtime.errors import StepError
from ..trace.model import Step
from .recorded_run import RecordedRun
from .recorded_values import not_reusable, recorded_output


class Replay(Controller):
    """Answers with recorded results, also where conditions and mappings are others now."""

    def __init__(self, run: RecordedRun) -> None:
        self._run = run

    async def before(self, step: Identity, info: StepInfo) -> Decision:
        if info.type in ("set", "workflow"):
            return PROCEED
        recorded = self._run.find(step)
        found = recorded.step if recorded is not None else self._run.find_by_name(info.name, step.iterations)
        if found is None or found.type != info.type:
            if info.type == "wait":
                return PROCEED
            raise _missing("it did not run in the run that is replayed")
        return _answer(found)


def _answer(step: Step) -> Decision:
    if step.status == "success":
        output = recorded_output(step)
        if output is UNSET and step.type != "wait":
            raise not_reusable(step, "the trace was made with --trace-no-values")
        return Reuse(output)
    if step.type == "wait":
        return Restore("skipped", error=step.error, reason="onTimeout")
    if step.reason == "when":
        raise _missing("it was skipped by `when` in the run that is replayed")
    # What failed fails again, at once and however often it was tried.
    return Restore("failure", error=step.error, exit_code=step.exit_code)


def _missing(why: str) -> StepError:
    return StepError(f"{why}: give its output with --mock", code="not-recorded")

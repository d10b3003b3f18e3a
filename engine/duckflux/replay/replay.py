"""Implements `--replay`: outputs come from an earlier run, everything else is evaluated again."""

from __future__ import annotations

from msgspec import UNSET

from ..language.schema.participant_types import find_or_default
from ..runtime.engine.controller import PROCEED, Controller, Decision, Identity, Restore, Reuse, StepInfo
from ..runtime.errors import StepError
from ..trace.model import Step
from .recorded_run import RecordedRun
from .recorded_values import NO_VALUES, not_reusable, recorded_output


class Replay(Controller):
    """Gives each participant its recorded result, also where conditions and mappings have changed since."""

    def __init__(self, recorded_run: RecordedRun) -> None:
        self._recorded_run = recorded_run

    async def before(self, step: Identity, info: StepInfo) -> Decision:
        """Decide to reuse the recorded result. Raises StepError if there is none."""
        is_wait = info.type == "wait"
        if info.type == "set" or (not is_wait and find_or_default(info.type).runs_steps):
            return PROCEED
        recorded = self._recorded_run.find(step)
        found = (
            recorded.step
            if recorded is not None
            else self._recorded_run.find_by_name(info.name, step.iterations)
        )
        if found is None or found.type != info.type:
            if is_wait:
                return PROCEED
            raise _not_recorded("it did not run in the run that is replayed")
        return _decision(found)


def _decision(step: Step) -> Decision:
    if step.status == "success":
        output = recorded_output(step)
        if output is UNSET and step.type != "wait":
            raise not_reusable(step, NO_VALUES)
        return Reuse(output)
    if step.type == "wait":
        return Restore("skipped", error=step.error, reason="onTimeout")
    if step.reason == "when":
        raise _not_recorded("it was skipped by `when` in the run that is replayed")
    # A failed step fails again, at once and without retries.
    return Restore("failure", error=step.error, exit_code=step.exit_code)


def _not_recorded(reason: str) -> StepError:
    return StepError(f"{reason}: give it a mock", code="not-recorded")

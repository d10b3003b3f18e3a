"""Values of a trace, where they can be used again."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from ..runtime.errors import StepError
from ..trace.model import Step

_CUT = "...[truncated]"
_MASK = "***"


def recorded_output(step: Step) -> Any:
    """The recorded output; UNSET for a step that gave none. Raises StepError when it is not whole."""
    if step.output is UNSET:
        return UNSET
    if step.truncated and _holds(step.output, _CUT):
        raise not_reusable(step, "its output was cut in the trace")
    if step.masked and _holds(step.output, _MASK):
        raise not_reusable(step, "a secret in its output is masked in the trace")
    return step.output


def not_reusable(step: Step, why: str) -> StepError:
    """A recorded step that can't stand in for a run of it."""
    where = f" of iteration {'.'.join(map(str, step.iterations))}" if step.iterations else ""
    return StepError(
        f"the result{where} can't be taken from the trace: {why}", code="not-reusable", field=step.type
    )


def is_complete(value: Any) -> bool:
    """Whether nothing in a recorded value was cut or masked."""
    return not _holds(value, _CUT) and not _holds(value, _MASK)


def _holds(value: Any, mark: str) -> bool:
    match value:
        case str():
            return mark in value
        case dict():
            return any(_holds(key, mark) or _holds(recorded, mark) for key, recorded in value.items())
        case list():
            return any(_holds(recorded, mark) for recorded in value)
        case _:
            return False

"""Checks whether the values of a trace can be used again."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from ..runtime.errors import StepError
from ..runtime.secrets import MASK
from ..trace.model import Step
from ..trace.redaction import TRUNCATED

NO_VALUES = "the trace was made with --trace-no-values"


def recorded_output(step: Step) -> Any:
    """Return the recorded output, UNSET for a step without one. Raises StepError if it is masked or truncated."""
    if step.output is UNSET:
        return UNSET
    if step.truncated and _contains(step.output, TRUNCATED):
        raise not_reusable(step, "its output is truncated in the trace")
    if step.masked and _contains(step.output, MASK):
        raise not_reusable(step, "a secret in its output is masked in the trace")
    return step.output


def not_reusable(step: Step, reason: str) -> StepError:
    """Return the failure of a step whose recorded result cannot be reused."""
    where = f" of iteration {'.'.join(map(str, step.iterations))}" if step.iterations else ""
    message = f"the result{where} can't be reused from the trace: {reason}"
    return StepError(message, code="not-reusable", field=step.type)


def is_complete(value: Any) -> bool:
    """Return whether no part of a recorded value is truncated or masked."""
    return not _contains(value, TRUNCATED) and not _contains(value, MASK)


def _contains(value: Any, marker: str) -> bool:
    match value:
        case str():
            return marker in value
        case dict():
            return any(_contains(key, marker) or _contains(item, marker) for key, item in value.items())
        case list():
            return any(_contains(item, marker) for item in value)
        case _:
            return False

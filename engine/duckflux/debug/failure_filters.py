"""The failures that users want a run to stop at: for each kind a condition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from .evaluation import ExpressionError, evaluate


class Filters(NamedTuple):
    """The failures that stop a thread: for each kind a condition, empty for always; None for never."""

    all: str | None = None
    unhandled: str | None = None
    retried: str | None = None
    timeout: str | None = None


def any_holds(
    conditions: Iterable[str | None], variables: Mapping[str, Any], tell: Callable[[str], None]
) -> bool:
    """Return whether one of the conditions of filters holds; `tell` is called with why one fails."""
    return any(_holds(condition, variables, tell) for condition in conditions)


def _holds(condition: str | None, variables: Mapping[str, Any], tell: Callable[[str], None]) -> bool:
    if not condition:
        return condition is not None
    try:
        return evaluate(condition, variables) is True
    except ExpressionError as error:
        tell(f"failures: the condition `{condition}` fails: {error}")
        return False

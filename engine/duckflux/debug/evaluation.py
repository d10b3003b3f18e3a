"""Evaluates and completes what users type while a run is stopped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..cel import Program
    from ..cel.services import Completion
    from ..cel.types import Type

_MAX_KEYS = 200
_MAX_DEPTH = 4
_MAX_TEXT = 64 * 1024


class ExpressionError(Exception):
    """An expression is wrong, or can't be evaluated; the message is for users."""


def compiled(text: str) -> Program:
    """Return an expression, compiled. Raises ExpressionError."""
    if len(text) > _MAX_TEXT:
        raise ExpressionError("the expression is too long")
    return _compiled(text)


@lru_cache(maxsize=256)
def _compiled(text: str) -> Program:
    from ..cel import CelError
    from ..cel import compile as compile_cel

    try:
        return compile_cel(text)
    except CelError as error:
        raise ExpressionError(f"{error}") from None


def evaluate(text: str, variables: Mapping[str, Any]) -> Any:
    """Return the value of an expression. Raises ExpressionError."""
    from ..cel import CelError

    try:
        return compiled(text)(variables)
    except CelError as error:
        raise ExpressionError(f"{error}") from None
    except RecursionError:
        raise ExpressionError("the value is nested too deeply") from None


def completions(text: str, offset: int, variables: Mapping[str, Any]) -> tuple[Completion, ...]:
    """Return what may stand at an offset of an expression, by the values that there are now."""
    from ..cel import parse
    from ..cel.services import complete
    from ..cel.types import Field

    if len(text) > _MAX_TEXT:
        return ()
    scope = {name: Field(_type_of(variables[name])) for name in variables}
    return complete(parse(text), scope, offset)


def _type_of(value: Any, depth: int = _MAX_DEPTH) -> Type:
    """Return the type of a value as far as completion needs it."""
    from ..cel.types import DYN, list_of, of_value, record

    if isinstance(value, Mapping):
        if depth == 0 or not all(isinstance(key, str) for key in value):
            return DYN
        keys = list(value)[:_MAX_KEYS]
        return record({key: _type_of(value[key], depth - 1) for key in keys}, open=True)
    if isinstance(value, list | tuple):
        return list_of(_type_of(value[0], depth - 1) if value and depth else DYN)
    return of_value(value)

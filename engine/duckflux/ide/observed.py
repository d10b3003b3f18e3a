"""Finds which fields and values a part of an expression had in recorded runs.

What was observed is an offer to those who write, never a reason for a diagnostic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .. import cel
from ..cel.syntax.nodes import Expr, Ident, Select
from ..cel.types import of_value
from .recorded_values import Point, RecordedRun, evaluated

_MAX_FIELDS = 100
_MAX_STRINGS = 10
_MAX_LENGTH = 40


def observed_values(ast: cel.Ast, part: Expr, point: Point | None, run: RecordedRun) -> Sequence[Any]:
    """Return the values that a part of an expression had, the newest last.

    They are those of all recorded executions for the output of a step, else those of the last run: at the
    point, or at its end if there was no value yet.
    """
    path = _path(part)
    if len(path) > 1 and path[1] == "output":
        return [*_at(path[2:], run.outputs(path[0]))]
    for here in (point, Point()):
        state = run.state(here) if here is not None else None
        found = evaluated(ast, part, state.variables) if state is not None else None
        if found is not None and found.error is None:
            return [found.value]
    return ()


def observed_fields(values: Iterable[Any]) -> dict[str, str]:
    """Return the keys of maps with the types of their last values; values of different kinds are `dyn`."""
    found: dict[str, Any] = {}
    mixed: set[str] = set()
    for value in values:
        for key, item in value.items() if isinstance(value, Mapping) else ():
            if not isinstance(key, str) or (key not in found and len(found) == _MAX_FIELDS):
                continue
            if type(found.setdefault(key, item)) is not type(item):
                mixed.add(key)
            found[key] = item
    return {key: "dyn" if key in mixed else _type_text(item) for key, item in found.items()}


def observed_strings(values: Iterable[Any]) -> list[str]:
    """Return the different short strings among the values, none if they are too many to be a choice."""
    found = dict.fromkeys(value for value in values if isinstance(value, str))
    is_choice = len(found) <= _MAX_STRINGS and all(
        0 < len(text) <= _MAX_LENGTH and text.isprintable() for text in found
    )
    return [*found] if is_choice else []


def _type_text(value: Any) -> str:
    return "map" if isinstance(value, Mapping) else str(of_value(value))


def _path(part: Expr) -> tuple[str, ...]:
    """Return the names of `a.b.c`, an empty tuple for another kind of expression."""
    if isinstance(part, Ident):
        return (part.name,)
    if isinstance(part, Select) and part.field:
        before = _path(part.operand)
        return (*before, part.field) if before else ()
    return ()


def _at(path: Sequence[str], values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        for name in path:
            if not isinstance(value, Mapping) or name not in value:
                break
            value = value[name]
        else:
            yield value

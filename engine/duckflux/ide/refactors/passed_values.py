"""Decides how values are passed between workflows: their names, their form, and how they are read."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from ...language.free_names import free_name
from .boundary_values import BoundaryValue
from .expression_uses import Path
from .selection_boundary import RefusedError

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class PassedValues(msgspec.Struct, frozen=True):
    """A value that is passed as `name`.

    `expression` computes it on one side, and `read` reads it on the other. `type` is its JSON Schema type, or
    None if it may be anything.
    """

    name: str
    expression: str
    read: str
    type: str | None


def as_inputs(values: Iterable[BoundaryValue]) -> dict[Path, PassedValues]:
    """Return the inputs of a workflow by the paths that are read.

    An input has a type, so a value that may be anything, or may be missing, is passed as a field of an
    object.
    """
    values = sorted(values, key=lambda value: not _is_input(value))
    return _passed(values, "workflow.inputs", typed=True)


def as_outputs(values: Iterable[BoundaryValue], call: str) -> dict[Path, PassedValues]:
    """Return the outputs of a workflow, read as the result of the step that calls it.

    A value that may be missing is a field of an object that may be empty.
    """
    return _passed(values, f"{call}.output", typed=False)


def as_result(value: BoundaryValue, call: str) -> dict[Path, PassedValues]:
    """Return the only output of a workflow, as its whole result."""
    return {value.path: PassedValues("", value.source, f"{call}.output", None)}


def is_declared_input(path: Path, value: PassedValues) -> bool:
    """Return whether a value is the same input on both sides."""
    return value.read == ".".join(path)


def _is_input(value: BoundaryValue) -> bool:
    return value.path[:2] == ("workflow", "inputs") and value.certain


def _passed(values: Iterable[BoundaryValue], owner: str, *, typed: bool) -> dict[Path, PassedValues]:
    found: dict[Path, PassedValues] = {}
    taken: set[str] = set()
    for value in values:
        name = free_name(value.name, taken)
        taken.add(name)
        if value.certain and (value.type or not typed):
            found[value.path] = PassedValues(name, value.source, f"{owner}.{name}", value.type)
            continue
        field = value.path[-1] if _NAME.fullmatch(value.path[-1]) else "value"
        expression = f'{{"{field}": {value.source}}}'
        if not value.certain:
            if value.source.endswith("]"):
                raise RefusedError(f"`{value.source}` may not exist, and `has` can't test for it")
            expression = f"has({value.source}) ? {expression} : {{}}"
        found[value.path] = PassedValues(name, expression, f"{owner}.{name}.{field}", "object")
    return found

"""How values get from one workflow to another: under which names, in which form, and how they are read there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ...language.free_names import free_name
from .boundary_values import BoundaryValue
from .expression_uses import Path
from .selection_boundary import RefusedError

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class PassedValues(NamedTuple):
    """A value that is handed over as `name`: `expression` makes it on one side, `read` is how expressions call it
    on the other. `type` is what JSON Schema calls it; None where it may be anything."""

    name: str
    expression: str
    read: str
    type: str | None


def as_inputs(mentions: Iterable[BoundaryValue]) -> dict[Path, PassedValues]:
    """What a workflow is given. An input has a type, so that what may be anything comes as a field of an
    object, and so does what may not be there at all."""
    mentions = sorted(mentions, key=lambda thing: not _is_input(thing))
    return _carried(mentions, "workflow.inputs", typed=True)


def as_outputs(mentions: Iterable[BoundaryValue], call: str) -> dict[Path, PassedValues]:
    """What a workflow gives back, read as the result of the step that calls it. What may not be there is a field
    of an object that may be empty."""
    return _carried(mentions, f"{call}.output", typed=False)


def as_result(thing: BoundaryValue, call: str) -> dict[Path, PassedValues]:
    """The same where it is one value, and all there is to give back."""
    return {thing.path: PassedValues("", thing.source, f"{call}.output", None)}


def is_declared_input(path: Path, carried: PassedValues) -> bool:
    """Whether a value is an input on both sides, and the same."""
    return carried.read == ".".join(path)


def _is_input(thing: BoundaryValue) -> bool:
    return thing.path[:2] == ("workflow", "inputs") and thing.certain


def _carried(mentions: Iterable[BoundaryValue], owner: str, *, typed: bool) -> dict[Path, PassedValues]:
    found: dict[Path, PassedValues] = {}
    taken: set[str] = set()
    for thing in mentions:
        name = free_name(thing.name, taken)
        taken.add(name)
        if thing.certain and (thing.type or not typed):
            found[thing.path] = PassedValues(name, thing.source, f"{owner}.{name}", thing.type)
            continue
        field = thing.path[-1] if _NAME.fullmatch(thing.path[-1]) else "value"
        expression = f'{{"{field}": {thing.source}}}'
        if not thing.certain:
            if thing.source.endswith("]"):
                raise RefusedError(f"`{thing.source}` need not be there, and `has` can't ask for it")
            expression = f"has({thing.source}) ? {expression} : {{}}"
        found[thing.path] = PassedValues(name, expression, f"{owner}.{name}.{field}", "object")
    return found

"""Finds the values that are read across the boundary of some steps, and checks that they can be passed."""

from __future__ import annotations

import re

import msgspec

from ...cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    UINT,
    EnumType,
    Field,
    ListType,
    MapType,
    RecordType,
    Type,
)
from ...language.model.workflow import Parallel
from ...language.semantics.control_flow import Certainty
from ...language.semantics.expression_reads import CONTEXT, NO_MENTIONS
from ...language.semantics.query_context import QueryContext
from ...language.semantics.reaching_definitions import ProgramPoint
from ...language.semantics.semantic_model import SemanticModel
from .expression_uses import Path, Use
from .selection_boundary import Boundary, Read, RefusedError

_GLOBAL = ("env", "now", "input", "output")
_EXECUTION_FIELDS = {"id": STRING, "number": INT, "status": STRING, "cwd": STRING}
_NOT_JSON = (TIMESTAMP, DURATION, BYTES, UINT)
# What a value of no certain type may hold of these, told by the text that makes it.
_MAY_HOLD = re.compile(
    r"\b(?:now|startedAt|finishedAt|duration|timestamp|bytes|uint)\b|\d[uU]\b|\b[bB][rR]?[\"']"
)
_JSON: dict[Type, str] = {INT: "integer", STRING: "string", BOOL: "boolean", DOUBLE: "number"}


class BoundaryValue(msgspec.Struct, frozen=True):
    """A value that is read on one side and comes from the other.

    `source` is the read as expressions have it, `type` the JSON type if it is certain, and `certain` whether
    the value always exists.
    """

    path: Path
    source: str
    type: str | None
    certain: bool

    @property
    def name(self) -> str:
        """The name to pass it by."""
        *owner, last = self.path
        name = last if len(owner) == 2 else owner[0] if last == "output" else "_".join(self.path)
        return re.sub(r"\W", "_", name, flags=re.ASCII)


def incoming_values(boundary: Boundary) -> dict[Path, BoundaryValue]:
    """Return the values that are read inside and come from outside, by their paths. Raises RefusedError."""
    found: dict[Path, BoundaryValue] = {}
    for read in boundary.reads_inside():
        value = _from_outside(boundary, read)
        if value is not None:
            found[value.path] = value
    return found


def outgoing_reads(boundary: Boundary) -> dict[Path, Use]:
    """Return the reads outside of values that come from inside, by their paths. Raises RefusedError."""
    found: dict[Path, Use] = {}
    loops = boundary.loops()
    for item, expression_field, use in boundary.reads_outside():
        name = use.path[0]
        if name == "event" and boundary.waits():
            raise RefusedError("`event` is set by a `wait` in the steps and read elsewhere")
        if name in loops and not boundary.model.is_step(name):
            where = boundary.model.loop(
                name, ProgramPoint(item, expression_field.flow_node, after=expression_field.field == "until")
            )
            if where != "around":
                raise RefusedError(f"`{name}` is read after its loop has ended")
        definition = _definition_name(boundary.model, use)
        inside, outside = boundary.definition_sides(definition) if definition is not None else (False, False)
        if not inside:
            continue
        if outside:
            raise RefusedError(f"`{definition}` is also set elsewhere")
        _field_of(boundary.model, use)
        found[use.path] = use
    return found


def returned_value(model: SemanticModel, use: Use) -> BoundaryValue:
    """Return the value of a read outside, as it is at the end of a workflow of the inner steps alone."""
    definition, point = _definition_name(model, use) or "", ProgramPoint(model.items.steps[-1], None)
    certain = model.has_run(
        definition, "" if definition.startswith(CONTEXT) else use.path[-1], point, NO_MENTIONS
    )
    field = _field_of(model, use)
    return BoundaryValue(
        use.path, use.source, _json_type(field.type if field else DYN), certain.certainty is Certainty.CERTAIN
    )


def read_before_set(model: SemanticModel) -> str | None:
    """Return a read of a step or key that may not have its value yet, or None if there is none.

    In a loop it would be the value of the iteration before.
    """
    boundary = Boundary(
        model, tuple((item, item.flow_nodes[0]) for item in model.items.steps if item.flow_nodes)
    )
    for item, expression_field, use in boundary.reads_inside():
        definition, point = _definition_name(model, use), QueryContext(model, item).point(expression_field)
        if definition is None or point is None:
            continue
        field = "" if definition.startswith(CONTEXT) else use.path[-1]
        if model.has_run(definition, field, point, NO_MENTIONS).certainty is not Certainty.CERTAIN:
            return use.source
    return None


def _from_outside(boundary: Boundary, read: Read) -> BoundaryValue | None:
    item, expression_field, use = read
    model = boundary.model
    if model.variable(use.path[0]) is None:
        # The name of a type, such as `double`.
        return None
    match use.path:
        case (name,) if name in _GLOBAL:
            return None
        case ("event",):
            first = ProgramPoint(*boundary.tops[0])
            if not boundary.waits() or model.event(first) == "before":
                raise RefusedError("the steps read `event`, which is set by a `wait` elsewhere")
            return None
        case ("workflow", "inputs", name):
            declared = model.workflow.inputs.get(name)
            if declared is None:
                raise RefusedError(f"the steps read `{use.source}`, which is not declared")
            return BoundaryValue(
                use.path, use.source, declared.type, declared.required or "default" in declared.schema
            )
        case ("workflow", "id" | "name" | "version" as name):
            return BoundaryValue(use.path, use.source, "string" if name == "version" else None, True)
        case ("execution", name) if name in _EXECUTION_FIELDS:
            return BoundaryValue(use.path, use.source, _JSON[_EXECUTION_FIELDS[name]], True)
        case (name, *_) if (definition := _definition_name(model, use)) is not None:
            return _value_of_definition(boundary, use, definition)
        case (name, field) if name in model.variable_names() and name != "execution":
            if boundary.is_loop_inside(item, expression_field, name):
                return None
            kind = "boolean" if field in ("first", "last") else "integer"
            return BoundaryValue(use.path, use.source, kind, field != "last")
    raise RefusedError(f"the steps read `{use.source}`, which can't be passed to a workflow")


def _value_of_definition(boundary: Boundary, use: Use, definition: str) -> BoundaryValue | None:
    inside, outside = boundary.definition_sides(definition)
    if inside and outside:
        raise RefusedError(f"`{definition}` is also set elsewhere")
    if inside:
        return None
    if not outside and definition.startswith(CONTEXT):
        return None
    if not outside:
        raise RefusedError(f"the steps read `{use.source}`, which never exists")
    field = _field_of(boundary.model, use)
    field_name = "" if definition.startswith(CONTEXT) else use.path[-1]
    certain = (
        boundary.model.has_run(definition, field_name, boundary.start, NO_MENTIONS).certainty
        is Certainty.CERTAIN
    )
    if not certain and boundary.is_in(Parallel):
        raise RefusedError(f"`{use.source}` may be set while the steps run")
    return BoundaryValue(use.path, use.source, _json_type(field.type if field else DYN), certain)


def _definition_name(model: SemanticModel, use: Use) -> str | None:
    """Return the name, in the reaching definitions, of the step or the key of the context that is read."""
    if use.path[0] == "execution" and len(use.path) > 1 and use.path[1] == "context":
        if len(use.path) < 3:
            raise RefusedError("all of `execution.context` is read")
        return CONTEXT + use.path[2]
    if not model.is_step(use.path[0]):
        return None
    if len(use.path) < 2:
        raise RefusedError(f"all of `{use.path[0]}` is read")
    return use.path[0]


def _field_of(model: SemanticModel, use: Use) -> Field | None:
    """Return the field of a step, or a key, if it is known. Raises RefusedError if it would change as JSON."""
    if len(use.path) == 3:
        field = model.member(CONTEXT + use.path[2])
        made = (
            entry.expression_field.node.text for entry in model.variables.entries if entry.key == use.path[2]
        )
        if any(map(_MAY_HOLD.search, made)) and (field is None or field.type not in _JSON):
            raise RefusedError(
                f"`{use.source}` may hold a value that can't be passed between workflows unchanged"
            )
    else:
        variable = model.variable(use.path[0])
        record = variable.type if variable is not None else DYN
        field = record.fields.get(use.path[1]) if isinstance(record, RecordType) else None
    if field is not None and field.type in _NOT_JSON:
        raise RefusedError(f"`{use.source}` is a {field.type}, which can't be passed between workflows")
    return field


def _json_type(type_: Type) -> str | None:
    if isinstance(type_, MapType | RecordType):
        return "object"
    if isinstance(type_, ListType):
        return "array"
    return "string" if isinstance(type_, EnumType) else _JSON.get(type_)

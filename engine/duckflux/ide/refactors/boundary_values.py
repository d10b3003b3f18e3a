"""What is read across the border of some steps, and whether it means the same on the other side."""

from __future__ import annotations

import re
from typing import NamedTuple

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

_SEEN_EVERYWHERE = ("env", "now", "input", "output")
_OF_THE_RUN = {"id": STRING, "number": INT, "status": STRING, "cwd": STRING}
_NO_JSON = (TIMESTAMP, DURATION, BYTES, UINT)
# What a value of no certain type may hold of these, told by the text that makes it.
_MAY_HOLD = re.compile(
    r"\b(?:now|startedAt|finishedAt|duration|timestamp|bytes|uint)\b|\d[uU]\b|\b[bB][rR]?[\"']"
)
_JSON: dict[Type, str] = {INT: "integer", STRING: "string", BOOL: "boolean", DOUBLE: "number"}


class BoundaryValue(NamedTuple):
    """Something read on one side that comes from the other. `source` is how expressions call it, `type` what it
    is for sure in JSON, `certain` whether it is there for sure."""

    path: Path
    source: str
    type: str | None
    certain: bool

    @property
    def name(self) -> str:
        """What to call it elsewhere."""
        *owner, last = self.path
        name = last if len(owner) == 2 else owner[0] if last == "output" else "_".join(self.path)
        return re.sub(r"\W", "_", name, flags=re.ASCII)


def coming_in(border: Boundary) -> dict[Path, BoundaryValue]:
    """What is read inside and comes from outside, by its path. Raises RefusedError."""
    found: dict[Path, BoundaryValue] = {}
    for read in border.reads_inside():
        thing = _from_outside(border, read)
        if thing is not None:
            found[thing.path] = thing
    return found


def going_out(border: Boundary) -> dict[Path, Use]:
    """What is read outside and comes from inside, by its path. Raises RefusedError."""
    found: dict[Path, Use] = {}
    loops = border.loops()
    for item, expression_field, use in border.reads_outside():
        name = use.path[0]
        if name == "event" and border.waits():
            raise RefusedError("`event`, which a `wait` of them leaves, is read elsewhere")
        if name in loops and not border.model.is_step(name):
            where = border.model.loop(
                name, ProgramPoint(item, expression_field.flow_node, after=expression_field.field == "until")
            )
            if where != "around":
                raise RefusedError(f"`{name}` is read after its loop has ended")
        if (home := _home(border.model, use)) is None or not border.homes(home)[0]:
            continue
        if border.homes(home)[1]:
            raise RefusedError(f"`{home}` gets its value in other places too")
        _field_of(border.model, use)
        found[use.path] = use
    return found


def given_back(model: SemanticModel, use: Use) -> BoundaryValue:
    """What is read outside, as it is at the end of a workflow that has only the steps inside."""
    home, point = _home(model, use) or "", ProgramPoint(model.items.steps[-1], None)
    certain = model.has_run(home, "" if home.startswith(CONTEXT) else use.path[-1], point, NO_MENTIONS)
    field = _field_of(model, use)
    return BoundaryValue(
        use.path, use.source, _json_type(field.type if field else DYN), certain.certainty is Certainty.CERTAIN
    )


def read_too_early(model: SemanticModel) -> str | None:
    """A step or key of a workflow that may be read before it has its value: in a loop it would be that of the
    round before."""
    border = Boundary(
        model, tuple((item, item.flow_nodes[0]) for item in model.items.steps if item.flow_nodes)
    )
    for item, expression_field, use in border.reads_inside():
        home, point = _home(model, use), QueryContext(model, item).point(expression_field)
        if home is None or point is None:
            continue
        field = "" if home.startswith(CONTEXT) else use.path[-1]
        if model.has_run(home, field, point, NO_MENTIONS).certainty is not Certainty.CERTAIN:
            return use.source
    return None


def _from_outside(border: Boundary, read: Read) -> BoundaryValue | None:
    item, expression_field, use = read
    model = border.model
    if model.variable(use.path[0]) is None:
        # The name of a type, such as `double`.
        return None
    match use.path:
        case (name,) if name in _SEEN_EVERYWHERE:
            return None
        case ("event",):
            first = ProgramPoint(*border.tops[0])
            if not border.waits() or model.event(first) == "before":
                raise RefusedError("they read `event`, which a `wait` outside of them leaves")
            return None
        case ("workflow", "inputs", name):
            declared = model.workflow.inputs.get(name)
            if declared is None:
                raise RefusedError(f"they read `{use.source}`, which is not declared")
            return BoundaryValue(
                use.path, use.source, declared.type, declared.required or "default" in declared.schema
            )
        case ("workflow", "id" | "name" | "version" as name):
            return BoundaryValue(use.path, use.source, "string" if name == "version" else None, True)
        case ("execution", name) if name in _OF_THE_RUN:
            return BoundaryValue(use.path, use.source, _JSON[_OF_THE_RUN[name]], True)
        case (name, *_) if (home := _home(model, use)) is not None:
            return _of_home(border, use, home)
        case (name, field) if name in model.variable_names() and name != "execution":
            if border.is_loop_inside(item, expression_field, name):
                return None
            kind = "boolean" if field in ("first", "last") else "integer"
            return BoundaryValue(use.path, use.source, kind, field != "last")
    raise RefusedError(f"they read `{use.source}`")


def _of_home(border: Boundary, use: Use, home: str) -> BoundaryValue | None:
    inside, outside = border.homes(home)
    if inside and outside:
        raise RefusedError(f"`{home}` gets its value in other places too")
    if inside:
        return None
    if not outside and home.startswith(CONTEXT):
        return None
    if not outside:
        raise RefusedError(f"they read `{use.source}`, which is never there")
    field = _field_of(border.model, use)
    asked = "" if home.startswith(CONTEXT) else use.path[-1]
    certain = border.model.has_run(home, asked, border.start, NO_MENTIONS).certainty is Certainty.CERTAIN
    if not certain and border.is_in(Parallel):
        raise RefusedError(f"`{use.source}` may come while they run")
    return BoundaryValue(use.path, use.source, _json_type(field.type if field else DYN), certain)


def _home(model: SemanticModel, use: Use) -> str | None:
    """What `History` calls the step or the key of the context that is read."""
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
    """What is known of a step's field or a key. Raises RefusedError for what would be another value as JSON."""
    if len(use.path) == 3:
        field = model.member(CONTEXT + use.path[2])
        made = (
            entry.expression_field.node.text for entry in model.variables.entries if entry.key == use.path[2]
        )
        if any(map(_MAY_HOLD.search, made)) and (field is None or field.type not in _JSON):
            raise RefusedError(f"`{use.source}` may hold what can't be given to a workflow or back as it is")
    else:
        variable = model.variable(use.path[0])
        record = variable.type if variable is not None else DYN
        field = record.fields.get(use.path[1]) if isinstance(record, RecordType) else None
    if field is not None and field.type in _NO_JSON:
        raise RefusedError(f"`{use.source}` is a {field.type}, which can't be given to a workflow or back")
    return field


def _json_type(type_: Type) -> str | None:
    if isinstance(type_, MapType | RecordType):
        return "object"
    if isinstance(type_, ListType):
        return "array"
    return "string" if isinstance(type_, EnumType) else _JSON.get(type_)

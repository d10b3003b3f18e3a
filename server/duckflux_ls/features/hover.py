"""textDocument/hover: what a field, a name or a part of an expression means."""

from __future__ import annotations

import re
from typing import NamedTuple

from duckflux import cel
from duckflux.cel import services
from duckflux.cel.types import DYN, RecordType, Type
from duckflux.ide.cursor import Cursor, cursor_at, query_context_at
from duckflux.language import schema
from duckflux.language.analysis import Analysis
from duckflux.language.model.expression_fields import ExpressionField
from duckflux.language.semantics.query_context import Expression
from duckflux.language.semantics.semantic_model import SemanticModel
from duckflux.language.syntax.scalar_ranges import content_offset, content_range
from duckflux.language.workflow_files import is_test_name

from .schema_text import field_doc, summary

_DURATION = re.compile(r"([0-9]+)(ms|s|m|h|d)")
_UNITS = {"ms": "millisecond", "s": "second", "m": "minute", "h": "hour", "d": "day"}


class Hover(NamedTuple):
    """Markdown, and the range it is about, in code points of the text."""

    text: str
    start: int
    end: int


def hover(analysis: Analysis, offset: int) -> Hover | None:
    """What stands at an offset; None where there is nothing to say."""
    if analysis.path is not None and is_test_name(analysis.path.name):
        from duckflux.testing.files import schema as schema_of_tests

        found = cursor_at(analysis.document, offset, schema_of_tests())
        return _field(found) if found is not None and found.role == "key" else None
    cursor = cursor_at(analysis.document, offset)
    if cursor is None or analysis.work is None:
        return None
    model = analysis.work.model
    if cursor.role == "key":
        return _key(cursor, model)
    return _expression(cursor, model, offset) or _value(cursor, model)


def _key(cursor: Cursor, model: SemanticModel) -> Hover | None:
    found = _field(cursor)
    if found is None and cursor.node.text in model.workflow.participants:
        return _participant(cursor, model)
    return found


def _field(cursor: Cursor) -> Hover | None:
    name = cursor.node.text
    for rule in cursor.rules:
        if name in rule.get("properties", {}) and (field := schema.field(rule, name)) is not None:
            return _over(cursor, field_doc(name, field))
    return None


def _value(cursor: Cursor, model: SemanticModel) -> Hover | None:
    text = cursor.node.text
    kinds = {rule.get("x-kind") for rule in cursor.rules}
    if "duration" in kinds and (words := duration_words(text)):
        return _over(cursor, words)
    if kinds & {"participant", "onError", "onTimeout"} and text in model.workflow.participants:
        return _participant(cursor, model)
    return None


def _participant(cursor: Cursor, model: SemanticModel) -> Hover:
    name = cursor.node.text
    calls = (call for item in model.items.steps for call in item.calls)
    places = [call for call in calls if call.name is not None and call.name.text == name]
    lines = ", ".join(str(model.workflow.document.position(call.node)[0] + 1) for call in places)
    where = f"Runs in line{'s' if len(places) > 1 else ''} {lines}." if places else "No step runs it."
    parts = (summary(model.workflow.participants[name]), where, _flowing_in(cursor, model))
    return _over(cursor, "\n\n".join(filter(None, parts)))


def _flowing_in(cursor: Cursor, model: SemanticModel) -> str:
    """What flows into the step at the cursor, as far as that is known."""
    around = (cursor.node, *reversed(cursor.parents))
    steps = {
        id(flow_node.step.node): (item, flow_node)
        for item in model.items.steps
        for flow_node in item.flow_nodes
    }
    found = next((steps[id(node)] for node in around if id(node) in steps), None)
    flowing = model.chain_before(*found).only if found is not None else DYN
    return "" if flowing == DYN else f"Flows in: `{flowing}`."


def _expression(cursor: Cursor, model: SemanticModel, offset: int) -> Hover | None:
    kind = next((rule["x-cel"] for rule in cursor.rules if "x-cel" in rule), None)
    if kind is None:
        return None
    context = query_context_at(cursor, model)
    read = context.read(ExpressionField(cursor.node, kind, "", context.flow_node))
    if not isinstance(read, Expression):
        return None
    node, document = cursor.node, cursor.document
    base = document.offsets(node)[0] - node.start
    inside = content_offset(node, offset - base)
    if inside is None:
        return None
    checked = read.checked or cel.check(read.ast, context.scope)
    found = services.describe(checked, inside, context.scope)
    if found is None:
        return None
    start, end = document.offsets(content_range(node, found.start, found.end))
    return Hover(_description(found), start, end)


def _description(found: services.Description) -> str:
    if found.signatures:
        code = "\n".join(found.signatures)
    else:
        code = f"{found.name}: {type_text(found.type)}" if found.type is not None else found.name
    return "\n\n".join(part for part in (f"```cel\n{code}\n```", found.doc) if part)


def type_text(type_: Type) -> str:
    """A type as an editor shows it: the fields of a map on lines of their own."""
    if not isinstance(type_, RecordType):
        return str(type_)
    fields = [
        f"  {name}{'?' if field.optional else ''}: {_short(field.type)}"
        for name, field in type_.fields.items()
    ]
    return "\n".join(["{", *fields, *(["  ..."] if type_.open else []), "}"])


def _short(type_: Type) -> str:
    return "map" if isinstance(type_, RecordType) else str(type_)


def duration_words(text: str) -> str | None:
    """`90s` in words; None for what is no duration."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    number = int(match[1])
    return f"{number} {_UNITS[match[2]]}{'' if number == 1 else 's'}"


def _over(cursor: Cursor, text: str) -> Hover:
    return Hover(text, *cursor.document.offsets(cursor.node))

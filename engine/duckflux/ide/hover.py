"""Describes the field, the name or the part of an expression at an offset."""

from __future__ import annotations

import re
from typing import NamedTuple

from .. import cel
from ..cel import services
from ..cel.types import DYN, RecordType, Type
from ..language import schema
from ..language.analysis import Analysis
from ..language.semantics.semantic_model import SemanticModel
from ..language.syntax.scalar_ranges import content_range
from ..language.workflow_files import is_test_name
from .cursor import Cursor, cursor_at
from .descriptions import field_doc, participant_summary, short_type
from .expression_at import ExpressionAt, expression_at
from .markdown import code_span, fenced
from .recorded_values import RecordedRun, point_of_name, recorded_input, recorded_result, recorded_values

_DURATION = re.compile(r"([0-9]+)(ms|s|m|h|d)")
_UNITS = {"ms": "millisecond", "s": "second", "m": "minute", "h": "hour", "d": "day"}


class Hover(NamedTuple):
    """Markdown, and the range that it describes, in code points of the text."""

    text: str
    start: int
    end: int


def hover(analysis: Analysis, offset: int, run: RecordedRun | None = None) -> Hover | None:
    """Return the description of what is at an offset, or None if there is none.

    With `run` it also says what was there in the last run.
    """
    if analysis.path is not None and is_test_name(analysis.path.name):
        from ..language.test_files import schema as schema_of_tests

        found = cursor_at(analysis.document, offset, schema_of_tests())
        return _field(found) if found is not None and found.role == "key" else None
    cursor = cursor_at(analysis.document, offset)
    if cursor is None or analysis.state is None:
        return None
    model = analysis.state.model
    expression = expression_at(cursor, model, offset)
    described = _key(cursor, model) if cursor.role == "key" else _value(cursor, model)
    if expression is not None:
        described = _expression(expression) or described
    recorded = _recorded(cursor, expression, model, run) if run is not None else None
    if recorded is None:
        return described
    if described is None:
        return _hover(cursor, recorded)
    return described._replace(text=f"{described.text}\n\n---\n\n{recorded}")


def _key(cursor: Cursor, model: SemanticModel) -> Hover | None:
    found = _field(cursor)
    if found is None and cursor.node.text in model.workflow.participants:
        return _participant(cursor, model)
    return found


def _field(cursor: Cursor) -> Hover | None:
    name = cursor.node.text
    for candidate in cursor.schemas:
        if name in candidate.get("properties", {}) and (field := schema.field(candidate, name)) is not None:
            return _hover(cursor, field_doc(name, field))
    return None


def _value(cursor: Cursor, model: SemanticModel) -> Hover | None:
    text = cursor.node.text
    kinds = {candidate.get("x-kind") for candidate in cursor.schemas}
    if "duration" in kinds and (words := duration_words(text)):
        return _hover(cursor, words)
    if kinds & {"participant", "onError", "onTimeout"} and text in model.workflow.participants:
        return _participant(cursor, model)
    return None


def _participant(cursor: Cursor, model: SemanticModel) -> Hover:
    name = cursor.node.text
    calls = (call for item in model.items.steps for call in item.calls)
    own = [call for call in calls if call.name is not None and call.name.text == name]
    lines = ", ".join(str(model.workflow.document.position(call.node)[0] + 1) for call in own)
    where = f"Runs in line{'s' if len(own) > 1 else ''} {lines}." if own else "No step runs it."
    parts = (participant_summary(model.workflow.participants[name]), where, _chain_input(cursor, model))
    return _hover(cursor, "\n\n".join(filter(None, parts)))


def _chain_input(cursor: Cursor, model: SemanticModel) -> str:
    """Return a sentence about the type that flows into the step at the cursor, or "" if it is not known."""
    around = (cursor.node, *reversed(cursor.parents))
    steps = {
        id(flow_node.step.node): (item, flow_node)
        for item in model.items.steps
        for flow_node in item.flow_nodes
    }
    found = next((steps[id(node)] for node in around if id(node) in steps), None)
    flowing = model.chain_before(*found).only if found is not None else DYN
    return "" if flowing == DYN else f"Flows in: {code_span(str(flowing))}."


def _expression(found: ExpressionAt) -> Hover | None:
    node, document = found.cursor.node, found.cursor.document
    scope = found.context.scope
    checked = found.expression.checked or cel.check(found.expression.ast, scope)
    described = services.describe(checked, found.offset, scope)
    if described is None:
        return None
    start, end = document.offsets(content_range(node, described.start, described.end))
    return Hover(_description(described), start, end)


def _recorded(
    cursor: Cursor, found: ExpressionAt | None, model: SemanticModel, run: RecordedRun
) -> str | None:
    """Return what the expression, the step or the input at the cursor was in a recorded run."""
    if found is not None:
        return recorded_values(found, run)
    if cursor.role == "key" and cursor.keys[:-1] == ("inputs",):
        return recorded_input(cursor.node.text, run)
    point = point_of_name(cursor, model)
    return recorded_result(point, run) if point is not None else None


def _description(found: services.Description) -> str:
    if found.signatures:
        code = "\n".join(found.signatures)
    else:
        code = f"{found.name}: {type_text(found.type)}" if found.type is not None else found.name
    return "\n\n".join(part for part in (fenced(code, "cel"), found.doc) if part)


def type_text(type_: Type) -> str:
    """Return a type as an editor shows it: the fields of a map on lines of their own."""
    if not isinstance(type_, RecordType):
        return str(type_)
    fields = [
        f"  {name}{'?' if field.optional else ''}: {short_type(field.type)}"
        for name, field in type_.fields.items()
    ]
    return "\n".join(["{", *fields, *(["  ..."] if type_.open else []), "}"])


def duration_words(text: str) -> str | None:
    """Return a duration such as `90s` in words, or None for any other text."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    number = int(match[1])
    return f"{number} {_UNITS[match[2]]}{'' if number == 1 else 's'}"


def _hover(cursor: Cursor, text: str) -> Hover:
    return Hover(text, *cursor.document.offsets(cursor.node))

"""Completes inside of CEL expressions, by what `cel.services` knows."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator

from ... import cel
from ...cel import services
from ...language.syntax.edits import TextEdit
from ...language.syntax.scalar_ranges import content_range
from ..cursor import PROBE, Probe
from ..observed import observed_fields, observed_strings, observed_values
from ..recorded_values import RecordedRun, point_of
from .completion import Completion, CompletionKind
from .context import CompletionContext

_KINDS: dict[str, CompletionKind] = {
    services.VARIABLE: "variable",
    services.FIELD: "field",
    services.FUNCTION_KIND: "function",
    services.METHOD_KIND: "method",
    services.MACRO: "method",
    services.KEYWORD: "keyword",
    services.VALUE: "value",
    services.TYPE: "type",
}
_GROUPS = {services.VALUE: 0, services.FIELD: 1, services.VARIABLE: 1, services.KEYWORD: 4}
_QUOTABLE = re.compile(r"[A-Za-z0-9_.\-/ ]+")
_CALLS = (services.FUNCTION_KIND, services.METHOD_KIND, services.MACRO)


def contribute(context: CompletionContext) -> Iterator[Completion]:
    """Yield what may be written at the offset in an expression."""
    if not context.takes_expression:
        return
    probe = context.probe
    text, offset = probe.before + probe.after, len(probe.before)
    ast = cel.parse(text)
    declared = services.complete(ast, context.scope, offset)
    for found in declared:
        called = found.kind in _CALLS and not text[found.end :].startswith("(")
        insert = f"{found.insert}($1)$0" if called else found.insert
        yield Completion(
            label=found.label,
            kind=_KINDS.get(found.kind, "text"),
            edit=_edit(probe, found.start, found.end, insert),
            detail="map" if found.detail.startswith("{") else found.detail,
            documentation=found.doc,
            group=_GROUPS.get(found.kind, 3),
            snippet=called,
        )

    if context.workspace.run is not None:
        labels = {found.label for found in declared}
        yield from _observed(context, ast, context.workspace.run, labels)


def _observed(
    context: CompletionContext, ast: cel.Ast, run: RecordedRun, declared: Container[str]
) -> Iterator[Completion]:
    """Yield the fields or values that recorded runs had, without those that are declared."""
    probe = context.probe
    awaited = services.awaited_at(ast, len(probe.before))
    if awaited is None:
        return
    point = point_of(probe.cursor, context.query_context.flow_node)
    values = observed_values(ast, awaited.part, point, run)
    offered: Iterable[tuple[str, str, str]]
    if awaited.compared:
        quote = "" if awaited.quoted else '"'
        found = (text for text in observed_strings(values) if not set(text) & {'"', "'", "\\"})
        offered = ((f"{quote}{text}{quote}", f"{quote}{text}{quote}", "observed") for text in found)
    else:
        fields = observed_fields(values)
        offered = ((name, _member(name), f"{type_}, observed") for name, type_ in fields.items())
    for label, insert, detail in offered:
        if label not in declared and insert:
            edit = _edit(probe, awaited.start, awaited.end, insert)
            kind: CompletionKind = "value" if awaited.compared else "field"
            yield Completion(label, kind, edit, detail, "Seen in earlier runs of this file.", group=2)


def _member(name: str) -> str:
    """Return how a field is written behind a dot, "" if it can't be."""
    return name if name.isidentifier() else f"`{name}`" if _QUOTABLE.fullmatch(name) else ""


def _edit(probe: Probe, start: int, end: int, insert: str) -> TextEdit:
    """Return an edit of the file for one of the expression, with quotes that the scalar's own allow."""
    if probe.cursor.node.style == '"':
        insert = insert.replace('"', "'")
    elif probe.cursor.node.style == "'":
        insert = insert.replace("'", '"')
    return TextEdit(_file_offset(probe, start), _file_offset(probe, end), insert)


def _file_offset(probe: Probe, offset: int) -> int:
    """Return the offset in the file, without the probe, of one in the expression."""
    is_before = offset <= len(probe.before)
    shifted = offset if is_before else offset + len(PROBE)
    cursor = probe.cursor
    found = cursor.document.offsets(content_range(cursor.node, shifted, shifted))[0]
    return found if is_before else found - len(PROBE)

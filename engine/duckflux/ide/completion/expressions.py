"""Completes inside of CEL expressions, by what `cel.services` knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from ... import cel
from ...cel import services
from ...cel.checker import Scope
from ...language.syntax.edits import TextEdit
from ...language.syntax.scalar_ranges import content_range
from ..cursor import PROBE, Probe
from ..observed import observed_fields, observed_strings, observed_values
from ..recorded_values import Point, RecordedRun, point_of
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
    probe, run = context.probe, context.workspace.run
    ast = cel.parse(probe.before + probe.after)
    point = point_of(probe.cursor, context.query_context.flow_node) if run is not None else None
    edit = partial(_edit, probe)
    yield from in_expression(ast, len(probe.before), context.scope, edit, point, run)


def in_expression(
    ast: cel.Ast,
    offset: int,
    scope: Scope,
    edit: Callable[[int, int, str], TextEdit],
    point: Point | None,
    run: RecordedRun | None,
) -> Iterator[Completion]:
    """Yield what may be written at an offset of an expression that sees the variables `scope`.

    `edit` makes an edit of the file of one of the expression: a start, an end and the new text. With `run` there
    is also what was observed, at the `point` or in all runs.
    """
    declared = services.complete(ast, scope, offset)
    for found in declared:
        called = found.kind in _CALLS and not ast.text[found.end :].startswith("(")
        insert = f"{found.insert}($1)$0" if called else found.insert
        yield Completion(
            label=found.label,
            kind=_KINDS.get(found.kind, "text"),
            edit=edit(found.start, found.end, insert),
            detail="map" if found.detail.startswith("{") else found.detail,
            documentation=found.doc,
            group=_GROUPS.get(found.kind, 3),
            snippet=called,
        )
    if run is None:
        return
    labels = {found.label for found in declared}
    for label, kind, (start, end, insert), detail in _observed(ast, offset, point, run):
        if label not in labels and insert:
            doc = "Seen in earlier runs of this file."
            yield Completion(label, kind, edit(start, end, insert), detail, doc, group=2)


def _observed(
    ast: cel.Ast, offset: int, point: Point | None, run: RecordedRun
) -> Iterator[tuple[str, CompletionKind, tuple[int, int, str], str]]:
    """Yield the fields or values that recorded runs had: label, kind, edit and detail."""
    awaited = services.awaited_at(ast, offset)
    if awaited is None:
        return
    values = observed_values(ast, awaited.part, point, run)
    if awaited.compared:
        quote = "" if awaited.quoted else '"'
        for text in observed_strings(values):
            if not set(text) & {'"', "'", "\\"}:
                quoted = f"{quote}{text}{quote}"
                yield quoted, "value", (awaited.start, awaited.end, quoted), "observed"
    else:
        for name, type_ in observed_fields(values).items():
            yield name, "field", (awaited.start, awaited.end, _member(name)), f"{type_}, observed"


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

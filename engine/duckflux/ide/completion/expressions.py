"""Completes inside of CEL expressions, by what `cel.services` knows."""

from __future__ import annotations

from collections.abc import Iterator

from ... import cel
from ...cel import services
from ...language.syntax.edits import TextEdit
from ...language.syntax.scalar_ranges import content_range
from ..cursor import PROBE, Probe
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
_CALLS = (services.FUNCTION_KIND, services.METHOD_KIND, services.MACRO)


def contribute(context: CompletionContext) -> Iterator[Completion]:
    """Yield what may be written at the offset in an expression."""
    if not context.takes_expression:
        return
    probe = context.probe
    text, offset = probe.before + probe.after, len(probe.before)
    for found in services.complete(cel.parse(text), context.scope, offset):
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

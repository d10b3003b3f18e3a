"""Completions inside of CEL: what `cel.services` offers, at its place in the file."""

from __future__ import annotations

from collections.abc import Iterator

from duckflux import cel
from duckflux.cel import services
from duckflux.cel.checker import Scope
from duckflux.ide.cursor import PROBE, Probe
from duckflux.language.syntax import Document, Scalar
from duckflux.language.syntax.scalar_ranges import content_range
from lsprotocol.types import CompletionItemKind

from ...documents import Edit
from .candidate import Candidate

_KINDS = {
    services.VARIABLE: CompletionItemKind.Variable,
    services.FIELD: CompletionItemKind.Field,
    services.FUNCTION_KIND: CompletionItemKind.Function,
    services.METHOD_KIND: CompletionItemKind.Method,
    services.MACRO: CompletionItemKind.Method,
    services.KEYWORD: CompletionItemKind.Keyword,
    services.VALUE: CompletionItemKind.EnumMember,
    services.TYPE: CompletionItemKind.Class,
}
_GROUPS = {services.VALUE: 0, services.FIELD: 1, services.VARIABLE: 1, services.KEYWORD: 4}
_CALLS = (services.FUNCTION_KIND, services.METHOD_KIND, services.MACRO)


def expressions(probe: Probe, scope: Scope) -> Iterator[Candidate]:
    """What may be written at the probe, in an expression with these variables."""
    text, offset = probe.before + probe.after, len(probe.before)
    place = _Place(probe)
    for found in services.complete(cel.parse(text), scope, offset):
        called = found.kind in _CALLS and not text[found.end :].startswith("(")
        insert = f"{found.insert}($1)$0" if called else found.insert
        yield Candidate(
            label=found.label,
            kind=_KINDS.get(found.kind, CompletionItemKind.Text),
            edit=place.edit(found.start, found.end, insert),
            detail="map" if found.detail.startswith("{") else found.detail,
            doc=found.doc,
            group=_GROUPS.get(found.kind, 3),
            snippet=called,
        )


class _Place:
    """From offsets in the expression to those in the text without the probe."""

    def __init__(self, probe: Probe) -> None:
        self._node: Scalar = probe.cursor.node
        self._document: Document = probe.cursor.document
        self._at = len(probe.before)
        self._shift = len(PROBE)

    def edit(self, start: int, end: int, insert: str) -> Edit:
        if self._node.style == '"':
            insert = insert.replace('"', "'")
        elif self._node.style == "'":
            insert = insert.replace("'", '"')
        return Edit(self._offset(start), self._offset(end), insert)

    def _offset(self, at: int) -> int:
        shifted = at if at <= self._at else at + self._shift
        offset = self._document.offsets(content_range(self._node, shifted, shifted))[0]
        return offset if at <= self._at else offset - self._shift

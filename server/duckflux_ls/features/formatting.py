"""textDocument/formatting, of ranges and on type too: the layout of `duckflux fmt`."""

from __future__ import annotations

from collections.abc import Iterable

from duckflux.ide.formatting import Unformattable, edits_of, edits_within
from duckflux.language.syntax import Document
from lsprotocol import types

from .edits import text_edits

_Encoding = types.PositionEncodingKind | str


def formatting(document: Document, encoding: _Encoding) -> list[types.TextEdit]:
    """The edits of a whole text; none for one that is broken."""
    try:
        return text_edits(document.lines, edits_of(document), encoding)
    except Unformattable:
        return []


def range_formatting(
    document: Document, ranges: Iterable[types.Range], encoding: _Encoding
) -> list[types.TextEdit]:
    """Those of some lines; where they can't be moved alone, of the sections they are in."""
    lines = {line for range_ in ranges for line in range(range_.start.line, range_.end.line + 1)}
    try:
        return text_edits(document.lines, edits_within(document, lines, widen=True), encoding)
    except Unformattable:
        return []


def on_type_formatting(
    document: Document, position: types.Position, encoding: _Encoding
) -> list[types.TextEdit]:
    """Those of the line that was just left, if it can be moved alone."""
    try:
        return text_edits(document.lines, edits_within(document, {position.line - 1}), encoding)
    except Unformattable:
        return []

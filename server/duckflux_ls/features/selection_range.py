"""textDocument/selectionRange: from the part of an expression to its text, its field, its step, and so on up."""

from __future__ import annotations

from collections.abc import Iterator

from duckflux import cel
from duckflux.cel.syntax import nodes
from duckflux.ide.cursor import Cursor, cursor_at
from duckflux.language.analysis import Analysis
from duckflux.language.syntax import Mapping
from duckflux.language.syntax.scalar_ranges import content_offset, content_range
from lsprotocol import types

from ..positions import to_range


def selection_range(
    analysis: Analysis, offset: int, encoding: types.PositionEncodingKind | str
) -> types.SelectionRange:
    """The ranges around an offset, each within the next."""
    lines = analysis.document.lines
    cursor = cursor_at(analysis.document, offset)
    spans = [(0, len(lines.text)), *(_spans(cursor, offset) if cursor is not None else ())]
    # Only what lies in the one before, and is not the same.
    ordered = sorted(dict.fromkeys(spans), key=lambda span: span[0] - span[1])
    found: types.SelectionRange | None = None
    last = ordered[0]
    for start, end in ordered:
        if last[0] <= start <= offset <= end <= last[1]:
            found = types.SelectionRange(to_range(lines, start, end, encoding), parent=found)
            last = start, end
    return found or types.SelectionRange(to_range(lines, offset, offset, encoding))


def _spans(cursor: Cursor, offset: int) -> Iterator[tuple[int, int]]:
    document = cursor.document
    for parent, key in zip(cursor.parents, cursor.keys, strict=True):
        yield document.offsets(parent)
        pair = parent.pair(str(key)) if isinstance(parent, Mapping) else None
        if pair is not None:
            yield document.offsets(pair.key)[0], max(document.offsets(node)[1] for node in pair)
    yield document.offsets(cursor.node)
    if any("x-cel" in rule for rule in cursor.rules):
        yield from _parts(cursor, offset)


def _parts(cursor: Cursor, offset: int) -> Iterator[tuple[int, int]]:
    """The parts of an expression around an offset."""
    document, scalar = cursor.document, cursor.node
    inside = content_offset(scalar, offset - document.offsets(scalar)[0] + scalar.start)
    ast = cel.parse(scalar.text)
    if inside is None:
        return
    for node in nodes.walk(ast.root):
        if node.start <= inside <= node.end:
            yield document.offsets(content_range(scalar, node.start, node.end))
        if isinstance(node, nodes.Select) and node.field_start <= inside <= node.field_end:
            yield document.offsets(content_range(scalar, node.field_start, node.field_end))

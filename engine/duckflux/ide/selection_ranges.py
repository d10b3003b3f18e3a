"""Finds the ranges around an offset: the part of an expression, its text, its field, its step, and so on up."""

from __future__ import annotations

from collections.abc import Iterator

from .. import cel
from ..cel.syntax import nodes
from ..language.analysis import Analysis
from ..language.syntax import Mapping
from ..language.syntax.scalar_ranges import content_offset, content_range
from .cursor import Cursor, cursor_at
from .ranges import TextRange


def selection_ranges(analysis: Analysis, offset: int) -> list[TextRange]:
    """Return the ranges around an offset, the smallest first, each properly inside the next."""
    cursor = cursor_at(analysis.document, offset)
    whole = TextRange(0, len(analysis.document.text))
    around = [whole, *(_ranges(cursor, offset) if cursor is not None else ())]
    found: list[TextRange] = []
    outer = whole
    for range_ in sorted(dict.fromkeys(around), key=lambda one: one.start - one.end):
        if outer.start <= range_.start <= offset <= range_.end <= outer.end:
            found.append(range_)
            outer = range_
    return found[::-1]


def _ranges(cursor: Cursor, offset: int) -> Iterator[TextRange]:
    document = cursor.document
    for parent, key in zip(cursor.parents, cursor.keys, strict=True):
        yield TextRange(*document.offsets(parent))
        pair = parent.pair(str(key)) if isinstance(parent, Mapping) else None
        if pair is not None:
            end = max(document.offsets(node)[1] for node in pair)
            yield TextRange(document.offsets(pair.key)[0], end)
    yield TextRange(*document.offsets(cursor.node))
    if any("x-cel" in schema for schema in cursor.schemas):
        yield from _parts_of_expression(cursor, offset)


def _parts_of_expression(cursor: Cursor, offset: int) -> Iterator[TextRange]:
    document, scalar = cursor.document, cursor.node
    inside = content_offset(scalar, offset - document.offsets(scalar)[0] + scalar.start)
    ast = cel.parse(scalar.text)
    if inside is None:
        return
    for node in nodes.walk(ast.root):
        if node.start <= inside <= node.end:
            yield TextRange(*document.offsets(content_range(scalar, node.start, node.end)))
        if isinstance(node, nodes.Select) and node.field_start <= inside <= node.field_end:
            yield TextRange(*document.offsets(content_range(scalar, node.field_start, node.field_end)))

"""Fixes the indentation and the dashes of fields that stand in the wrong column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...language.analysis import Analysis, Diagnostic
from ...language.syntax import Document, Mapping, Node, Pair, Scalar
from ...language.syntax.ancestors import ancestors_at
from ...language.syntax.edits import INDENT, TextEdit, is_flow
from .fix import Fix

DASH: Final = "- "


def indent(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Indent fields that stand beside the one that they belong under, with all that is below them."""
    document = analysis.document
    link = ancestors_at(document, diagnostic.start).last
    if link is None or link.holder.alias or link.holder.merges:
        return
    starts = {diagnostic.start, *(related.start for related in diagnostic.related[1:])}
    pairs = [pair for pair in link.holder if document.offsets(pair.key)[0] in starts]
    if pairs:
        lines = lines_with_text(document, pairs[0], pairs[-1])
        yield Fix("Indent by two more spaces", tuple(_indented(document, line) for line in lines))


def add_dashes(analysis: Analysis, node: Node | None) -> Iterator[Fix]:
    """Make a list of steps without dashes one: of each line, of each field, or of the fields of one step."""
    document = analysis.document
    if isinstance(node, Scalar) and not node.alias and not node.style:
        yield _dashes_of_lines(document, node)
    elif isinstance(node, Mapping) and not node.alias and not node.merges and not is_flow(document, node):
        yield _dashes_of_fields(document, node)


def _dashes_of_lines(document: Document, node: Scalar) -> Fix:
    start, end = document.offsets(node)
    first, column = document.position(node)
    text = document.text
    if document.lines.line_text(first)[:column].strip(" "):
        return Fix("Put it in a list", (TextEdit(start, end, f"[{text[start:end]}]"),), safe=False)
    last, _ = document.lines.position(end)
    edits = (_before_text(document, line, DASH) for line in range(first, last + 1))
    return Fix("Begin each item with `- `", tuple(edit for edit in edits if edit is not None), safe=False)


def _dashes_of_fields(document: Document, node: Mapping) -> Fix:
    is_one_step = "type" in node
    items = [(node.pairs[0], node.pairs[-1])] if is_one_step else [(pair, pair) for pair in node.pairs]
    edits: list[TextEdit] = []
    for first, last in items:
        start = document.offsets(first.key)[0]
        edits.append(TextEdit(start, start, DASH))
        edits += [_indented(document, line) for line in lines_with_text(document, first, last)[1:]]
    return Fix("Begin each item with `- `", tuple(edits), safe=False)


def lines_with_text(document: Document, first_pair: Pair, last_pair: Pair) -> list[int]:
    """Return the lines that have text, from one field to another."""
    key, value = last_pair
    first, _ = document.position(first_pair.key)
    last, _ = document.lines.position(max(document.offsets(value)[1], document.offsets(key)[1]))
    return [line for line in range(first, last + 1) if document.lines.line_text(line).strip()]


def _indented(document: Document, line: int) -> TextEdit:
    start = document.lines.starts[line]
    return TextEdit(start, start, INDENT)


def _before_text(document: Document, line: int, text: str) -> TextEdit | None:
    content = document.lines.line_text(line)
    if not content.strip():
        return None
    start = document.lines.starts[line] + len(content) - len(content.lstrip(" "))
    return TextEdit(start, start, text)

"""Finds what an editor may fold: sections, participants, steps, long texts and blocks of comments."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..language.analysis import Analysis
from ..language.budget import check_budget
from ..language.syntax import Document, LineIndex, Mapping, Node, Scalar, Sequence


class FoldingRange(msgspec.Struct, frozen=True):
    """The lines from `start_line` to `end_line`, 0-based, both included."""

    start_line: int
    end_line: int
    is_comment: bool = False


def folding_ranges(analysis: Analysis) -> list[FoldingRange]:
    """Return the folds in the order of the text: for each line the largest one that starts there."""
    document = analysis.document
    if document.is_over_limit:
        return []
    folds: dict[int, FoldingRange] = {}
    for fold in (*_comments(document.lines), *_below(document, document.root)):
        start, end = fold.start_line, fold.end_line
        if end > start and (start not in folds or folds[start].end_line < end):
            folds[start] = fold
    return [folds[line] for line in sorted(folds)]


def _below(document: Document, node: Node | None) -> Iterator[FoldingRange]:
    match node:
        case Mapping():
            for key, value in node.pairs:
                if value.start == value.end or (key.start > value.start and key.block is value.block):
                    continue
                yield FoldingRange(document.position(key)[0], _last_line(document, value))
                yield from _below(document, value)
        case Sequence():
            for item in node.items:
                if not isinstance(item, Scalar):
                    yield FoldingRange(document.position(item)[0], _last_line(document, item))
                yield from _below(document, item)
        case _:
            return


def _last_line(document: Document, node: Node) -> int:
    return document.lines.position(document.offsets(node)[1])[0]


def _comments(lines: LineIndex) -> Iterator[FoldingRange]:
    first = None
    for number in range(len(lines) + 1):
        check_budget()
        text = lines.line_text(number).lstrip() if number < len(lines) else ""
        if text.startswith("#"):
            first = number if first is None else first
        elif first is not None:
            yield FoldingRange(first, number - 1, is_comment=True)
            first = None

"""textDocument/foldingRange: sections, participants, steps, long texts and runs of comments."""

from __future__ import annotations

from collections.abc import Iterator

from duckflux.language.analysis import Analysis
from duckflux.language.syntax import Document, LineIndex, Mapping, Node, Scalar, Sequence
from lsprotocol import types


def folding_ranges(analysis: Analysis) -> list[types.FoldingRange]:
    """One fold a line at most, the largest that starts there."""
    document = analysis.document
    folds: dict[int, types.FoldingRange] = {}
    found = [*_comments(document.lines), *_folds(document, document.root)]
    for start, end, kind in found:
        if end > start and (start not in folds or folds[start].end_line < end):
            folds[start] = types.FoldingRange(start_line=start, end_line=end, kind=kind)
    return [folds[line] for line in sorted(folds)]


def _folds(document: Document, node: Node | None) -> Iterator[tuple[int, int, types.FoldingRangeKind | None]]:
    """(first line, last line, kind) of what is below a node."""
    match node:
        case Mapping():
            for key, value in node.pairs:
                if value.start == value.end or (key.start > value.start and key.block is value.block):
                    continue
                yield document.position(key)[0], _last_line(document, value), None
                yield from _folds(document, value)
        case Sequence():
            for item in node.items:
                if not isinstance(item, Scalar):
                    yield document.position(item)[0], _last_line(document, item), None
                yield from _folds(document, item)
        case _:
            return


def _last_line(document: Document, node: Node) -> int:
    return document.lines.position(document.offsets(node)[1])[0]


def _comments(lines: LineIndex) -> Iterator[tuple[int, int, types.FoldingRangeKind | None]]:
    first = None
    for number in range(len(lines) + 1):
        text = lines.line_text(number).lstrip() if number < len(lines) else ""
        if text.startswith("#"):
            first = number if first is None else first
        elif first is not None:
            yield first, number - 1, types.FoldingRangeKind.Comment
            first = None

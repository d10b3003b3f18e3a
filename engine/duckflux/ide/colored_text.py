"""Cuts the text of a workflow into pieces that have a color, for viewers that are not editors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from ..language.analysis import Analysis
from ..language.syntax import Document, Mapping, Scalar, Sequence
from ..language.syntax.nodes import Node
from .semantic_tokens import semantic_tokens

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$")
# A larger text is shown without colors.
_MAX_COLORED = 1_000_000
# The text of a scalar, in which `#` is not a comment.
_TEXT = "text"


class Piece(NamedTuple):
    """A part of a line. `type` is `key`, `comment`, or that of a semantic token, None for plain text."""

    text: str
    type: str | None


def colored_lines(analysis: Analysis) -> list[list[Piece]]:
    """Return the pieces of each line of a text."""
    text = analysis.document.text
    types: list[str | None] = [None] * len(text)
    if len(text) <= _MAX_COLORED:
        for start, end, type_ in _ranges(analysis):
            types[start:end] = [type_] * (end - start)
    lines = analysis.document.lines
    found = []
    for number in range(len(lines)):
        start, line = lines.offset(number, 0), lines.line_text(number)
        found.append(_pieces(line, types[start : start + len(line)]))
    return found


def _pieces(line: str, types: list[str | None]) -> list[Piece]:
    for comment in _COMMENT.finditer(line):
        if not any(types[comment.start() :]):
            types[comment.start() :] = ["comment"] * (len(line) - comment.start())
    found = []
    for type_, group in groupby(range(len(line)), key=types.__getitem__):
        part = [*group]
        found.append(Piece(line[part[0] : part[-1] + 1], None if type_ == _TEXT else type_))
    return found


def _ranges(analysis: Analysis) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, type); later ones are written over earlier ones."""
    document = analysis.document
    if document.root is not None:
        yield from _syntax_ranges(document, document.root)
    for item in semantic_tokens(analysis).items.values():
        for token in item.tokens:
            yield *document.offsets(token.range), token.type


def _syntax_ranges(document: Document, root: Node) -> Iterator[tuple[int, int, str]]:
    left = [root]
    while left:
        node = left.pop()
        if node.alias:
            continue
        if isinstance(node, Mapping):
            for key, value in node:
                yield *document.offsets(key), "key"
                left.append(value)
        elif isinstance(node, Sequence):
            left += node.items
        elif isinstance(node, Scalar):
            is_number = isinstance(node.value, bool | int | float)
            yield (
                *document.offsets(node),
                "number" if is_number else "string" if node.style in ("'", '"') else _TEXT,
            )

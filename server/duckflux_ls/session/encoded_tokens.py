"""Encodes semantic tokens as LSP has them: five numbers for each, relative to the one before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec
from duckflux.ide.semantic_tokens import TOKEN_TYPES, DocumentTokens, ItemTokens
from duckflux.language.semantics.items import Item
from duckflux.language.syntax import Document, LineIndex, Span
from duckflux.language.syntax.nodes import Block
from duckflux.language.syntax.text_difference import common_end, common_start

from .positions import Encoding, column_units

_TYPE_INDICES = {name: index for index, name in enumerate(TOKEN_TYPES)}


class EncodedItem(msgspec.Struct, frozen=True):
    """The tokens of an item; lines count from the start of its block. `last` is the last one's (line, column)."""

    tokens: ItemTokens
    data: tuple[int, ...]
    last: tuple[int, int]


EncodedItems: TypeAlias = dict[Item, EncodedItem]


def encoded_items(tokens: DocumentTokens, encoding: Encoding, previous: EncodedItems) -> EncodedItems:
    """Return the tokens of all items. `previous`, of an earlier text, saves work."""
    encoder = _Encoder(encoding)
    found: EncodedItems = {}
    for item, item_tokens in tokens.items.items():
        before = previous.get(item)
        is_same = before is not None and before.tokens is item_tokens
        found[item] = before if before is not None and is_same else encoder.encoded(item_tokens)
    return found


def joined(document: Document, items: EncodedItems) -> list[int]:
    """Return the tokens of the whole document."""
    parts = [(_first_line(document, part), part) for part in items.values() if part.data]
    parts.sort(key=lambda one: (one[0], one[1].data[1]))
    data: list[int] = []
    line = column = 0
    for first, part in parts:
        same = first == line
        data += (first - line, part.data[1] - column if same else part.data[1], *part.data[2:])
        line, column = first - part.data[0] + part.last[0], part.last[1]
    return data


def difference(old: list[int], new: list[int]) -> tuple[int, int, list[int]]:
    """Return the one edit between two encodings: (start, count of numbers to remove, numbers to insert)."""
    start = common_start(old, new) // 5 * 5
    tail = common_end(old, new, start) // 5 * 5
    return start, len(old) - start - tail, new[start : len(new) - tail]


def tokens_in_lines(data: list[int], first: int, last: int) -> list[int]:
    """Return those of some encoded tokens that are in the lines from `first` to `last`, encoded anew."""
    line = column = last_line = last_column = 0
    found: list[int] = []
    for at in range(0, len(data), 5):
        column = data[at + 1] + (column if data[at] == 0 else 0)
        line += data[at]
        if line > last:
            break
        if line >= first:
            same = line == last_line and bool(found)
            found += (line - last_line, column - last_column if same else column, *data[at + 2 : at + 5])
            last_line, last_column = line, column
    return found


def _first_line(document: Document, part: EncodedItem) -> int:
    return document.position(Span(part.tokens.block, 0, 0))[0] + part.data[0]


class _Encoder:
    """Encodes the items of one text. Lines of a block are counted once."""

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._lines: dict[Block, LineIndex] = {}

    def encoded(self, tokens: ItemTokens) -> EncodedItem:
        text = tokens.block.text
        data: list[int] = []
        line = column = 0
        for token in tokens.tokens:
            for start, end in _parts_on_lines(text, token.range.start, token.range.end):
                token_line, token_column = self._position(tokens.block, start)
                same = token_line == line and bool(data)
                data += (
                    token_line - line if data else token_line,
                    token_column - column if same else token_column,
                    column_units(text[start:end], self._encoding),
                    _TYPE_INDICES[token.type],
                    token.modifiers,
                )
                line, column = token_line, token_column
        return EncodedItem(tokens, tuple(data), (line, column))

    def _position(self, block: Block, offset: int) -> tuple[int, int]:
        lines = self._lines.get(block)
        if lines is None:
            lines = self._lines[block] = LineIndex(block.text)
        line, column = lines.position(offset)
        return line, column_units(block.text[offset - column : offset], self._encoding)


def _parts_on_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a range on its lines, without indentation and empty lines."""
    while (stop := text.find("\n", start, end)) >= 0:
        if text[start:stop].strip():
            yield start, stop
        start = stop + 1
        while start < end and text[start] == " ":
            start += 1
    if start < end:
        yield start, end

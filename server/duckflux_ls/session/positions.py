"""Converts between offsets in code points and LSP positions in the negotiated encoding."""

from __future__ import annotations

from typing import TypeAlias

from duckflux.language.syntax import LineIndex
from lsprotocol.types import Position, PositionEncodingKind, Range

Encoding: TypeAlias = PositionEncodingKind | str
FILE_START = Range(Position(0, 0), Position(0, 0))
"""The empty range at the start of a file."""


def column_units(text: str, encoding: Encoding) -> int:
    """Return the length of a text in the units of an encoding."""
    if encoding == PositionEncodingKind.Utf32 or text.isascii():
        return len(text)
    if encoding == PositionEncodingKind.Utf8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(character > "\uffff" for character in text)


def to_position(lines: LineIndex, offset: int, encoding: Encoding) -> Position:
    """Return the LSP position of an offset."""
    line, column = lines.position(offset)
    start = lines.starts[line]
    return Position(line, column_units(lines.text[start : start + column], encoding))


def to_range(lines: LineIndex, start: int, end: int, encoding: Encoding) -> Range:
    """Return the LSP range between two offsets."""
    return Range(to_position(lines, start, encoding), to_position(lines, end, encoding))


def to_offset(lines: LineIndex, position: Position, encoding: Encoding) -> int:
    """Return the offset of an LSP position.

    A position after the end of its line counts as that end, one inside of a character as its start.
    """
    if position.line >= len(lines):
        return len(lines.text)
    text = lines.line_text(position.line)
    start = lines.starts[position.line]
    if encoding == PositionEncodingKind.Utf32 or text.isascii():
        return start + min(position.character, len(text))
    units = 0
    for column, character in enumerate(text):
        units += column_units(character, encoding)
        if units > position.character:
            return start + column
    return start + len(text)

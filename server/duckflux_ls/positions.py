"""Between offsets in code points, as the analysis has them, and LSP positions in the negotiated encoding."""

from __future__ import annotations

from duckflux.language.syntax import LineIndex
from lsprotocol.types import Position, PositionEncodingKind, Range

TOP = Range(Position(0, 0), Position(0, 0))
"""The place before a text."""


def column_units(text: str, encoding: PositionEncodingKind | str) -> int:
    """How many units of an encoding a text takes."""
    if encoding == PositionEncodingKind.Utf32 or text.isascii():
        return len(text)
    if encoding == PositionEncodingKind.Utf8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(character > "\uffff" for character in text)


def to_position(lines: LineIndex, offset: int, encoding: PositionEncodingKind | str) -> Position:
    """The LSP position of an offset."""
    line, column = lines.position(offset)
    start = lines.starts[line]
    return Position(line, column_units(lines.text[start : start + column], encoding))


def to_range(lines: LineIndex, start: int, end: int, encoding: PositionEncodingKind | str) -> Range:
    """The LSP range of two offsets."""
    return Range(to_position(lines, start, encoding), to_position(lines, end, encoding))


def to_offset(lines: LineIndex, position: Position, encoding: PositionEncodingKind | str) -> int:
    """The offset of an LSP position; past a line's end it is that end, inside a character its start."""
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

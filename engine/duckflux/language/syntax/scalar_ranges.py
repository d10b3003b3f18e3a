"""Map offsets in a scalar's content to offsets in the file, and back.

Quotes, escapes, folded lines and block scalars are taken into account (YAML 1.2.2, chapters 7.3 and 8.1).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from operator import itemgetter

import msgspec

from .nodes import Scalar, Span

_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_LINES = re.compile(r"[^\r\n]*")


class _Line(msgspec.Struct, frozen=True):
    """A decoded line: its content, and the raw (start, end) of each of its characters."""

    content: str
    ranges: list[tuple[int, int]]


def content_range(scalar: Scalar, start: int, end: int) -> Span:
    """Return the span of `scalar.text[start:end]` in the scalar's block; for an alias, that of the alias."""
    if scalar.alias:
        return Span(scalar.block, scalar.start, scalar.end)
    if _is_verbatim(scalar):
        return Span(scalar.block, scalar.start + start, scalar.start + end)
    ranges = _ranges_of(scalar)
    if ranges is None:
        return Span(scalar.block, scalar.start, scalar.end)
    first = ranges[start][0] if start < len(ranges) else _content_end(ranges)
    last = ranges[end - 1][1] if start < end <= len(ranges) else max(first, _content_end(ranges, end))
    return Span(scalar.block, scalar.start + first, scalar.start + max(first, last))


def content_offset(scalar: Scalar, offset: int) -> int | None:
    """Return the content offset for an offset of the scalar's block; None outside the content or in an alias."""
    if scalar.alias or not scalar.start <= offset <= scalar.end:
        return None
    raw_offset = offset - scalar.start
    if _is_verbatim(scalar):
        return raw_offset
    ranges = _ranges_of(scalar)
    if ranges is None:
        return None
    index = bisect_right(ranges, raw_offset, key=itemgetter(1))
    if index < len(ranges) and ranges[index][0] <= raw_offset:
        return index
    if not ranges:
        return 0 if raw_offset == 1 and scalar.style in ("'", '"') else None
    return len(ranges) if raw_offset == ranges[-1][1] else None


# The parts of one scalar are looked for one after the other.
@lru_cache(maxsize=2)
def _is_verbatim(scalar: Scalar) -> bool:
    return scalar.block.text[scalar.start : scalar.end] == scalar.text


@lru_cache(maxsize=2)
def _ranges_of(scalar: Scalar) -> list[tuple[int, int]] | None:
    return _character_ranges(scalar.block.text[scalar.start : scalar.end], scalar)


def _content_end(ranges: list[tuple[int, int]], end: int | None = None) -> int:
    if not ranges:
        return 0
    return ranges[-1][1] if end is None or end >= len(ranges) else ranges[end][0]


def _character_ranges(raw: str, scalar: Scalar) -> list[tuple[int, int]] | None:
    """Return (start, end) in `raw` of each character of the content.

    The result is None when `raw` and content do not match, as after a recovery.
    """
    lines = _block_lines(raw, scalar.text) if scalar.style in ("|", ">") else _flow_lines(raw, scalar.style)
    text = scalar.text
    ranges: list[tuple[int, int]] = []
    end_of_line = 1 if scalar.style in ("'", '"') else max(_next_line_end(raw, raw.find("\n")), 0)
    for line in lines:
        index = len(ranges)
        while not text.startswith(line.content, index):
            if index >= len(text) or text[index] not in " \n":
                return None
            ranges.append((end_of_line, end_of_line + 1))
            end_of_line = _next_line_end(raw, end_of_line)
            index += 1
        ranges.extend(line.ranges)
        if line.ranges:
            end_of_line = line.ranges[-1][1]
    ranges.extend((end_of_line, end_of_line + 1) for _ in range(len(text) - len(ranges)))
    return ranges if len(ranges) == len(text) else None


def _next_line_end(raw: str, offset: int) -> int:
    """Return the offset of the next line end, or `offset` if there is none."""
    following = raw.find("\n", offset + 1)
    return offset if following < 0 else following


def _block_lines(raw: str, text: str) -> Iterator[_Line]:
    body = [match for match in _LINES.finditer(raw, len(raw.partition("\n")[0])) if match[0].strip(" ")]
    if not body:
        return
    first = text.lstrip("\n")
    indent = _indent(body[0][0]) - _indent(first)
    for match in body:
        start, end = match.start() + indent, match.end()
        yield _Line(raw[start:end], [(at, at + 1) for at in range(start, end)])


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _flow_lines(raw: str, style: str) -> Iterator[_Line]:
    quoted = style in ("'", '"')
    start, end = (1, len(raw) - 1 if raw.endswith(style) else len(raw)) if quoted else (0, len(raw))
    matches = [match for match in _LINES.finditer(raw, start, end) if match[0] or match.start() == start]
    for index, match in enumerate(matches):
        first, last = match.span()
        if index > 0:
            while first < last and raw[first] in " \t":
                first += 1
        if index < len(matches) - 1 and not (style == '"' and match[0].endswith("\\")):
            while last > first and raw[last - 1] in " \t":
                last -= 1
        yield _decoded(raw, first, last, style)


def _decoded(raw: str, start: int, end: int, style: str) -> _Line:
    content: list[str] = []
    ranges: list[tuple[int, int]] = []
    offset = start
    while offset < end:
        character, length = raw[offset], 1
        if style == "'" and raw.startswith("''", offset):
            length = 2
        elif style == '"' and character == "\\":
            match = _ESCAPE.match(raw, offset, end)
            if match is None:
                break
            character, length = _unescape(match[0]), len(match[0])
        content.append(character)
        ranges.append((offset, offset + length))
        offset += length
    return _Line("".join(content), ranges)


_SIMPLE = dict(zip('0abt\tnvfre N_LP"/\\', '\0\a\b\t\t\n\v\f\r\x1b \x85\xa0\u2028\u2029"/\\', strict=False))


def _unescape(escape: str) -> str:
    if escape[1] in "xuU":
        return chr(int(escape[2:], 16))
    return _SIMPLE.get(escape[1], escape[1])

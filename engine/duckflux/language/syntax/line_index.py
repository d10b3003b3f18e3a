"""Convert offsets to lines and columns. A line ends only at LF, CRLF or CR, as in LSP."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import overload

# A larger text is not read, whatever its lines are; a list of them could take thirty times its size.
_MAX_LISTED = 10 * 1024 * 1024
_LINE_END = re.compile(r"\r\n|\n|\r")


class LineIndex:
    """The starts of the lines of a text. Offsets and columns are 0-based code points."""

    __slots__ = ("starts", "text")

    def __init__(self, text: str, starts: Sequence[int] | None = None) -> None:
        self.text = text
        self.starts = _starts(text) if starts is None else starts

    def edited(self, start: int, end: int, text: str) -> LineIndex:
        """Return the index of the text with the code points from `start` to `end` replaced by `text`."""
        whole = self.text[:start] + text + self.text[end:]
        if max(len(whole), len(self.text)) > _MAX_LISTED:
            return LineIndex(whole)
        # One character more on either side, where a CR and an LF may be joined or separated.
        first = max(bisect_right(self.starts, max(start - 1, 0)) - 1, 0)
        after = bisect_right(self.starts, end + 1)
        shift = len(whole) - len(self.text)
        begin = self.starts[first]
        stop = self.starts[after] + shift if after < len(self.starts) else len(whole)
        inside = [begin + offset for offset in _starts(whole[begin:stop])]
        rest = [offset + shift for offset in self.starts[after:]]
        # The last start of `inside` is the first of `rest`.
        return LineIndex(whole, [*self.starts[:first], *inside[: -1 if rest else None], *rest])

    def __len__(self) -> int:
        return len(self.starts)

    def position(self, offset: int) -> tuple[int, int]:
        """Return (line, column) of an offset; an offset past the end counts as the end."""
        offset = min(max(offset, 0), len(self.text))
        if isinstance(self.starts, _CountedStarts):
            line = self.starts.line_at(offset)
        else:
            line = bisect_right(self.starts, offset) - 1
        return line, offset - self.starts[line]

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a position, clamped to the end of its line and to the text."""
        if line < 0:
            return 0
        if line >= len(self.starts):
            return len(self.text)
        return min(self.starts[line] + max(column, 0), self.line_end(line))

    def line_end(self, line: int) -> int:
        """Return the offset after the last character of a line, before its line break."""
        if line + 1 >= len(self.starts):
            return len(self.text)
        end = self.starts[line + 1] - 1
        if end > self.starts[line] and self.text[end] == "\n" and self.text[end - 1] == "\r":
            end -= 1
        return end

    def line_text(self, line: int) -> str:
        return self.text[self.starts[line] : self.line_end(line)]


class _CountedStarts(Sequence[int]):
    """The starts of the lines of a large text, counted whenever one is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._has_returns = "\r" in text

    def __len__(self) -> int:
        return self._breaks(0, len(self._text)) + 1

    def line_at(self, offset: int) -> int:
        """Return the number of the line that an offset is in."""
        return self._breaks(0, offset - self._is_joined(offset))

    @overload
    def __getitem__(self, line: int) -> int: ...
    @overload
    def __getitem__(self, line: slice) -> list[int]: ...
    def __getitem__(self, line: int | slice) -> int | list[int]:
        if isinstance(line, slice):
            return [self[number] for number in range(*line.indices(len(self)))]
        before, after, missing = 0, len(self._text), line if line >= 0 else len(self) + line
        if missing == 0:
            return 0
        # Up to `after`, but not up to `before`, are enough line breaks.
        while after - before > 1:
            middle = (before + after) // 2
            breaks = self._breaks(before, middle)
            if breaks < missing:
                before, missing = middle, missing - breaks
            else:
                after = middle
        if missing < 0 or self._breaks(before, after) < missing:
            raise IndexError(line)
        return after + self._is_joined(after)

    def _breaks(self, start: int, end: int) -> int:
        """Return how many lines have ended before `end`, but not before `start`."""
        text = self._text
        found = text.count("\n", start, end)
        if self._has_returns:
            found += text.count("\r", start, end) - text.count("\r\n", start, end)
            found -= start < end and self._is_joined(start)
        return found

    def _is_joined(self, offset: int) -> bool:
        """Return whether an offset is between a CR and its LF."""
        return offset > 0 and self._text.startswith("\r\n", offset - 1)


def _starts(text: str) -> Sequence[int]:
    if len(text) > _MAX_LISTED:
        return _CountedStarts(text)
    if "\r" in text:
        return [0, *(match.end() for match in _LINE_END.finditer(text))]
    ends = accumulate(len(line) + 1 for line in text.split("\n"))
    return [0, *ends][:-1]

"""Convert offsets to lines and columns. A line ends only at LF, CRLF or CR, as in LSP."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

_LINE_END = re.compile(r"\r\n|\n|\r")


class LineIndex:
    """The starts of the lines of a text. Offsets and columns are 0-based code points."""

    __slots__ = ("starts", "text")

    def __init__(self, text: str, starts: list[int] | None = None) -> None:
        self.text = text
        self.starts = _starts(text) if starts is None else starts

    def edited(self, start: int, end: int, text: str) -> LineIndex:
        """Return the index of the text with the code points from `start` to `end` replaced by `text`."""
        whole = self.text[:start] + text + self.text[end:]
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


def _starts(text: str) -> list[int]:
    if "\r" in text:
        return [0, *(match.end() for match in _LINE_END.finditer(text))]
    ends = accumulate(len(line) + 1 for line in text.split("\n"))
    return [0, *ends][:-1]

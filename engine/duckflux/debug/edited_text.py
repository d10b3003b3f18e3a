"""Maps lines of the text that a run has loaded to those of the file as it is now."""

from __future__ import annotations

from difflib import SequenceMatcher

from ..files import read_named_file
from ..language.syntax import MAX_BYTES

_MAX_LINES = 20_000


class LineMap:
    """The lines of two texts that are the same; both count from 0."""

    def __init__(self, then: str, now: str) -> None:
        self._blocks: list[tuple[int, int, int]] | None = None
        if then == now:
            return
        lines_then, lines_now = then.splitlines(), now.splitlines()
        if len(lines_then) + len(lines_now) > _MAX_LINES:
            return
        matcher = SequenceMatcher(None, lines_then, lines_now, autojunk=False)
        self._blocks = [(a, b, size) for a, b, size in matcher.get_matching_blocks() if size]

    @classmethod
    def of_file(cls, file: str, then: str) -> LineMap:
        """Return the map from a text to that of its file, the identity if that can't be read."""
        try:
            return cls(then, read_named_file(file, MAX_BYTES).decode())
        except (OSError, UnicodeDecodeError):
            return cls(then, then)

    def then(self, line: int) -> int:
        """Return the line of the text then that a line of the file now was, or that follows it."""
        if self._blocks is None:
            return line
        for a, b, size in self._blocks:
            if line < b + size:
                return a + max(line - b, 0)
        return self._blocks[-1][0] + self._blocks[-1][2] if self._blocks else line

    def now(self, line: int) -> int:
        """Return where a line of the text then is in the file now, or what has replaced it."""
        if self._blocks is None:
            return line
        end = 0
        for a, b, size in self._blocks:
            if line < a:
                return min(end, b)
            if line < a + size:
                return b + line - a
            end = b + size
        return end

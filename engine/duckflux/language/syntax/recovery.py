"""Recover from syntax errors: close the quote or bracket, add the colon, or else blank the line."""

from __future__ import annotations

import re
from bisect import bisect_left, insort

from .scalars import WHITE_SPACE
from .syntax_errors import SyntaxProblem

_VALUE_NEXT = re.compile(r"(?:^|\s)(?:\S+:|-) +$", re.ASCII)


class RecoveredText:
    """A text and the offsets of inserted characters. Mutable: `recover` changes it step by step."""

    __slots__ = ("inserted", "text", "tried")

    def __init__(self, text: str) -> None:
        self.text = text
        self.inserted: list[int] = []
        self.tried: set[tuple[int, str]] = set()

    def original(self, offset: int) -> int:
        """Return an offset of the recovered text as an offset of the original text."""
        return offset - bisect_left(self.inserted, offset)

    def insert(self, offset: int, text: str) -> None:
        self.text = self.text[:offset] + text + self.text[offset:]
        self.inserted = [
            position + len(text) if position >= offset else position for position in self.inserted
        ]
        for position in range(offset, offset + len(text)):
            insort(self.inserted, position)

    def replace(self, offset: int, character: str) -> None:
        self.text = self.text[:offset] + character + self.text[offset + 1 :]

    def blank_line(self, offset: int) -> bool:
        """Blank the line at an offset, or else the nearest line above that has text.

        If a value starts at the offset, the key or dash before it stays. Return False if there is no such line.
        """
        start, end = _line(self.text, min(offset, len(self.text)))
        if self.text[offset:end].strip(WHITE_SPACE) and _VALUE_NEXT.search(self.text[start:offset]):
            start = offset
        while not self.text[start:end].strip(WHITE_SPACE):
            if start == 0:
                return False
            start, end = _line(self.text, start - 1)
        self.text = self.text[:start] + " " * (end - start) + self.text[end:]
        return True


def recover(recovered: RecoveredText, error: SyntaxProblem) -> bool:
    """Recover from one syntax error, and return whether the text has changed.

    The same insertion is never tried twice at one offset.
    """
    insertion = recovered.original(error.insert_offset), error.insert
    if error.insert and insertion not in recovered.tried:
        recovered.tried.add(insertion)
        recovered.insert(error.insert_offset, error.insert)
        return True
    return recovered.blank_line(error.start)


def _line(text: str, offset: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    return start, len(text) if end < 0 else end

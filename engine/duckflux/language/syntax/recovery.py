"""Mending a text that does not parse, so that what is whole around the mistake can be read: close the quote
or the bracket, add the colon, else blank the line."""

from __future__ import annotations

import re
from bisect import bisect_left, insort

from .syntax_errors import SyntaxMistake

_VALUE_NEXT = re.compile(r"(?:^|\s)(?:\S+:|-) +$")


class RecoveredText:
    """A text and the characters that were put in. Mutable: `recover` changes it step by step."""

    __slots__ = ("inserted", "text", "tried")

    def __init__(self, text: str) -> None:
        self.text = text
        self.inserted: list[int] = []
        self.tried: set[tuple[int, str]] = set()

    def original(self, offset: int) -> int:
        """An offset of the mended text as an offset of the text as it was."""
        return offset - bisect_left(self.inserted, offset)

    def insert(self, offset: int, text: str) -> None:
        self.text = self.text[:offset] + text + self.text[offset:]
        self.inserted = [at + len(text) if at >= offset else at for at in self.inserted]
        for at in range(offset, offset + len(text)):
            insort(self.inserted, at)

    def blank_line(self, offset: int) -> bool:
        """Blank the line at an offset, or the nearest line above that has text. False when there is none.
        Of a line whose value starts at the offset, the key or the dash before it stays at first."""
        start, end = _line(self.text, min(offset, len(self.text)))
        if self.text[offset:end].strip() and _VALUE_NEXT.search(self.text[start:offset]):
            start = offset
        while not self.text[start:end].strip():
            if start == 0:
                return False
            start, end = _line(self.text, start - 1)
        self.text = self.text[:start] + " " * (end - start) + self.text[end:]
        return True


def recover(mended: RecoveredText, mistake: SyntaxMistake) -> bool:
    """Mend one mistake. The same insertion is never tried twice at one place. False: nothing left to mend."""
    insertion = mended.original(mistake.insert_at), mistake.insert
    if mistake.insert and insertion not in mended.tried:
        mended.tried.add(insertion)
        mended.insert(mistake.insert_at, mistake.insert)
        return True
    return mended.blank_line(mistake.start)


def _line(text: str, offset: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    return start, len(text) if end < 0 else end

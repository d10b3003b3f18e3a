"""Finds the line that a comment is about: its own or, if it stands alone, the next one with text."""

from __future__ import annotations

import re
from functools import lru_cache

from .ancestors import ancestors_at
from .document import Document

_TEXT_LINE = re.compile(r"^[ \t]*[^ \t\r\n#]", re.MULTILINE)


@lru_cache(maxsize=8)
def marked_lines(document: Document, mark: str) -> frozenset[int]:
    """Return the starts of the lines that have a comment which begins with a word, such as `duckflux-reuse`."""
    if mark not in document.text:
        return frozenset()
    comments = re.finditer(rf"(?:^|(?<=[ \t]))#[ \t]*{re.escape(mark)}(?![\w-])", document.text, re.MULTILINE)
    lines = (target_line(document, one.start()) for one in comments if is_comment(document, one.start()))
    return frozenset(line for line in lines if line is not None)


def is_comment(document: Document, offset: int) -> bool:
    """Return whether a mark is not part of a value; it may follow the `|` or `>` that a value begins with."""
    scalar = ancestors_at(document, offset).scalar
    if scalar is None:
        return True
    header = document.lines.position(document.offsets(scalar)[0])[0]
    return scalar.style in ("|", ">") and document.lines.position(offset)[0] == header


def line_start(text: str, offset: int) -> int:
    """Return where the line of an offset begins."""
    return text.rfind("\n", 0, offset) + 1


def target_line(document: Document, offset: int) -> int | None:
    """Return the start of the line that a comment applies to, None for the whole file."""
    line = line_start(document.text, offset)
    if document.text[line:offset].strip():
        return line
    if document.root is None or offset < document.offsets(document.root)[0]:
        return None
    following = _TEXT_LINE.search(document.text, offset)
    return following.start() if following else line

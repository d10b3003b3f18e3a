"""Where a text falls apart into blocks: each top-level section is one, and each participant and each step of
`participants` and `flow`. Only lines and indentation are looked at; `document` checks what comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple


class Piece(NamedTuple):
    """A slice of the text. `role`: "section" (top-level keys), "head" (`flow:` alone), "item" or "entry"."""

    start: int
    end: int
    role: str


_WHOLE = re.compile(r"^(?:---|\.\.\.|%|\t)", re.MULTILINE)
_SECTION = re.compile(r"^[^\s#\-\[\]{}&*!?|>'\"@`,%:][^\n]*?:(?=\s|$)", re.MULTILINE)
_HEAD = re.compile(r"(participants|flow):[ \t]*(?:#[^\n]*)?\r?(?:\n|$)")
_CONTENT = re.compile(r"^( *)(?=[^\s#])", re.MULTILINE)


def split(text: str) -> list[Piece] | None:
    """The pieces, covering all content in order; None when the text is better parsed whole."""
    if _WHOLE.search(text):
        return None
    starts = [match.start() for match in _SECTION.finditer(text)]
    first = _CONTENT.search(text)
    if not starts or first is None or first.start() != starts[0]:
        return None
    starts.append(len(text))
    return [piece for start, end in pairwise(starts) for piece in _section(text, start, end)]


def _section(text: str, start: int, end: int) -> Iterator[Piece]:
    head = _HEAD.match(text, start, end)
    first = _CONTENT.search(text, head.end(), end) if head else None
    if head is None or first is None:
        yield Piece(start, end, "section")
        return
    role = "item" if head[1] == "flow" else "entry"
    mark = "-(?=[ \\r\\n]|$)" if role == "item" else r"[^\s#\-]"
    children = re.compile(rf"^ {{{len(first[1])}}}(?={mark})", re.MULTILINE)
    starts = [match.start() for match in children.finditer(text, first.start(), end)]
    if not starts or starts[0] != first.start() or (role == "entry" and not first[1]):
        yield Piece(start, end, "section")
        return
    yield Piece(start, starts[0], "head")
    starts.append(end)
    for child, following in pairwise(starts):
        yield Piece(child, following, role)

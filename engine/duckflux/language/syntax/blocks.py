"""Split a text into blocks: top-level sections, and the entries of `participants` and `flow`.

Only lines and indentation are considered; `document` checks the result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec


class BlockRange(msgspec.Struct, frozen=True):
    """A range of the text. `role`: "section" (top-level keys), "head" (`flow:` alone), "item" or "entry"."""

    start: int
    end: int
    role: str


# Each begins with the end of the line before: `re` finds a constant several times faster than `^`.
_WHOLE = re.compile(r"\n(?:---|\.\.\.|%|\t|\?(?=[ \t\r\n]|$))")
_SECTION = re.compile(r"\n[^ \t\r\n#\-\[\]{}&*!?|>'\"@`,%:][^\n]*?:(?=[ \t\r\n]|$)")
_HEAD = re.compile(r"\n(participants|flow):[ \t]*(?:#[^\n]*)?\r?(?=\n|$)")
_CONTENT = re.compile(r"\n( *)(?=[^ \t\r\n#])")


def split_blocks(text: str) -> list[BlockRange] | None:
    """Return the blocks, which cover all content in order, or None when the text must be parsed as a whole."""
    # With a line end before it, every line of the text begins with the end of the line before.
    lines = "\n" + text
    if _WHOLE.search(lines):
        return None
    starts = [match.start() for match in _SECTION.finditer(lines)]
    first = _CONTENT.search(lines)
    if not starts or first is None or first.start() != starts[0]:
        return None
    starts.append(len(text))
    return [block for start, end in pairwise(starts) for block in _section(lines, start, end)]


def _section(lines: str, start: int, end: int) -> Iterator[BlockRange]:
    head = _HEAD.match(lines, start, end)
    first = _CONTENT.search(lines, head.end(), end) if head else None
    if head is None or first is None:
        yield BlockRange(start, end, "section")
        return
    role = "item" if head[1] == "flow" else "entry"
    mark = "-(?=[ \\r\\n]|$)" if role == "item" else r"[^ \t\r\n#\-]"
    children = re.compile(rf"\n {{{len(first[1])}}}(?={mark})")
    starts = [match.start() for match in children.finditer(lines, first.start(), end)]
    # An explicit key (`? `) and its value (`: `) are apart: only the whole section shows which belong together.
    explicit = re.compile(rf"\n {{{len(first[1])}}}[?:](?=[ \t\r\n]|$)")
    is_split = bool(starts) and starts[0] == first.start() and (role == "item" or bool(first[1]))
    if not is_split or explicit.search(lines, first.start(), end):
        yield BlockRange(start, end, "section")
        return
    yield BlockRange(start, starts[0], "head")
    starts.append(end)
    for child, following in pairwise(starts):
        yield BlockRange(child, following, role)

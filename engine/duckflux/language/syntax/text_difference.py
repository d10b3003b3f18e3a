"""Compare two texts: their common start and end, and the edits that make one the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from .edits import TextEdit

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def common_start(first: Sequence[Any], second: Sequence[Any]) -> int:
    """Return the length of the common start.

    Halves the range to look at: comparing slices is fast, comparing elements is not.
    """
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_end(first: Sequence[Any], second: Sequence[Any], after: int) -> int:
    """Return the length of the common end of what follows the first `after` elements."""
    rest = min(len(first), len(second)) - after
    if not rest:
        return 0
    return common_start(first[len(first) - rest :][::-1], second[len(second) - rest :][::-1])


def single_edit(old: str, new: str) -> TextEdit:
    """Return the one edit that makes the old text the new one: all but their common start and end."""
    start = common_start(old, new)
    tail = common_end(old, new, start)
    return TextEdit(start, len(old) - tail, new[start : len(new) - tail])


def _lines(text: str) -> list[str]:
    return _LINE.findall(text)


def line_edits(old: str, new: str) -> tuple[TextEdit, ...]:
    """Return the edits that make the old text the new one, each as narrow as the unchanged lines allow."""
    from difflib import SequenceMatcher

    before, after = _lines(old), _lines(new)
    old_starts, new_starts = ([0, *accumulate(map(len, lines))] for lines in (before, after))
    edits = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            edit = single_edit(old[old_starts[i1] : old_starts[i2]], new[new_starts[j1] : new_starts[j2]])
            edits.append(TextEdit(old_starts[i1] + edit.start, old_starts[i1] + edit.end, edit.text))
    return tuple(edits)

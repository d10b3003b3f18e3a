"""Finds what differs between two sequences: their common start, their common end, and the one edit between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..language.syntax.edits import TextEdit


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

"""What two sequences have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def common_start(first: Sequence[Any], second: Sequence[Any]) -> int:
    """The length of the common start, by halving: comparing slices is fast, elements are not."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_end(first: Sequence[Any], second: Sequence[Any], after: int) -> int:
    """The length of the common end of what follows the first `after` elements."""
    rest = min(len(first), len(second)) - after
    if not rest:
        return 0
    return common_start(first[len(first) - rest :][::-1], second[len(second) - rest :][::-1])

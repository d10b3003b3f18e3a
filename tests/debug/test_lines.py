"""Lines of a text that a run has loaded are found again in the file as it is now, and back."""

from __future__ import annotations

import pytest
from duckflux.debug.edited_text import LineMap

THEN = "a\nb\nc\nd\n"


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        (THEN, [0, 1, 2, 3]),
        ("new\na\nb\nc\nd\n", [1, 2, 3, 4]),
        ("a\nb\nnew\nlines\nc\nd\n", [0, 1, 4, 5]),
        ("a\nc\nd\n", [0, 1, 1, 2]),
        ("a\nB\nc\nd\n", [0, 1, 2, 3]),
        ("", [0, 0, 0, 0]),
    ],
)
def test_lines_are_found_in_the_text_now(now: str, lines: list[int]) -> None:
    found = LineMap(THEN, now)
    assert [found.now(line) for line in range(4)] == lines


def test_lines_of_the_text_now_are_found_in_the_text_then() -> None:
    found = LineMap(THEN, "new\na\nb\nnew\nc\nd\nnew\n")
    assert [found.then(line) for line in range(7)] == [0, 0, 1, 2, 2, 3, 4]

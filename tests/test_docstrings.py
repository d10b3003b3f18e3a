"""Docstrings of engine and server say what comes back: ruff checks their form, this file their openings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from .architecture import PROJECT, modules

# Openings that say what something resembles or is about, and leave the reader to guess what it does.
RIDDLE = re.compile(r"(The same|Those|These|That|What|Whatever|Which|Who|How|Where|When|Whether)\b")


def riddles(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, first line) of each docstring that opens with a word of `RIDDLE`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text and RIDDLE.match(text):
                yield node.body[0].lineno, text.splitlines()[0]


def test_no_docstring_opens_with_a_riddle() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{line}: {first}"
        for path in modules().values()
        for line, first in riddles(path.read_text("utf-8"))
    ]
    assert not found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('"""What is to be said."""', [(1, "What is to be said.")]),
        ('def f():\n    """The same, faster."""', [(2, "The same, faster.")]),
        ('def f():\n    """Return what comes back."""', []),
        ('class A:\n    """Whatever."""', [(2, "Whatever.")]),
    ],
)
def test_riddles_are_found(source: str, found: list[tuple[int, str]]) -> None:
    assert list(riddles(source)) == found

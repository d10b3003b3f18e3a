"""Workflow texts with `|` where the cursor is, or `¦` in texts that have a `|` of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest
from duckflux.language.analysis import analyse
from duckflux.language.syntax import LineIndex
from duckflux_ls.features.completion import completions
from duckflux_ls.features.completion.candidate import Candidate
from duckflux_ls.features.completion.items import plain


class Marked(NamedTuple):
    text: str
    offset: int


def marked(text: str) -> Marked:
    """The text without its cursor, and where that was."""
    before, found, after = dedent(text).lstrip("\n").partition("¦" if "¦" in text else "|")
    assert found
    return Marked(before + after, len(before))


class Offers:
    """What is offered at a cursor."""

    def __init__(self, text: str, candidates: list[Candidate]) -> None:
        self._text = text
        self.candidates = candidates

    @property
    def labels(self) -> list[str]:
        return [candidate.label for candidate in self.candidates]

    def chosen(self, label: str) -> str:
        """The text after choosing an offer, as an editor without tab stops leaves it."""
        candidate = next(candidate for candidate in self.candidates if candidate.label == label)
        line = self._text[self._text.rfind("\n", 0, candidate.edit.start) + 1 :]
        indent = line[: len(line) - len(line.lstrip(" "))]
        insert = plain(candidate.edit.text) if candidate.snippet else candidate.edit.text
        main = candidate.edit._replace(text=insert.replace("\n", "\n" + indent))
        text = self._text
        for edit in sorted((main, *candidate.also), reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text


@pytest.fixture
def offers(tmp_path: Path) -> Callable[[str], Offers]:
    """The completions at the cursor of a text, in the file `main.duck.yaml` of a folder."""

    def ask(text: str) -> Offers:
        plain_text, offset = marked(text)
        previous = analyse(plain_text)
        found = completions(LineIndex(plain_text), offset, tmp_path / "main.duck.yaml", previous)
        assert found == completions(LineIndex(plain_text), offset, tmp_path / "main.duck.yaml")
        return Offers(plain_text, found)

    return ask

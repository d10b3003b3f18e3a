"""Reads workflow texts with `|` where the cursor is, or `¦` in texts that have a `|` of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest
from duckflux.ide.completion import Completion, completions
from duckflux.language.analysis import analyse
from duckflux.language.syntax import LineIndex

_TAB_STOP = re.compile(r"\$(?:\{\d+(?::([^}]*)|\|([^,|]*)[^}]*)?\}|\d+)")


class Marked(NamedTuple):
    text: str
    offset: int


def marked(text: str) -> Marked:
    """The text without its cursor, and where that was."""
    before, found, after = dedent(text).lstrip("\n").partition("¦" if "¦" in text else "|")
    assert found
    return Marked(before + after, len(before))


class Offered:
    """The completions at a cursor."""

    def __init__(self, text: str, found: list[Completion]) -> None:
        self._text = text
        self.found = found

    @property
    def labels(self) -> list[str]:
        return [completion.label for completion in self.found]

    def chosen(self, label: str) -> str:
        """The text after choosing a completion, as an editor without tab stops leaves it."""
        completion = next(completion for completion in self.found if completion.label == label)
        line = self._text[self._text.rfind("\n", 0, completion.edit.start) + 1 :]
        indent = line[: len(line) - len(line.lstrip(" "))]
        insert = completion.edit.text
        if completion.snippet:
            insert = _TAB_STOP.sub(lambda match: match[1] or match[2] or "", insert)
        main = completion.edit._replace(text=insert.replace("\n", "\n" + indent))
        text = self._text
        for edit in sorted((main, *completion.additional_edits), reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text


@pytest.fixture
def offers(tmp_path: Path) -> Callable[[str], Offered]:
    """The completions at the cursor of a text, in the file `main.duck.yaml` of a folder."""

    def ask(text: str) -> Offered:
        plain_text, offset = marked(text)
        previous = analyse(plain_text)
        found = completions(LineIndex(plain_text), offset, tmp_path / "main.duck.yaml", previous)
        assert found == completions(LineIndex(plain_text), offset, tmp_path / "main.duck.yaml")
        return Offered(plain_text, found)

    return ask

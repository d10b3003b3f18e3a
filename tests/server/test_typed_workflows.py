"""Workflows typed from nothing, with the list of completions open wherever an editor opens it.

Each file of `tests/data/typed` is typed key by key into an editor that behaves like VS Code. What is in the file
must come out, whatever Enter accepts.
"""

from __future__ import annotations

import random
import re
import shutil
from functools import partial
from pathlib import Path

import pytest
from duckflux.ide.completion import completions
from duckflux.language.analysis import analyse
from duckflux.language.syntax import LineIndex
from duckflux_ls.requests.completion import TRIGGERS
from duckflux_ls.session.completion_items import to_completion_list
from lsprotocol import types

from .typist import Typist

DATA = Path(__file__).parents[1] / "data" / "typed"
FILES = sorted(DATA.glob("*.duck.yaml"))
WORKFLOWS = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".duck.yaml"))


@pytest.fixture
def typist(tmp_path: Path) -> Typist:
    """A typist in a new file beside the workflows."""
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    return Typist(partial(ask, tmp_path / "new.duck.yaml"), TRIGGERS)


def ask(path: Path, text: str, offset: int, trigger: str | None) -> types.CompletionList:
    lines = LineIndex(text)
    found = completions(lines, offset, path, trigger=trigger)
    return to_completion_list(found, lines, "utf-16", snippets=True, key=1)


def test_the_workflows_are_right() -> None:
    assert len(FILES) >= 10
    for path in FILES:
        found = analyse(path.read_text("utf-8"), path).diagnostics
        assert not [one for one in found if one.severity != "information"], path


@WORKFLOWS
@pytest.mark.parametrize("indents", [True, False], ids=["indented", "by hand"])
def test_enter_at_the_end_of_a_line_only_ends_it(path: Path, typist: Typist, indents: bool) -> None:
    """Where a list is open there, Enter accepts the word that was typed, and the next Enter ends the line."""
    typist.indents = indents
    text = path.read_text("utf-8")
    typed = ""
    for line in text.splitlines(keepends=True):
        typist.type_line(line.rstrip("\n"))
        if typist.enter() is not None:
            assert typist.text == typed + line.rstrip("\n")
            assert typist.enter() is None
        typed += line
        assert typist.text.startswith(typed)
        assert typist.text[len(typed) :].strip(" -") == ""


@WORKFLOWS
def test_enter_on_an_empty_line_only_ends_it(path: Path, typist: Typist) -> None:
    typist.indents = False
    for line in path.read_text("utf-8").splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        typist.type_line(indent)
        assert typist.enter() is None, typist.text
        typist.type_line(line)
        while typist.enter() is not None:
            pass


@WORKFLOWS
def test_no_entry_breaks_the_text_wherever_it_is_accepted(path: Path, typist: Typist) -> None:
    """At the end of a text that is typed so far, and inside of the whole text."""
    whole = path.read_text("utf-8")
    dice = random.Random(path.name)
    for offset in range(0, len(whole), 4):
        for text in (whole[:offset], whole):
            typist.open_list(text, offset)
            for listed in dice.sample(typist.shown, min(1, len(typist.shown))):
                typist.accept(listed)
                assert _syntax_errors(typist.text) <= _syntax_errors(text), (
                    f"{listed.item.label}:\n{typist.text}"
                )


def _syntax_errors(text: str) -> int:
    return sum(diagnostic.code.startswith("DF1") for diagnostic in analyse(text).diagnostics)


@WORKFLOWS
def test_what_is_meant_is_accepted_as_soon_as_it_is_selected(path: Path, typist: Typist) -> None:
    text = path.read_text("utf-8")
    accepted = 0
    while typist.text.rstrip() != text.rstrip():
        selected = typist.selected
        if selected is not None and _is_meant(text, selected.start, selected.item):
            typist.accept(selected)
            accepted += 1
        # A value may begin on the next line.
        while not text.startswith(typist.before):
            assert typist.before.endswith((" ", "-")), f"{typist.text}\n--- instead of\n{text}"
            typist.backspace()
        rest = text[len(typist.before) :]
        if rest.startswith("\n"):
            while typist.enter() is not None:
                pass
            continue
        typist.key(rest[0])
    assert accepted > 5


def _is_meant(text: str, start: int, item: types.CompletionItem) -> bool:
    """Return whether an entry is the word that comes next, and neither a step to fill in nor in another style."""
    assert item.text_edit is not None
    if item.kind == types.CompletionItemKind.Snippet:
        return False
    word = re.match(r"(?:- )?([\w./-]+)", text[start:])
    first_line, _, below = item.text_edit.new_text.partition("\n")
    is_style = not below or text[start:].startswith(first_line + "\n")
    return word is not None and item.label == word[1] and is_style

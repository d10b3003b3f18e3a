"""Types a text into an editor that behaves like VS Code, with the server's completions open at every key.

Only what decides about the text is modelled: when a list opens and closes, how it is filtered and sorted, which
entry is selected, and what Enter, quotes and brackets do. The rules are those of VS Code's suggest controller
with the settings and the `language-configuration.json` of the client.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from duckflux.language.syntax import LineIndex
from duckflux_ls.session.completion_items import without_tab_stops
from lsprotocol import types

CLIENT = Path(__file__).parents[2] / "vscode-client"
CONFIGURATION = json.loads((CLIENT / "language-configuration.json").read_text("utf-8"))
ENTER_RULES = [
    (re.compile(rule["beforeText"]), rule["action"]["indent"], rule["action"].get("appendText", ""))
    for rule in CONFIGURATION["onEnterRules"]
]
PAIRS = {pair["open"]: pair["close"] for pair in CONFIGURATION["autoClosingPairs"]}
TAB = 2
# VS Code's default: everything but white space and these is part of a word.
_WORD = re.compile(r"[^\s`~!@#$%^&*()\-=+\[{\]}\\|;:'\",.<>/?]*\Z")
_SEPARATORS = set("_-. /\\'\":$<>()[]{}")
_DISTANT = (-100, 0)

Ask: TypeAlias = Callable[[str, int, str | None], types.CompletionList]
"""Gives the completions of a text at an offset; the last argument is the trigger character that was typed."""


class Listed(NamedTuple):
    """An entry of an open list, with the range that it replaces in the text as it was when it was asked for."""

    item: types.CompletionItem
    start: int
    end: int


class Session(NamedTuple):
    """An open list: where the cursor was when it was asked for, and the word that was before it."""

    offset: int
    line: int
    word: str
    entries: tuple[Listed, ...]
    is_incomplete: bool


class Typist:
    """An editor with a text, a cursor, and perhaps an open list."""

    def __init__(self, ask: Ask, triggers: str) -> None:
        self.text = ""
        self.offset = 0
        self.indents = True
        self._ask = ask
        self._triggers = triggers
        self._session: Session | None = None
        self._closers: list[int] = []

    # Keys

    def type_line(self, line: str) -> None:
        """Type a line key by key, first taking out whatever the editor indented too much."""
        while not line.startswith(self.line_before):
            self.backspace()
        for character in line[len(self.line_before) :]:
            self.key(character)

    def key(self, character: str) -> None:
        """Type one character."""
        if self._closers and self._closers[-1] == self.offset and self.text[self.offset] == character:
            self._closers.pop()
            self.offset += 1
        else:
            closer = self._closer(character)
            self._insert(character + closer)
            if closer:
                self.offset -= 1
                self._closers.append(self.offset)
        self._after_key(character)

    def backspace(self) -> None:
        """Delete a character, or in an indentation back to the tab stop before."""
        before = self.line_before
        count = (len(before) - 1) % TAB + 1 if before and not before.strip() else 1
        self.text = self.text[: self.offset - count] + self.text[self.offset :]
        self.offset -= count
        self._session = None

    def enter(self) -> types.CompletionItem | None:
        """Press Enter: accept the selected entry of an open list and return it, or else begin a new line."""
        selected = self.selected
        if selected is not None:
            self.accept(selected)
            return selected.item
        self._session = None
        self._closers.clear()
        before = self.line_before
        indent = before[: len(before) - len(before.lstrip())] if self.indents else ""
        for pattern, action, appended in ENTER_RULES if self.indents else ():
            if pattern.search(before):
                indent += (" " * TAB if action == "indent" else "") + appended
                break
        self._insert("\n" + indent)
        return None

    def accept(self, listed: Listed) -> None:
        """Put an entry into the text.

        The parentheses of a call stay around the cursor; what comes after them is typed over them, as by Tab.
        """
        session, item = self._session, listed.item
        assert session is not None and isinstance(item.text_edit, types.TextEdit)
        new = item.text_edit.new_text
        is_call = new.endswith("($1)$0")
        if item.insert_text_format == types.InsertTextFormat.Snippet:
            new = without_tab_stops(new)
        start = self.text.rfind("\n", 0, listed.start) + 1
        line = self.text[start : listed.start]
        new = new.replace("\n", "\n" + line[: len(line) - len(line.lstrip(" "))])
        end = max(self.offset, listed.end + self.offset - session.offset)
        moved = listed.start + len(new) - end
        self._closers = [at + moved for at in self._closers if at >= end]
        self.text = self.text[: listed.start] + new + self.text[end:]
        self.offset = listed.start + len(new)
        lines = LineIndex(self.text)
        for edit in sorted(item.additional_text_edits or (), key=_place, reverse=True):
            first, last = (lines.starts[at.line] + at.character for at in (edit.range.start, edit.range.end))
            self.text = self.text[:first] + edit.new_text + self.text[last:]
            self.offset += len(edit.new_text) - (last - first)
        self._session = None
        if is_call:
            self.offset -= 1
            self._closers.append(self.offset)

    def open_list(self, text: str, offset: int) -> None:
        """Ask for the list at an offset of a text, as by Ctrl-Space."""
        self.text, self.offset = text, offset
        self._closers.clear()
        self._open(None)

    # The list

    @property
    def before(self) -> str:
        """The text before the cursor."""
        return self.text[: self.offset]

    @property
    def line_before(self) -> str:
        """The text before the cursor on its line."""
        return self.before.rpartition("\n")[2]

    @property
    def shown(self) -> list[Listed]:
        """The entries of the open list, the selected one first."""
        session = self._session
        scored = [] if session is None else [(self._score(session, one), one) for one in session.entries]
        fitting = [(score, listed) for score, listed in scored if score is not None]
        fitting.sort(key=lambda pair: pair[0], reverse=True)
        return [listed for _, listed in fitting]

    @property
    def selected(self) -> Listed | None:
        """The entry that Enter accepts."""
        shown = self.shown
        if not shown or self._session is None:
            return None
        best = self._score(self._session, shown[0])
        top = [one for one in shown if self._score(self._session, one) == best]
        return next((one for one in top if one.item.preselect), shown[0])

    def _score(self, session: Session, listed: Listed) -> tuple[int, int] | None:
        word = self.text[listed.start : self.offset].lstrip(" \t")
        return fuzzy_score(word, listed.item.filter_text or listed.item.label)

    def _after_key(self, character: str) -> None:
        session, word = self._session, self._word()
        begins_word = len(word) > 0 and not re.fullmatch(r"\d+(\.\d*)?", word) and not self._is_comment()
        if character in self._triggers:
            self._open(character)
        elif session is None:
            if begins_word:
                self._open(None)
        elif word and len(self.line_before) - len(word) > session.line - len(session.word):
            # A new word has begun.
            if begins_word:
                self._open(None)
            else:
                self._session = None
        elif word and session.is_incomplete:
            self._open(None)
        elif not self.shown:
            self._session = None

    def _open(self, trigger: str | None) -> None:
        found = self._ask(self.text, self.offset, trigger)
        lines = LineIndex(self.text)

        def offset(position: types.Position) -> int:
            return lines.starts[position.line] + position.character

        entries = []
        for item in sorted(found.items, key=lambda item: item.sort_text or item.label):
            assert isinstance(item.text_edit, types.TextEdit)
            range_ = item.text_edit.range
            entries.append(Listed(item, offset(range_.start), offset(range_.end)))
        self._session = Session(
            self.offset, len(self.line_before), self._word(), tuple(entries), found.is_incomplete
        )
        if not self.shown:
            self._session = None

    # The text

    def _insert(self, text: str) -> None:
        self._closers = [at + len(text) for at in self._closers]
        self.text = self.text[: self.offset] + text + self.text[self.offset :]
        self.offset += len(text)

    def _word(self) -> str:
        found = _WORD.search(self.line_before)
        return found[0] if found else ""

    def _is_comment(self) -> bool:
        return re.search(r"(^|\s)#", self.line_before) is not None

    def _closer(self, character: str) -> str:
        """Return the bracket or quote that the editor adds behind one that is typed."""
        following, before = self.text[self.offset : self.offset + 1], self.line_before
        if following and following not in " \t\n;:.,=}])>`":
            return ""
        if character in "'\"" and (before[-1:].isalnum() or _is_in_string(before)):
            return ""
        return PAIRS.get(character, "")


def fuzzy_score(word: str, label: str) -> tuple[int, int] | None:
    """Return how well a word fits a label, None if it does not; swapped letters are forgiven."""
    if not word:
        return _DISTANT
    best = _subsequence_score(word, label)
    if best is not None or len(word) < 3:
        return best
    for at in range(1, min(7, len(word) - 1)):
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        score = _subsequence_score(swapped, label)
        if score is not None:
            return score[0] - 3, score[1]
    return None


def _subsequence_score(word: str, label: str) -> tuple[int, int] | None:
    """Return a score for the letters of a word in the order of a label; the first begins one of its words."""
    best: tuple[int, int] | None = None
    for start in range(len(label)):
        if not _is_strong(label, start) or label[start].lower() != word[0].lower():
            continue
        places = _places(word.lower(), label.lower(), start)
        if places is None:
            continue
        gaps = sum(after - before > 1 for before, after in pairwise(places))
        same = sum(label[place] == letter for place, letter in zip(places, word, strict=True))
        score = 8 * len(word) + same - 5 * gaps - start - (len(label) - len(word) > 0)
        best = max(best or (score, 0), (score, 0))
    return best


def _is_strong(label: str, at: int) -> bool:
    return at == 0 or label[at - 1] in _SEPARATORS or (label[at].isupper() and not label[at - 1].isupper())


def _places(word: str, label: str, start: int) -> list[int] | None:
    places, at = [], start
    for letter in word:
        at = label.find(letter, at)
        if at < 0:
            return None
        places.append(at)
        at += 1
    return places


def _is_in_string(before: str) -> bool:
    quote = ""
    for character in before:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
    return quote != ""


def _place(edit: Any) -> tuple[int, int]:
    return edit.range.start.line, edit.range.start.character

"""`# duckflux-ignore DF301: why` silences a diagnostic on its line, or on the next line when it stands alone;
before the first field it silences the whole file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, TypeVar

from .. import registry
from ..suggest import closest, did_you_mean
from ..syntax import Document
from ..syntax.ancestors import ancestors_at

_MARK = "duckflux-ignore"
_COMMENT = re.compile(rf"(?:^|(?<=[ \t]))#[ \t]*{_MARK}\b([^\r\n:]*):?([^\r\n]*)", re.MULTILINE)
_TEXT_LINE = re.compile(r"^[ \t]*[^\s#]", re.MULTILINE)
_WORD = re.compile(r"[^\s,]+")


class Found(Protocol):
    """A diagnostic, as far as it matters here."""

    @property
    def code(self) -> str: ...
    @property
    def start(self) -> int: ...


Diagnosed = TypeVar("Diagnosed", bound=Found)


class SuppressionProblem(NamedTuple):
    """What is wrong with a suppression."""

    code: str
    message: str
    start: int
    end: int
    suggestion: str | None = None


class Suppression(NamedTuple):
    """One code in a comment. `line` is where the line begins that it is for, None for all."""

    code: str
    start: int
    end: int
    line: int | None


def suppress(
    document: Document, found: Sequence[Diagnosed]
) -> tuple[list[Diagnosed], list[Diagnosed], list[SuppressionProblem]]:
    """(What is to be shown, what a comment silences, what is wrong with the comments)."""
    if _MARK not in document.text:
        return list(found), [], []
    suppressions, problems = _read(document)
    shown: list[Diagnosed] = []
    silenced: list[Diagnosed] = []
    used: set[Suppression] = set()
    for diagnostic in found:
        matching = _matching(document, diagnostic, suppressions)
        used.update(matching)
        (silenced if matching else shown).append(diagnostic)
    if not document.problems:
        problems += [_unused(one) for one in suppressions if one not in used]
    return shown, silenced, problems


def _read(document: Document) -> tuple[list[Suppression], list[SuppressionProblem]]:
    suppressions: list[Suppression] = []
    problems: list[SuppressionProblem] = []
    for comment in _comments(document.text):
        if ancestors_at(document, comment.start()).scalar is not None:
            continue
        line = _line_meant(document, comment.start())
        words = list(_WORD.finditer(comment[1]))
        for word in words:
            start, end = comment.start(1) + word.start(), comment.start(1) + word.end()
            code = registry.code_of(word[0])
            if code is not None:
                suppressions.append(Suppression(code, start, end, line))
            else:
                problems.append(_unknown(word[0], start, end))
        problems.extend(_incomplete(comment, bool(words)))
    return suppressions, problems


def _comments(text: str) -> Iterator[re.Match[str]]:
    at = text.find(_MARK)
    while at >= 0:
        comment = _COMMENT.search(text, _line_start(text, at), at + len(_MARK))
        if comment is not None and (whole := _COMMENT.match(text, comment.start())) is not None:
            yield whole
        at = text.find(_MARK, at + 1)


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _line_meant(document: Document, offset: int) -> int | None:
    """The line that a comment is for: its own, or the next with text where it stands alone; None for the file."""
    line = _line_start(document.text, offset)
    if document.text[line:offset].strip():
        return line
    if document.root is None or offset < document.offsets(document.root)[0]:
        return None
    following = _TEXT_LINE.search(document.text, offset)
    return following.start() if following else line


def _matching(document: Document, diagnostic: Found, among: list[Suppression]) -> list[Suppression]:
    same = [one for one in among if one.code == diagnostic.code]
    if not same:
        return []
    lines: set[int | None] = {None, _line_start(document.text, diagnostic.start)}
    # A mistake inside a text of several lines belongs to the line where the text begins, too.
    scalar = ancestors_at(document, diagnostic.start).scalar
    if scalar is not None:
        lines.add(_line_start(document.text, document.offsets(scalar)[0]))
    return [one for one in same if one.line in lines]


def _unknown(word: str, start: int, end: int) -> SuppressionProblem:
    names = [*registry.REGISTRY, *(rule.slug for rule in registry.REGISTRY.values())]
    suggestion = closest(word, names) or closest(word.upper(), registry.REGISTRY)
    message = f"unknown rule `{word}`{did_you_mean(suggestion)}"
    return SuppressionProblem(registry.UNKNOWN_SUPPRESSION, message, start, end, suggestion)


def _unused(one: Suppression) -> SuppressionProblem:
    where = "in this file" if one.line is None else "here"
    message = f"no {one.code} is reported {where}: remove the suppression"
    return SuppressionProblem(registry.UNUSED_SUPPRESSION, message, one.start, one.end)


def _incomplete(comment: re.Match[str], has_codes: bool) -> Iterator[SuppressionProblem]:
    start, end = comment.span()
    if not has_codes:
        message = "missing rule: write `# duckflux-ignore DF301: reason`"
        yield SuppressionProblem(registry.UNKNOWN_SUPPRESSION, message, start, end)
    elif not comment[2].strip():
        message = "missing reason: add `: ` and a reason at the end"
        yield SuppressionProblem(registry.UNREASONED_SUPPRESSION, message, start, end)

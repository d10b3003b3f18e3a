"""Suppression comments: `# duckflux-ignore DF301: reason`.

A comment suppresses diagnostics on its line; on the next line if it stands alone; in the whole file if it comes
before the first field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Protocol, TypeVar

import msgspec

from .. import registry
from ..budget import check_budget
from ..suggest import closest, did_you_mean
from ..syntax import Document
from ..syntax.ancestors import ancestors_at
from ..syntax.comments import is_comment, line_start, target_line

MARK = "duckflux-ignore"
_COMMENT = re.compile(rf"(?:^|(?<=[ \t]))#[ \t]*{MARK}\b([^\r\n:]*):?([^\r\n]*)", re.MULTILINE)
_WORD = re.compile(r"[^\s,]+")


class CodeAndStart(Protocol):
    """The parts of a diagnostic that a suppression depends on."""

    @property
    def code(self) -> str: ...
    @property
    def start(self) -> int: ...


DiagnosticT = TypeVar("DiagnosticT", bound=CodeAndStart)


class SuppressionProblem(msgspec.Struct, frozen=True):
    """A problem of a suppression comment."""

    code: str
    message: str
    start: int
    end: int
    suggestion: str | None = None


class Suppression(msgspec.Struct, frozen=True):
    """One code in a comment. `line` is the start of the line it applies to, None for the whole file."""

    code: str
    start: int
    end: int
    line: int | None


def without_suppressed(
    document: Document, diagnostics: Sequence[DiagnosticT]
) -> tuple[list[DiagnosticT], list[DiagnosticT], list[SuppressionProblem]]:
    """Return the remaining diagnostics, the suppressed ones, and the problems of the comments."""
    if MARK not in document.text:
        return list(diagnostics), [], []
    suppressions, problems = _read(document)
    remaining: list[DiagnosticT] = []
    suppressed: list[DiagnosticT] = []
    used: set[Suppression] = set()
    by_place: dict[tuple[str, int | None], list[Suppression]] = {}
    for suppression in suppressions:
        by_place.setdefault((suppression.code, suppression.line), []).append(suppression)
    codes = {suppression.code for suppression in suppressions}
    for diagnostic in diagnostics:
        matching = _matching(document, diagnostic, by_place) if diagnostic.code in codes else []
        used.update(matching)
        (suppressed if matching else remaining).append(diagnostic)
    if not any(document.errors()):
        problems += [_unused(suppression) for suppression in suppressions if suppression not in used]
    return remaining, suppressed, problems


def _read(document: Document) -> tuple[list[Suppression], list[SuppressionProblem]]:
    suppressions: list[Suppression] = []
    problems: list[SuppressionProblem] = []
    line: int | None = None
    for comment in _comments(document.text):
        if not is_comment(document, comment.start()):
            continue
        # Comments above each other apply to the same line, which is looked for once.
        if line is None or line < comment.start():
            line = target_line(document, comment.start())
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


def comment_at(document: Document, line: int) -> int | None:
    """Return where the codes of the suppression comment on a line end, None if it has none."""
    text = document.lines.line_text(line)
    for comment in _comments(text):
        start = document.lines.starts[line]
        words = list(_WORD.finditer(comment[1]))
        if words and is_comment(document, start + comment.start()):
            return start + comment.start(1) + words[-1].end()
    return None


def _comments(text: str) -> Iterator[re.Match[str]]:
    """Yield the suppression comments, at most one for each line."""
    done = 0
    while (mark := text.find(MARK, done)) >= 0:
        start = max(done, text.rfind("\n", done, mark) + 1)
        comment = _COMMENT.search(text, start, mark + len(MARK))
        full_comment = _COMMENT.match(text, comment.start()) if comment is not None else None
        done = full_comment.end() if full_comment is not None else mark + len(MARK)
        if full_comment is not None:
            yield full_comment


def _matching(
    document: Document,
    diagnostic: CodeAndStart,
    by_place: dict[tuple[str, int | None], list[Suppression]],
) -> list[Suppression]:
    lines: set[int | None] = {None, line_start(document.text, diagnostic.start)}
    # A problem inside a multi-line scalar also belongs to the line where the scalar begins.
    scalar = ancestors_at(document, diagnostic.start).scalar
    if scalar is not None:
        lines.add(line_start(document.text, document.offsets(scalar)[0]))
    return [found for line in lines for found in by_place.get((diagnostic.code, line), ())]


def _unknown(word: str, start: int, end: int) -> SuppressionProblem:
    check_budget()
    suggestion = _meant_rule(word)
    message = f"unknown rule `{word}`{did_you_mean(suggestion)}"
    return SuppressionProblem(registry.UNKNOWN_SUPPRESSION, message, start, end, suggestion)


@lru_cache(maxsize=256)
def _meant_rule(word: str) -> str | None:
    names = [*registry.REGISTRY, *(rule.slug for rule in registry.REGISTRY.values())]
    return closest(word, names) or closest(word.upper(), registry.REGISTRY)


def _unused(suppression: Suppression) -> SuppressionProblem:
    scope = "in this file" if suppression.line is None else "here"
    message = f"no {suppression.code} is reported {scope}: remove the suppression"
    return SuppressionProblem(registry.UNUSED_SUPPRESSION, message, suppression.start, suppression.end)


def _incomplete(comment: re.Match[str], has_codes: bool) -> Iterator[SuppressionProblem]:
    start, end = comment.span()
    if not has_codes:
        message = "missing rule: write `# duckflux-ignore DF301: reason`"
        yield SuppressionProblem(registry.UNKNOWN_SUPPRESSION, message, start, end)
    elif not comment[2].strip():
        message = "missing reason: add `: ` and a reason at the end"
        yield SuppressionProblem(registry.UNREASONED_SUPPRESSION, message, start, end)

"""Translate libyaml's errors to messages with the range of the mistake and a way to recover."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from yaml import YAMLError


class SyntaxProblem(NamedTuple):
    """A syntax error, in code points of the parsed text. Inserting `insert` at `insert_at` may fix it."""

    message: str
    start: int
    end: int
    unclosed: bool = False
    insert: str = ""
    insert_at: int = 0
    too_deep: bool = False


_CLOSERS = {"[": "]", "{": "}"}
_KEY = re.compile(r"[\w.-]+")
_KEY_LINE = re.compile(r" *(?:- +)?([\w.-]+)(?:[ \t][^\n]*)?\r?\n")
_BARE_KEY = re.compile(r"[\w.-]+\s*$", re.MULTILINE)
_COMMENT = re.compile(r"\s#")


def explain(error: YAMLError, text: str) -> SyntaxProblem:
    """Return the syntax error behind an error of libyaml."""
    problem: str = getattr(error, "problem", None) or str(error)
    context: str = getattr(error, "context", None) or ""
    at = _index(getattr(error, "problem_mark", None), 0)
    since = _index(getattr(error, "context_mark", None), at)
    if "nesting depth" in problem:
        # libyaml since 0.2.6 counts brackets before any of them can be seen as an event.
        return SyntaxProblem(problem, at, at + 1, too_deep=True)
    if "quoted scalar" in context:
        return _quoted(problem, text, since, at)
    if "node content" in problem:
        opener = None if text[at:].strip() else _open_bracket(text)
        if opener is not None:
            return _flow(text, opener, at)
        start, end = _token(text, at)
        return SyntaxProblem("expected a value or a closing bracket", start, end, True)
    if "flow sequence" in context or "flow mapping" in context:
        return _flow(text, since, at)
    if "expected ':'" in problem:
        return _no_colon(text, since)
    if "mapping values are not allowed" in problem:
        return _stray_colon(text, at)
    if "cannot start any token" in problem or "tab character" in problem:
        return _bad_start(text, at)
    if "expected key" in problem or "expected '-'" in problem:
        return _misplaced(problem, text, since, at)
    if "document start" in problem:
        return _no_colon(text, at) if _BARE_KEY.match(text, at) else _misplaced(problem, text, since, at)
    return SyntaxProblem(problem, *_token(text, at))


def _quoted(problem: str, text: str, since: int, at: int) -> SyntaxProblem:
    quote = text[since : since + 1]
    if "end of stream" in problem or "document indicator" in problem:
        end = _content_end(text, since)
        message = f"missing closing quote: add a {quote} at the end of the text"
        return SyntaxProblem(message, since, max(end, since + 1), True, quote, end)
    if "escape" in problem or "hexdecimal" in problem:
        escape = text[at - 1 : at + 1] if text[at - 1 : at] == "\\" else text[at : at + 2]
        start = text.rfind("\\", since, at + 1)
        start = at if start < 0 else start
        message = f"unknown escape `{escape}` in double quotes: write `\\{escape}`, or use single quotes"
        return SyntaxProblem(message, start, min(start + 2, len(text)))
    return SyntaxProblem(problem, *_token(text, at))


def _flow(text: str, since: int, at: int) -> SyntaxProblem:
    opener = text[since : since + 1]
    closer = _CLOSERS.get(opener, "]")
    end = _content_end(text, since)
    insert = f" {closer}" if text[end - 1] == ":" else closer
    if at <= end and text[at:end].strip():
        return SyntaxProblem(f"expected `,` or `{closer}`", *_token(text, at), False, insert, end)
    message = f"unclosed `{opener}`: add a `{closer}`"
    return SyntaxProblem(message, since, since + 1, True, insert, end)


def _open_bracket(text: str) -> int | None:
    """Return the offset of the last bracket that is not closed."""
    closed = 0
    for at in range(len(text) - 1, -1, -1):
        if text[at] in "]}":
            closed += 1
        elif text[at] in "[{":
            if not closed:
                return at
            closed -= 1
    return None


def _no_colon(text: str, since: int) -> SyntaxProblem:
    """Return the error for a line whose key has no colon, or whose `-` has no space after it."""
    if text[since : since + 1] == "-":
        message = "expected a space after the `-` of a list item"
        return SyntaxProblem(message, since, since + 1, False, " ", since + 1)
    match = _KEY.match(text, since)
    end = match.end() if match else _content_end(text, since)
    return SyntaxProblem(f"expected `:` after `{_clip(text[since:end])}`", since, end, False, ":", end)


def _stray_colon(text: str, at: int) -> SyntaxProblem:
    above = _key_above(text, at)
    if above is not None:
        return _no_colon(text, above)
    message = "unexpected `:`: put the text in quotes, or fix the indentation"
    return SyntaxProblem(message, at, min(at + 1, len(text)))


def _key_above(text: str, at: int) -> int | None:
    """Return the start of a key without colon on the line above, such as `build` above `  type: exec`."""
    line = text.rfind("\n", 0, at) + 1
    above = text.rfind("\n", 0, max(line - 1, 0)) + 1
    match = _KEY_LINE.match(text, above, line)
    if match is None or ":" in match[0] or above >= line:
        return None
    indent = len(text[line:at]) - len(text[line:at].lstrip())
    return match.start(1) if match.start(1) - above <= indent else None


def _clip(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _bad_start(text: str, at: int) -> SyntaxProblem:
    character = text[at : at + 1]
    if character == "\t" or "\t" in text[text.rfind("\n", 0, at) + 1 : at + 1]:
        return SyntaxProblem("tabs are not allowed here: indent with spaces", at, min(at + 1, len(text)))
    message = f"text that starts with `{character}` must be in quotes"
    return SyntaxProblem(message, *_token(text, at))


def _misplaced(problem: str, text: str, since: int, at: int) -> SyntaxProblem:
    start, end = _token(text, at)
    before = text[text.rfind("\n", 0, start) + 1 : start]
    if text[start - 1 : start] == "'":
        message = "a ' inside single quotes must be written twice: ''"
        return SyntaxProblem(message, start - 1, start)
    if before.strip():
        return SyntaxProblem("unexpected text after the value: put the whole value in quotes", start, end)
    if "'-'" in problem and _column(text, start) == _column(text, since):
        return SyntaxProblem("expected `- `: the lines around this are list items", start, end)
    return SyntaxProblem("invalid indentation: it matches no block above", start, end)


def _column(text: str, at: int) -> int:
    return at - text.rfind("\n", 0, at)


def _index(mark: Any, default: int) -> int:
    return default if mark is None else int(mark.index)


def _token(text: str, at: int) -> tuple[int, int]:
    """Return the range of the word at an offset; at the end of the text, that of the last word."""
    at = min(at, len(text))
    if not text[at:].strip():
        at = len(text.rstrip())
        start = max(text.rfind(" ", 0, at), text.rfind("\n", 0, at)) + 1
        return min(start, at), at
    while text[at] in " \r\n":
        at += 1
    match = re.compile(r"\S+").match(text, at)
    return at, match.end() if match else at + 1


def _content_end(text: str, since: int) -> int:
    """Return the end of a line's content, before its comment and trailing space."""
    end = text.find("\n", since)
    line = text[since : len(text) if end < 0 else end]
    comment = _COMMENT.search(line)
    if comment:
        line = line[: comment.start()]
    return since + len(line.rstrip())

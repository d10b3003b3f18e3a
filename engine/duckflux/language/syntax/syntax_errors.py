"""Translate libyaml's errors to messages with the range of the mistake and a way to recover."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from yaml import YAMLError

from .scalars import WHITE_SPACE


class SyntaxProblem(msgspec.Struct, frozen=True):
    """A syntax error, in code points of the parsed text. Inserting `insert` at `insert_offset` may fix it."""

    message: str
    start: int
    end: int
    unclosed: bool = False
    insert: str = ""
    insert_offset: int = 0
    too_deep: bool = False
    ignored: bool = False

    def corrected(self, text: str) -> str | None:
        """Return the text of the range with what is missing in it; None if it is not clear what that is."""
        if not self.insert or not self.start <= self.insert_offset <= self.end:
            return None
        return text[self.start : self.insert_offset] + self.insert + text[self.insert_offset : self.end]


_CLOSERS = {"[": "]", "{": "}"}
_KEY = re.compile(r"[\w.-]+")
_KEY_LINE = re.compile(r" *(?:- +)?([\w.-]+)(?:[ \t][^\n]*)?\r?\n")
# A key whose colon has no space after it, and is not that of an address or a time.
_GLUED_KEY = re.compile(r"([A-Za-z_][\w-]*:)(?=[^\s:/])")
_GLUED_LINE = re.compile(r" *(?:- +)?" + _GLUED_KEY.pattern)
_BARE_KEY = re.compile(r"[\w.-]+[ \t\r]*$", re.MULTILINE)
# A line before the document: a directive, a comment or nothing; one that a reader ignores, without its comment.
_PROLOGUE = re.compile(r"(?:%[^\n]*|[ \t]*#[^\n]*|[ \t\r]*)\n")
_IGNORED_DIRECTIVE = re.compile(
    r"%(?!(?:YAML|TAG)(?:[ \t\r\n]|$))[^ \t\r\n]+(?:[ \t]+[^ \t\r\n#][^ \t\r\n]*)*|%YAML[ \t]+1\.(?![012]\b)\d+"
)
_COMMENT = re.compile(r"[ \t]#")


def explain(error: YAMLError, text: str) -> SyntaxProblem:
    """Return the syntax error behind an error of libyaml."""
    problem: str = getattr(error, "problem", None) or str(error)
    context: str = getattr(error, "context", None) or ""
    offset = _index(getattr(error, "problem_mark", None), 0)
    context_start = _index(getattr(error, "context_mark", None), offset)
    if "nesting depth" in problem:
        # libyaml since 0.2.6 counts brackets before any of them can be seen as an event.
        return SyntaxProblem(problem, offset, offset + 1, too_deep=True)
    if ("directive" in problem or "incompatible" in problem) and any(unknown_directives(text)):
        return SyntaxProblem(problem, offset, offset + 1, ignored=True)
    if "quoted scalar" in context:
        return _quoted(problem, text, context_start, offset)
    if "node content" in problem:
        opener = None if text[offset:].strip(WHITE_SPACE) else _open_bracket(text)
        if opener is not None:
            return _flow(text, opener, offset)
        start, end = _token(text, offset)
        return SyntaxProblem("expected a value or a closing bracket", start, end, True)
    if "flow sequence" in context or "flow mapping" in context:
        return _flow(text, context_start, offset)
    if "expected ':'" in problem:
        return _no_colon(text, context_start)
    if "mapping values are not allowed" in problem:
        return _stray_colon(text, offset)
    if "cannot start any token" in problem or "tab character" in problem:
        return _bad_start(text, offset)
    if "expected key" in problem or "expected '-'" in problem:
        return _misplaced(problem, text, context_start, offset)
    if "document start" in problem:
        return (
            _no_colon(text, offset)
            if _BARE_KEY.match(text, offset)
            else _misplaced(problem, text, context_start, offset)
        )
    return SyntaxProblem(problem, *_token(text, offset))


def unknown_directives(text: str) -> Iterator[re.Match[str]]:
    """Yield the directives before the document that YAML 1.2 ignores: unknown names, and later versions."""
    offset = 0
    while line := _PROLOGUE.match(text, offset):
        directive = _IGNORED_DIRECTIVE.match(text, offset, line.end())
        if directive is not None:
            yield directive
        offset = line.end()


def _quoted(problem: str, text: str, context_start: int, offset: int) -> SyntaxProblem:
    quote = text[context_start : context_start + 1]
    if "end of stream" in problem or "document indicator" in problem:
        end = _content_end(text, context_start)
        message = f"missing closing quote: add a {quote} at the end of the text"
        return SyntaxProblem(message, context_start, max(end, context_start + 1), True, quote, end)
    if "escape" in problem or "hexdecimal" in problem:
        escape = (
            text[offset - 1 : offset + 1] if text[offset - 1 : offset] == "\\" else text[offset : offset + 2]
        )
        start = text.rfind("\\", context_start, offset + 1)
        start = offset if start < 0 else start
        message = f"unknown escape `{escape}` in double quotes: write `\\{escape}`, or use single quotes"
        return SyntaxProblem(message, start, min(start + 2, len(text)))
    return SyntaxProblem(problem, *_token(text, offset))


def _flow(text: str, context_start: int, offset: int) -> SyntaxProblem:
    opener = text[context_start : context_start + 1]
    closer = _CLOSERS.get(opener, "]")
    end = _content_end(text, context_start)
    insert = f" {closer}" if text[end - 1] == ":" else closer
    if offset <= end and text[offset:end].strip(WHITE_SPACE):
        return SyntaxProblem(f"expected `,` or `{closer}`", *_token(text, offset), False, insert, end)
    message = f"unclosed `{opener}`: add a `{closer}`"
    return SyntaxProblem(message, context_start, context_start + 1, True, insert, end)


def _open_bracket(text: str) -> int | None:
    """Return the offset of the last bracket that is not closed."""
    closed = 0
    for offset in range(len(text) - 1, -1, -1):
        if text[offset] in "]}":
            closed += 1
        elif text[offset] in "[{":
            if not closed:
                return offset
            closed -= 1
    return None


def _no_colon(text: str, start: int) -> SyntaxProblem:
    """Return the error for a line whose key has no colon, or whose `-` or colon has no space after it."""
    glued = _GLUED_KEY.match(text, start)
    if glued is not None:
        return _no_space(glued)
    if text[start : start + 1] == "-":
        message = "expected a space after the `-` of a list item"
        return SyntaxProblem(message, start, start + 1, False, " ", start + 1)
    match = _KEY.match(text, start)
    end = match.end() if match else _content_end(text, start)
    if _is_after_item(text, start):
        return _no_dash(text, start, end)
    return SyntaxProblem(f"expected `:` after `{_clip(text[start:end])}`", start, end, False, ":", end)


def _no_space(glued: re.Match[str]) -> SyntaxProblem:
    """Return the error for a key whose colon has no space after it."""
    message = f"expected a space after `{_clip(glued[1])}`"
    return SyntaxProblem(message, glued.start(1), glued.end(1), False, " ", glued.end(1))


def _no_dash(text: str, start: int, end: int) -> SyntaxProblem:
    """Return the error for a line between the items of a list that does not begin with a dash."""
    message = "expected `- `: the lines around this are list items"
    # A field of the item above is not an item: `- ` would make one of it. At the margin stands a top-level field.
    is_field = re.search(r":[ \t]", text[start : _content_end(text, start)]) or _column(text, start) == 1
    return SyntaxProblem(message, start, end, False, "" if is_field else "- ", start)


def _is_after_item(text: str, start: int) -> bool:
    """Return whether the line of an offset, which is indented, stands right below the dashes of a list."""
    line = text.rfind("\n", 0, start) + 1
    indent = text[line:start]
    if not indent or indent.strip(" "):
        return False
    while line > 0:
        end, line = line - 1, text.rfind("\n", 0, line - 1) + 1
        above = text[line:end]
        if above.startswith(indent + "- "):
            return True
        is_within = above.startswith(indent + " ") or above.lstrip(WHITE_SPACE)[:1] in ("", "#")
        if not is_within:
            return False
    return False


def _stray_colon(text: str, offset: int) -> SyntaxProblem:
    above = _key_above(text, offset)
    if above is not None:
        return _no_colon(text, above)
    line = text.rfind("\n", 0, offset) + 1
    glued = _GLUED_LINE.match(text, text.rfind("\n", 0, max(line - 1, 0)) + 1, line)
    if glued is not None:
        return _no_space(glued)
    message = "unexpected `:`: put the text in quotes, or fix the indentation"
    return SyntaxProblem(message, offset, min(offset + 1, len(text)))


def _key_above(text: str, offset: int) -> int | None:
    """Return the start of a key without colon on the line above, such as `build` above `  type: exec`."""
    line = text.rfind("\n", 0, offset) + 1
    above = text.rfind("\n", 0, max(line - 1, 0)) + 1
    match = _KEY_LINE.match(text, above, line)
    if match is None or ":" in match[0] or above >= line:
        return None
    indent = len(text[line:offset]) - len(text[line:offset].lstrip(WHITE_SPACE))
    return match.start(1) if match.start(1) - above <= indent else None


def _clip(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _bad_start(text: str, offset: int) -> SyntaxProblem:
    character = text[offset : offset + 1]
    if character == "\t" or "\t" in text[text.rfind("\n", 0, offset) + 1 : offset + 1]:
        return SyntaxProblem(
            "tabs are not allowed here: indent with spaces", offset, min(offset + 1, len(text))
        )
    message = f"text that starts with `{character}` must be in quotes"
    return SyntaxProblem(message, *_token(text, offset))


def _misplaced(problem: str, text: str, context_start: int, offset: int) -> SyntaxProblem:
    start, end = _token(text, offset)
    before = text[text.rfind("\n", 0, start) + 1 : start]
    if text[start - 1 : start] == "'":
        message = "a ' inside single quotes must be written twice: ''"
        return SyntaxProblem(message, start - 1, start)
    if before.strip(WHITE_SPACE):
        return SyntaxProblem("unexpected text after the value: put the whole value in quotes", start, end)
    if "'-'" in problem and _column(text, start) == _column(text, context_start):
        return _no_dash(text, start, end)
    return SyntaxProblem("invalid indentation: it matches no block above", start, end)


def _column(text: str, offset: int) -> int:
    return offset - text.rfind("\n", 0, offset)


def _index(mark: Any, default: int) -> int:
    return default if mark is None else int(mark.index)


def _token(text: str, offset: int) -> tuple[int, int]:
    """Return the range of the word at an offset; at the end of the text, that of the last word."""
    offset = min(offset, len(text))
    if not text[offset:].strip(WHITE_SPACE):
        offset = len(text.rstrip(WHITE_SPACE))
        start = max(text.rfind(" ", 0, offset), text.rfind("\n", 0, offset)) + 1
        return min(start, offset), offset
    while text[offset] in " \r\n":
        offset += 1
    match = re.compile(r"[^ \t\r\n]+").match(text, offset)
    return offset, match.end() if match else offset + 1


def _content_end(text: str, context_start: int) -> int:
    """Return the end of a line's content, before its comment and trailing space."""
    end = text.find("\n", context_start)
    line = text[context_start : len(text) if end < 0 else end]
    comment = _COMMENT.search(line)
    if comment:
        line = line[: comment.start()]
    return context_start + len(line.rstrip(WHITE_SPACE))

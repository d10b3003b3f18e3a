"""Breakpoints as the user sets them: conditions, hit counts, log messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ..cel.json_values import to_json
from ..runtime.values import encode_json
from .evaluation import ExpressionError, compiled, evaluate
from .sites import Site

_HITS = re.compile(r"(?:(==?|>=?|<=?|%)\s*)?([0-9]{1,9})")
# Each time, or when the value of the expression that it stands on is another than before.
EACH_TIME, WHEN_CHANGED = "always", "changed"


class BreakpointError(Exception):
    """A breakpoint can't be set; the message is for users."""


class Request(NamedTuple):
    """A breakpoint as it is asked for; `line` and `column` count from 0, columns in code points."""

    line: int
    column: int | None = None
    condition: str = ""
    hits: str = ""
    log: str = ""
    mode: str = EACH_TIME


class Breakpoint:
    """A breakpoint of a file; `site` is where it stands, None if it can't, for a `problem`."""

    def __init__(self, id_: int, request: Request) -> None:
        self.id = id_
        self.request = request
        self.site: Site | None = None
        self.problem = _problem(request)
        self._count = 0
        self._last: Any = _NOTHING

    def stops(
        self, variables: Mapping[str, Any], expression: str | None, tell: Callable[[str], None]
    ) -> bool:
        """Return whether it stops now, after counting.

        `expression` is the one that it stands on. `tell` is called with the text of one that only logs, and with
        why a condition fails.
        """
        try:
            if not self._is_hit(variables, expression):
                return False
        except ExpressionError as error:
            tell(f"breakpoint: the condition `{self.request.condition}` fails: {error}")
            return False
        if self.request.log:
            tell(log_text(self.request.log, variables))
        return not self.request.log

    def _is_hit(self, variables: Mapping[str, Any], expression: str | None) -> bool:
        request = self.request
        if self.problem or (request.condition and evaluate(request.condition, variables) is not True):
            return False
        if request.mode == WHEN_CHANGED and not self._has_changed(variables, expression):
            return False
        self._count += 1
        return not request.hits or hits_hold(request.hits, self._count)

    def _has_changed(self, variables: Mapping[str, Any], expression: str | None) -> bool:
        if expression is None:
            return True
        before, self._last = self._last, evaluate(expression, variables)
        return before is not _NOTHING and before != self._last


_NOTHING: Any = object()


def _problem(request: Request) -> str:
    """Return what is wrong with a request, empty if nothing is."""
    try:
        if request.condition:
            compiled(request.condition)
        for expression in expressions_in(request.log):
            compiled(expression)
        hits_hold(request.hits or "1", 1)
    except (ExpressionError, BreakpointError) as error:
        return str(error)
    return ""


def hits_hold(text: str, count: int) -> bool:
    """Return whether a hit condition holds at a count: `3`, `== 3`, `>= 3`, `% 2`. Raises BreakpointError."""
    found = _HITS.fullmatch(text.strip())
    if found is None or (found[1] == "%" and int(found[2]) == 0):
        raise BreakpointError(f"the hit count `{text}` must be a number such as `3`, or `>= 3`, or `% 2`")
    number = int(found[2])
    match found[1]:
        case ">":
            return count > number
        case ">=":
            return count >= number
        case "<":
            return count < number
        case "<=":
            return count <= number
        case "%":
            return count % number == 0
        case _:
            return count == number


def log_text(message: str, variables: Mapping[str, Any]) -> str:
    """Return a log message with its `{CEL}` replaced by their values, or by why they have none."""
    return "".join(_value(part, variables) if is_code else part for is_code, part in _parts(message))


def expressions_in(message: str) -> list[str]:
    """Return the expressions of a log message."""
    return [part for is_code, part in _parts(message) if is_code]


def _value(expression: str, variables: Mapping[str, Any]) -> str:
    try:
        value = to_json(evaluate(expression, variables))
    except ExpressionError as error:
        return f"({error})"
    return value if isinstance(value, str) else encode_json(value).decode("utf-8", "replace")


def _parts(message: str) -> Iterator[tuple[bool, str]]:
    """Yield the texts and expressions of a message; braces nest, as in `{ {"a": 1}.a }`, and `{{` is a brace."""
    text, index = "", 0
    while index < len(message):
        char = message[index]
        if message.startswith(("{{", "}}"), index):
            text, index = text + char, index + 2
            continue
        end = _closing(message, index) if char == "{" else None
        if end is None:
            text, index = text + char, index + 1
            continue
        yield False, text
        yield True, message[index + 1 : end]
        text, index = "", end + 1
    yield False, text


def _closing(message: str, start: int) -> int | None:
    """Return where the brace at `start` is closed, outside of strings; None if it is not."""
    depth, quote, index = 0, "", start
    while index < len(message):
        char = message[index]
        if quote:
            index += char == "\\"
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "{}":
            depth += 1 if char == "{" else -1
            if depth == 0:
                return index
        index += 1
    return None

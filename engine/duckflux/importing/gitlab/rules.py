"""Translates the conditions of GitLab's rules to CEL."""

from __future__ import annotations

import re

from ..plan import cel_env, cel_text
from ..tokens import UntranslatableError, tokens_of

_TOKEN = re.compile(
    r"\s*(?:\$(?:\{(?P<braced>\w+)\}|(?P<variable>\w+))|\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'"
    r"|(?P<pattern>/(?:[^/\\]|\\.)+/[a-z]*)|(?P<operator>&&|\|\||[=!]=|[=!]~|[()])|(?P<word>\w+))"
)


def condition(text: str) -> str:
    """Return the condition of an `if` in CEL. Raises UntranslatableError."""
    parser = _Parser(text)
    return parser.parse()


class _Parser:
    """A recursive descent over the tokens of one condition."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens_of(text, _TOKEN)
        self._at = 0

    def parse(self) -> str:
        found = self._either()
        if self._at < len(self._tokens):
            raise UntranslatableError(f"`{self._tokens[self._at][1]}` is not expected here")
        return found

    def _next(self, *wanted: str) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at] in [("operator", one) for one in wanted]:
            self._at += 1
            return self._tokens[self._at - 1][1]
        return None

    def _either(self) -> str:
        parts = [self._both()]
        while self._next("||"):
            parts.append(self._both())
        return " || ".join(f"({part})" if " && " in part and len(parts) > 1 else part for part in parts)

    def _both(self) -> str:
        parts = [self._comparison()]
        while self._next("&&"):
            parts.append(self._comparison())
        return " && ".join(parts)

    def _comparison(self) -> str:
        if self._next("("):
            found = self._either()
            if self._next(")") is None:
                raise UntranslatableError("`)` is missing")
            return f"({found})"
        left = self._value()
        operator = self._next("==", "!=", "=~", "!~")
        if operator is None:
            return f"{left} != ''"
        if operator in ("==", "!="):
            return f"{left} {operator} {self._value()}"
        matches = f"{left}.matches({self._pattern()})"
        return matches if operator == "=~" else f"!{matches}"

    def _value(self) -> str:
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        self._at += 1
        match kind:
            case "variable" | "braced":
                return cel_env(text)
            case "double" | "single":
                return cel_text(text)
            case "word" if text == "null":
                return "''"
        raise UntranslatableError(
            f"`{text}` is not expected here" if text else "the condition ends too early"
        )

    def _pattern(self) -> str:
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        self._at += 1
        if kind != "pattern":
            raise UntranslatableError("a pattern that is not a literal has no counterpart")
        return pattern_text(text)


def pattern_text(text: str) -> str:
    """Return the CEL text of a pattern such as `/^release/i`."""
    body, _, flags = text[1:].rpartition("/")
    body = body.replace("\\/", "/")
    return cel_text(f"(?i){body}" if "i" in flags else body)

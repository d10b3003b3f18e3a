"""Writes expressions in the style of other languages as CEL: `{{ a }}`, `and`, `or`, `not`, `===`."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from .syntax import lexer
from .syntax.lexer import Token

_TEMPLATE: Final = re.compile(r"\s*(\$?\{\{)(.*)(\}\})\s*", re.DOTALL)
_OPERATORS: Final = {"and": "&&", "or": "||", "not": "!"}
_OPERAND_STARTS: Final = lexer.OPERAND_ENDS - {")", "]", "}"} | {"(", "!"}


class Habit(NamedTuple):
    """A part of an expression as in another language, what CEL has instead, and the whole expression in CEL."""

    found: str
    start: int
    end: int
    instead: str
    expression: str


def habit_of(text: str) -> Habit | None:
    """Return the first thing that is written as in another language; None if there is none."""
    template = _TEMPLATE.fullmatch(text)
    if template is not None and "}}" not in template[2]:
        inner = habit_of(template[2])
        expression = (inner.expression if inner else template[2]).strip()
        return Habit(f"{template[1]} }}}}", template.start(1), template.end(3), "", expression)
    tokens = [token for token in lexer.tokenize(text) if token.kind != lexer.END]
    words = [index for index in range(len(tokens)) if _is_operator(tokens, index)]
    equals = [
        match for match in re.finditer(r"(?<![=!<>])([=!]==)(?!=)", text) if not _is_quoted(tokens, match)
    ]
    if not words and not equals:
        return None
    places = [(tokens[i].start, tokens[i].end, _OPERATORS[tokens[i].text.lower()]) for i in words]
    places += [(match.start(), match.end(), match[0][:2]) for match in equals]
    places.sort()
    start, end, instead = places[0]
    return Habit(text[start:end], start, end, instead, _written(text, tokens, places))


def _is_operator(tokens: list[Token], index: int) -> bool:
    """Return whether a name stands where only an operator can: between two operands, or before one."""
    token = tokens[index]
    if token.kind != lexer.NAME or token.text.lower() not in _OPERATORS or index + 1 >= len(tokens):
        return False
    following = tokens[index + 1]
    is_after_operand = _is_operand_before(tokens, index)
    if token.text.lower() == "not":
        return following.kind in _OPERAND_STARTS and not is_after_operand
    return is_after_operand and following.kind in _OPERAND_STARTS | {"[", "-"}


def _is_operand_before(tokens: list[Token], index: int) -> bool:
    """Return whether an operand ends before a token; `and`, `or` and `not` are none."""
    before = tokens[index - 1] if index else None
    return before is not None and before.kind in lexer.OPERAND_ENDS and before.text.lower() not in _OPERATORS


def _is_quoted(tokens: list[Token], match: re.Match[str]) -> bool:
    return any(
        token.kind in (lexer.STRING, lexer.OPEN_STRING) and token.start <= match.start() < token.end
        for token in tokens
    )


def _written(text: str, tokens: list[Token], places: list[tuple[int, int, str]]) -> str:
    """Return the text with CEL's operators.

    `not` is about all up to the next `and` or `or`, CEL's `!` about one operand.
    """
    pieces: list[str] = []
    closing: dict[int, int] = {}
    at = 0
    for start, end, instead in places:
        pieces += _piece(text, at, start, closing)
        at = end
        if instead != "!":
            pieces.append(instead)
            continue
        at += len(text[at:]) - len(text[at:].lstrip())
        stop, is_simple = _extent(tokens, at, {place[0] for place in places if place[2] in ("&&", "||")})
        pieces.append("!" if is_simple else "!(")
        if not is_simple:
            closing[stop] = closing.get(stop, 0) + 1
    pieces += _piece(text, at, len(text), closing)
    return "".join(pieces)


def _piece(text: str, start: int, end: int, closing: dict[int, int]) -> list[str]:
    """Return a part of the text, with the parentheses that close in it."""
    pieces = []
    for stop in sorted(closing):
        if start <= stop <= end:
            pieces += [text[start:stop], ")" * closing.pop(stop)]
            start = stop
    return [*pieces, text[start:end]]


def _extent(tokens: list[Token], start: int, operators: set[int]) -> tuple[int, bool]:
    """Return where the operand of a `not` ends, and whether `!` reaches as far."""
    depth, stop, is_simple = 0, start, True
    for token in tokens:
        if token.start < start:
            continue
        if depth == 0 and (
            token.start in operators or token.kind in ("&&", "||", ")", "]", "}", ",", "?", ":")
        ):
            break
        if depth == 0 and token.start > start and token.kind not in (".", "(", "[", lexer.NAME, lexer.QUOTED):
            is_simple = False
        depth += token.kind in ("(", "[", "{")
        depth -= token.kind in (")", "]", "}")
        stop = token.end
    return stop, is_simple

"""Print trees as text, with as few parentheses as possible."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final

from .. import literals
from ..values import Uint
from . import lexer
from .nodes import (
    Binary,
    Call,
    Conditional,
    Error,
    Expr,
    Ident,
    Index,
    ListNode,
    Literal,
    Macro,
    MapNode,
    Select,
    Unary,
)
from .parser import CONDITIONAL_POWER, OPERATOR_POWERS, POSTFIX_POWER, UNARY_POWER
from .recursion import raised_recursion_limit

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ATOM: Final = 9


def to_text(node: Expr) -> str:
    """Return an expression with the tree of ``node``, which must be free of errors."""
    with raised_recursion_limit(node.end - node.start):
        return _print(node, 0)


def _print(node: Expr, power: int) -> str:
    """Return ``node`` as an operand of an operator of ``power``."""
    own, text = _PRINTERS[type(node)](node)
    return text if own >= power else f"({text})"


def _literal(node: Literal) -> tuple[int, str]:
    value = node.value
    if value is None:
        return _ATOM, "null"
    if isinstance(value, bool):
        return _ATOM, "true" if value else "false"
    if isinstance(value, str):
        return _ATOM, literals.quote(value)
    if isinstance(value, bytes):
        return _ATOM, literals.quote_bytes(value)
    if isinstance(value, float):
        return _ATOM, repr(value) if math.isfinite(value) else f"{'-' if value < 0 else ''}1e999"
    return _ATOM, f"{int(value)}u" if isinstance(value, Uint) else str(value)


def _ident(node: Ident) -> tuple[int, str]:
    return _ATOM, f".{node.name}" if node.absolute else node.name


def _select(node: Select) -> tuple[int, str]:
    plain = _IDENTIFIER.fullmatch(node.field) and node.field not in lexer.KEYWORDS
    field = node.field if plain else f"`{node.field}`"
    return _ATOM, f"{_print(node.operand, POSTFIX_POWER)}.{'?' if node.optional else ''}{field}"


def _index(node: Index) -> tuple[int, str]:
    operand, index = _print(node.operand, POSTFIX_POWER), _print(node.index, 0)
    return _ATOM, f"{operand}[{'?' if node.optional else ''}{index}]"


def _call(node: Call) -> tuple[int, str]:
    return _ATOM, f"{_called(node)}({_list_of(node.args)})"


def _macro(node: Macro) -> tuple[int, str]:
    return _ATOM, f"{_called(node)}({_list_of((*node.variables, *node.args))})"


def _called(node: Call | Macro) -> str:
    if node.target is None:
        return node.function
    return f"{_print(node.target, POSTFIX_POWER)}.{node.function}"


def _list_of(nodes: tuple[Expr, ...]) -> str:
    return ", ".join([_print(node, 0) for node in nodes])


def _unary(node: Unary) -> tuple[int, str]:
    operand = _print(node.operand, UNARY_POWER)
    # A minus before digits would become part of the number.
    if node.operator == "-" and operand[0] in ".0123456789":
        operand = f"({operand})"
    return UNARY_POWER, node.operator + operand


def _binary(node: Binary) -> tuple[int, str]:
    power = OPERATOR_POWERS[node.operator]
    return power, f"{_print(node.left, power)} {node.operator} {_print(node.right, power + 1)}"


def _conditional(node: Conditional) -> tuple[int, str]:
    power = CONDITIONAL_POWER
    condition, then = _print(node.condition, power + 1), _print(node.then, power + 1)
    return power, f"{condition} ? {then} : {_print(node.otherwise, power)}"


def _list(node: ListNode) -> tuple[int, str]:
    parts = [_mark(node, position) + _print(part, 0) for position, part in enumerate(node.elements)]
    return _ATOM, f"[{', '.join(parts)}]"


def _map(node: MapNode) -> tuple[int, str]:
    parts = [
        f"{_mark(node, position)}{_print(key, 0)}: {_print(value, 0)}"
        for position, (key, value) in enumerate(node.entries)
    ]
    return _ATOM, "{" + ", ".join(parts) + "}"


def _mark(node: ListNode | MapNode, position: int) -> str:
    return "?" if position in node.optional else ""


def _error(node: Error) -> tuple[int, str]:
    raise ValueError("a tree with errors cannot be printed")


_PRINTERS: Final[dict[type, Callable[[Any], tuple[int, str]]]] = {
    Literal: _literal,
    Ident: _ident,
    Select: _select,
    Index: _index,
    Call: _call,
    Macro: _macro,
    Unary: _unary,
    Binary: _binary,
    Conditional: _conditional,
    ListNode: _list,
    MapNode: _map,
    Error: _error,
}

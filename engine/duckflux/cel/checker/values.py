"""Check literals, lists, maps and syntax errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..syntax.nodes import Error, Expr, ListNode, Literal, MapNode
from ..types import (
    BOOL,
    BYTES,
    DOUBLE,
    DYN,
    INT,
    NULL,
    STRING,
    UINT,
    EnumType,
    ListType,
    MapType,
    OptionalType,
    Type,
    Variable,
)
from ..values import Uint
from .core import Checker

_LITERALS: Final[Mapping[type, Type]] = {
    type(None): NULL,
    bool: BOOL,
    int: INT,
    Uint: UINT,
    float: DOUBLE,
    str: STRING,
    bytes: BYTES,
}


def literal(checker: Checker, node: Literal) -> Type:
    """Return the type of a constant."""
    return _LITERALS[type(node.value)]


def list_of(checker: Checker, node: ListNode) -> Type:
    """Return the type of a list."""
    elements = [
        _element_of(checker, part, position in node.optional) for position, part in enumerate(node.elements)
    ]
    return ListType(checker.inference.join(elements))


def map_of(checker: Checker, node: MapNode) -> Type:
    """Return the type of a map."""
    keys = [checker.infer_resolved(key) for key, _ in node.entries]
    for (key, _), type_ in zip(node.entries, keys, strict=True):
        if type_ not in (BOOL, INT, UINT, STRING, DYN) and not isinstance(type_, (EnumType, Variable)):
            checker.problem(
                "wrong-type", f"{checker.display(type_)} cannot be a map's key", key.start, key.end
            )
    values = [
        _element_of(checker, value, position in node.optional)
        for position, (_, value) in enumerate(node.entries)
    ]
    return MapType(checker.inference.join(keys), checker.inference.join(values))


def _element_of(checker: Checker, node: Expr, optional: bool) -> Type:
    type_ = checker.infer_resolved(node)
    if not optional or type_ == DYN:
        return type_
    if isinstance(type_, OptionalType):
        return type_.value
    checker.problem(
        "wrong-type", f"`?` takes an optional value, not {checker.display(type_)}", node.start, node.end
    )
    return DYN


def error(checker: Checker, node: Error) -> Type:
    """Return dyn for a syntax error, whose parts are checked."""
    for part in node.parts:
        checker.infer(part)
    return DYN

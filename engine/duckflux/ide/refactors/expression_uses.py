"""Finds the reads in expressions, each with the range of its names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from ...cel.syntax.identifiers import identifiers
from ...cel.syntax.nodes import Ast, Expr, Ident, Index, Literal, Macro, Select, walk
from ...language.syntax import Scalar

Path: TypeAlias = tuple[str, ...]

_MEMBERS = (("workflow", "inputs"), ("execution", "context"))
_WHOLE = ("env", "now", "input", "output", "event")


class Use(msgspec.Struct, frozen=True):
    """A read in the text of `scalar`.

    `path` are the names that it consists of, and `start` and `end` their range. `has_range` is the range of
    the `has(...)` that tests for exactly this read, if there is one.
    """

    path: Path
    scalar: Scalar
    start: int
    end: int
    has_range: tuple[int, int] | None

    @property
    def source(self) -> str:
        """The read as the expression has it."""
        return self.scalar.text[self.start : self.end]


def uses(ast: Ast, scalar: Scalar) -> Iterator[Use]:
    """Yield the reads of variables that come from outside of an expression.

    A path leads to the field of a step (`build.output`) or a member of another variable
    (`workflow.inputs.x`); a shorter path means all of it.
    """
    bound = {(ident.start, ident.end) for ident, macro in identifiers(ast) if macro is not None}
    seen: set[Expr] = set()
    has_ranges: dict[Expr, tuple[int, int]] = {}
    for node in walk(ast.root):
        if isinstance(node, Macro) and node.function == "has" and node.target is None:
            has_ranges.update((arg, (node.start, node.end)) for arg in node.args)
        nodes = _nodes(node)
        if not nodes or node in seen:
            continue
        seen.update(nodes)
        if (nodes[0].start, nodes[0].end) in bound:
            continue
        path = tuple(_name(each) or "" for each in nodes)
        length = min(_length(path), len(path))
        last = nodes[length - 1]
        yield Use(path[:length], scalar, nodes[0].start, last.end, has_ranges.get(last))


def _nodes(node: Expr) -> list[Expr]:
    """Return the nodes of `a.b.c`, from `a` on; empty if the expression is not such a path."""
    found: list[Expr] = []
    while not isinstance(node, Ident):
        if not isinstance(node, Select | Index) or _name(node) is None or node.optional:
            return []
        found.append(node)
        node = node.operand
    return [node, *reversed(found)]


def _name(node: Expr) -> str | None:
    match node:
        case Ident(name=name) | Select(field=name) | Index(index=Literal(value=str() as name)):
            return name
        case _:
            return None


def _length(path: Path) -> int:
    if path[0] in _WHOLE:
        return 1
    return 3 if path[:2] in _MEMBERS else 2

"""The nodes of the syntax tree; each has its range, as code-point offsets in the expression's text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from ..errors import Problem
    from ..library.declarations import Library


class Expr(msgspec.Struct, frozen=True, eq=False):
    """A node of the tree. Nodes compare by identity."""

    start: int
    end: int

    @property
    def children(self) -> tuple[Expr, ...]:
        """Return the nodes directly below, in the order of the text."""
        return ()


class Literal(Expr, frozen=True, eq=False):
    """A constant: None, bool, int, Uint, float, str or bytes."""

    value: Any


class Ident(Expr, frozen=True, eq=False):
    """A name; ``absolute`` when written with a leading dot, which skips the variables of macros."""

    name: str
    absolute: bool = False


class Select(Expr, frozen=True, eq=False):
    """``operand.field`` or ``operand.?field``; an unfinished ``a.`` has an empty field."""

    operand: Expr
    field: str
    field_start: int
    field_end: int
    optional: bool = False

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.operand,)


class Index(Expr, frozen=True, eq=False):
    """``operand[index]`` or ``operand[?index]``."""

    operand: Expr
    index: Expr
    optional: bool = False

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.operand, self.index)


class Call(Expr, frozen=True, eq=False):
    """``function(args)`` or ``target.function(args)``; a namespaced ``math.abs(x)`` has no target."""

    function: str
    target: Expr | None
    args: tuple[Expr, ...]
    name_start: int
    name_end: int

    @property
    def children(self) -> tuple[Expr, ...]:
        return self.args if self.target is None else (self.target, *self.args)


class Macro(Expr, frozen=True, eq=False):
    """A call of a macro: ``variables`` are the names it declares, ``args`` its arguments after them."""

    function: str
    target: Expr | None
    variables: tuple[Ident, ...]
    args: tuple[Expr, ...]
    name_start: int
    name_end: int

    @property
    def children(self) -> tuple[Expr, ...]:
        head = () if self.target is None else (self.target,)
        return (*head, *self.variables, *self.args)


class Unary(Expr, frozen=True, eq=False):
    """``!operand`` or ``-operand``."""

    operator: str
    operand: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.operand,)


class Binary(Expr, frozen=True, eq=False):
    """``left operator right``."""

    operator: str
    left: Expr
    right: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.left, self.right)


class Conditional(Expr, frozen=True, eq=False):
    """``condition ? then : otherwise``."""

    condition: Expr
    then: Expr
    otherwise: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.condition, self.then, self.otherwise)


class ListNode(Expr, frozen=True, eq=False):
    """``[a, ?b]``; ``optional`` holds the positions of elements written with ``?``."""

    elements: tuple[Expr, ...]
    optional: frozenset[int] = frozenset()

    @property
    def children(self) -> tuple[Expr, ...]:
        return self.elements


class MapNode(Expr, frozen=True, eq=False):
    """``{key: value, ?key: value}``; ``optional`` holds the positions of entries written with ``?``."""

    entries: tuple[tuple[Expr, Expr], ...]
    optional: frozenset[int] = frozenset()

    @property
    def children(self) -> tuple[Expr, ...]:
        return tuple(part for entry in self.entries for part in entry)


class Error(Expr, frozen=True, eq=False):
    """A syntax error in the tree, with the nodes that could be parsed there."""

    parts: tuple[Expr, ...] = ()

    @property
    def children(self) -> tuple[Expr, ...]:
        return self.parts


class Ast(msgspec.Struct, frozen=True, eq=False):
    """A parsed text: its tree, with ``Error`` nodes where it is invalid, and the syntax errors."""

    text: str
    root: Expr
    errors: tuple[Problem, ...]
    library: Library

    def source(self, node: Expr) -> str:
        """Return the text of ``node``."""
        return self.text[node.start : node.end]


def walk(root: Expr) -> Iterator[Expr]:
    """Yield every node, parents first, without recursion."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(node.children))

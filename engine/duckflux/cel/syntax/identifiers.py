"""Which names an expression uses, and whether a macro declares them or they come from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from .nodes import Ast, Expr, Ident, Macro

Binders: TypeAlias = Mapping[str, Macro]
"""The names that macros declare for some part of an expression, each with its macro."""


def identifiers(ast: Ast) -> Iterator[tuple[Ident, Macro | None]]:
    """Every identifier in the order of the text, with the macro that declares it, None for those from outside."""
    pending: list[tuple[Expr, Binders]] = [(ast.root, {})]
    while pending:
        node, binders = pending.pop()
        if isinstance(node, Ident):
            yield node, None if node.absolute else binders.get(node.name)
        pending.extend(reversed([*_children(node, binders)]))


def _children(node: Expr, binders: Binders) -> Iterator[tuple[Expr, Binders]]:
    if not isinstance(node, Macro):
        yield from ((child, binders) for child in node.children)
        return
    if node.target is not None:
        yield node.target, binders
    inner = {**binders, **dict.fromkeys((variable.name for variable in node.variables), node)}
    yield from ((variable, inner) for variable in node.variables)
    for position, arg in enumerate(node.args):
        # The value of cel.bind is outside of the name it binds.
        yield arg, binders if node.function == "cel.bind" and position == 0 else inner


def free_names(ast: Ast) -> frozenset[str]:
    """The names that ``ast`` needs from outside; variables of macros are not among them."""
    return frozenset(ident.name for ident, macro in identifiers(ast) if macro is None)


def references(ast: Ast, name: str) -> tuple[tuple[int, int], ...]:
    """The ranges where the outer variable ``name`` is read."""
    return tuple(
        name_range(ident) for ident, macro in identifiers(ast) if macro is None and ident.name == name
    )


def name_range(ident: Ident) -> tuple[int, int]:
    """Where the name of ``ident`` stands, without a leading dot."""
    return ident.end - len(ident.name), ident.end

"""The identifiers of an expression, and the macros that declare them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from .nodes import Ast, Expr, Ident, Macro

Binders: TypeAlias = Mapping[str, Macro]
"""The names that macros declare for some part of an expression, each with its macro."""


def identifiers(ast: Ast) -> Iterator[tuple[Ident, Macro | None]]:
    """Yield every identifier in the order of the text, with the macro that declares it, or None if none does."""
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
    """Return the names of the variables that ``ast`` reads, without the variables of its macros."""
    return frozenset(ident.name for ident, macro in identifiers(ast) if macro is None)


def references(ast: Ast, name: str) -> tuple[tuple[int, int], ...]:
    """Return the ranges where the variable ``name`` is read; a macro's variable of that name is another one."""
    return tuple(
        name_range(ident) for ident, macro in identifiers(ast) if macro is None and ident.name == name
    )


def name_range(ident: Ident) -> tuple[int, int]:
    """Return the range of the name of ``ident``, without a leading dot."""
    return ident.end - len(ident.name), ident.end

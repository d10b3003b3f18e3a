"""Which names an expression uses: free identifiers, their places, and the paths read from them."""

from __future__ import annotations

from collections.abc import Iterator

from .nodes import Ast, Ident, Macro, Node

_NOTHING: frozenset[str] = frozenset()


def free_identifiers(ast: Ast) -> Iterator[Ident]:
    """The identifiers that no macro of the expression declares, in the order of the text."""
    pending: list[tuple[Node, frozenset[str]]] = [(ast.root, _NOTHING)]
    while pending:
        node, bound = pending.pop()
        if isinstance(node, Ident) and (node.absolute or node.name not in bound):
            yield node
        pending.extend(reversed([*_scopes(node, bound)]))


def _scopes(node: Node, bound: frozenset[str]) -> Iterator[tuple[Node, frozenset[str]]]:
    """The children of ``node``, each with the names that macros declare around it."""
    if not isinstance(node, Macro):
        yield from ((child, bound) for child in node.children)
        return
    if node.target is not None:
        yield node.target, bound
    inner = bound | {variable.name for variable in node.variables}
    for position, arg in enumerate(node.args):
        # The value of cel.bind is outside of the name it binds.
        yield arg, bound if node.function == "cel.bind" and position == 0 else inner


def free_names(ast: Ast) -> frozenset[str]:
    """The names that ``ast`` needs from outside; variables of macros are not among them."""
    return frozenset(ident.name for ident in free_identifiers(ast))


def references(ast: Ast, name: str) -> tuple[tuple[int, int], ...]:
    """The ranges where the outer variable ``name`` is read."""
    return tuple((ident.end - len(name), ident.end) for ident in free_identifiers(ast) if ident.name == name)

"""Find the parts of an expression that are constant and always fail, such as `1 / 0`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ..errors import EvaluationError, Failure, Problem
from ..syntax.nodes import Ast, Binary, Call, Conditional, Expr, Ident, Literal, Macro, walk

_ZONED = frozenset(
    (
        *("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"),
        *("getHours", "getMinutes", "getSeconds", "getMilliseconds"),
    )
)


# Without one of these an expression has no operation that can fail for a reason of its own.
_OPERATION = re.compile(r"[-+*/%(\[{]")


@lru_cache(4096)
def constant_failures(ast: Ast) -> tuple[Problem, ...]:
    """Return a problem for each greatest part without variables whose evaluation fails.

    Macros are not evaluated, so that the time grows with the length of the text only. Nothing here depends on
    variables, so a tree that is checked again with others has the result of before.
    """
    if ast.errors or not _OPERATION.search(ast.text):
        return ()
    return tuple(_failures(ast))


def _failures(ast: Ast) -> Iterator[Problem]:
    nodes = list(walk(ast.root))
    constant: set[Expr] = set()
    for node in reversed(nodes):
        if _is_pure(ast, node) and all(child in constant for child in node.children):
            constant.add(node)
    pending = [ast.root]
    while pending:
        node = pending.pop()
        failure = _failure(ast, node) if node in constant else _certain_failure(node)
        if failure is not None:
            yield failure
        if node not in constant:
            pending.extend(_certain_parts(node))


def _is_pure(ast: Ast, node: Expr) -> bool:
    """Return whether a part has one value if the parts below it are constant."""
    if isinstance(node, Call):
        function = ast.library.functions.get(node.function)
        # `dyn` says that the type is none of the checker's business.
        return function is not None and function.pure and function.name != "dyn"
    return not isinstance(node, Ident | Macro)


def _certain_parts(node: Expr) -> Iterator[Expr]:
    """Yield the parts below a part that are evaluated whenever it is, and whose failure is its own.

    The other side of `&&` and `||` may absorb an error, one branch of a conditional is not evaluated, the body of
    a macro perhaps never, and `has` only asks.
    """
    match node:
        case Binary(operator="&&" | "||"):
            return
        case Conditional(condition=condition):
            yield condition
        case Macro(function="has"):
            return
        case Macro(target=target):
            if target is not None:
                yield target
        case _:
            yield from node.children


def _failure(ast: Ast, node: Expr) -> Problem | None:
    """Return the problem of a constant part, None if it has a value."""
    if isinstance(node, Literal):
        return None
    from ..compiler import compile as compiled

    try:
        compiled(Ast(ast.text, node, (), ast.library))({})
    except EvaluationError as error:
        return Problem("always-fails", f"this always fails: {error.message}", error.start, error.end)
    return None


def _certain_failure(node: Expr) -> Problem | None:
    """Return the problem of a part that fails whatever its variables are."""
    if isinstance(node, Binary) and node.operator in ("/", "%"):
        divisor = node.right
        if isinstance(divisor, Literal) and type(divisor.value) is int and divisor.value == 0:
            return Problem("always-fails", "this always fails: division by zero", node.start, node.end)
    if isinstance(node, Call) and node.function in _ZONED and node.args:
        zone = node.args[-1]
        if isinstance(zone, Literal) and isinstance(zone.value, str):
            return _zone_failure(zone, zone.value)
    return None


def _zone_failure(node: Expr, zone: str) -> Problem | None:
    from ..chrono import check_zone

    try:
        check_zone(zone)
    except Failure as failure:
        return Problem("invalid-argument", f"this always fails: {failure.message}", node.start, node.end)
    return None

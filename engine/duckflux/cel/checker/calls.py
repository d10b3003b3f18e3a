"""Check calls of functions: select an overload, or report why none takes the arguments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from ..errors import Failure
from ..library.declarations import FUNCTION, METHOD, Function, Overload
from ..library.regex import matcher
from ..suggest import closest
from ..syntax.nodes import Call, Ident, Literal
from ..types import DYN, ListType, MapType, Simple, Type, Variable
from .core import Checker
from .inference import Inference


def call(checker: Checker, node: Call) -> Type:
    """Return the type of a call."""
    function = checker.ast.library.functions.get(node.function)
    if function is None:
        return _unknown_function(checker, node)
    args = [checker.infer(child) for child in node.children]
    if not function.callable_as(FUNCTION if node.target is None else METHOD):
        signatures = function.signature(function.overloads[0])
        checker.problem(
            "unknown-function",
            f"`{node.function}` is called as `{signatures}`",
            node.name_start,
            node.name_end,
        )
        return DYN
    result = result_of(checker, function, args)
    if result is None:
        _wrong_call(checker, node, function, args)
        return _common_result(checker, function)
    _literal_arguments(checker, node, function, args)
    return result


def result_of(checker: Checker, function: Function, args: Sequence[Type]) -> Type | None:
    """Return the result of the overload that takes these arguments.

    The result is dyn if the overloads that do differ, and None if there is none.
    """
    resolved = tuple(map(checker.inference.resolve, args))
    if all(isinstance(arg, Simple) for arg in resolved):
        result = _result_for_simple_types(function, resolved)
        if not isinstance(result, Variable):
            return result
    return _matching(checker.inference, function.overloads, resolved)


def _common_result(checker: Checker, function: Function) -> Type:
    results = [overload.result for overload in function.overloads]
    return results[0] if all(result == results[0] for result in results) else DYN


def _unknown_function(checker: Checker, node: Call) -> Type:
    library = checker.ast.library
    shapes = [macro for macro in library.macros.values() if macro.name == node.function]
    # The variables of a misused macro are not references to names in scope.
    names = [arg.name for arg in node.args if isinstance(arg, Ident)] if shapes else []
    with checker.variables(dict.fromkeys(names, DYN)):
        for child in node.children:
            checker.infer(child)
    if shapes:
        signatures = " or ".join(f"`{macro.signature}`" for macro in shapes)
        message = f"`{node.function}` is used as {signatures}"
        checker.problem("wrong-arguments", message, node.name_start, node.name_end)
        return DYN
    candidates = [*library.functions, *(macro.name for macro in library.macros.values())]
    message, suggestion = f"unknown function `{node.function}`", closest(node.function, candidates)
    checker.problem("unknown-function", message, node.name_start, node.name_end, suggestion)
    return DYN


def _wrong_call(checker: Checker, node: Call, function: Function, args: Sequence[Type]) -> None:
    candidates = [overload for overload in function.overloads if len(overload.params) == len(args)]
    if not candidates:
        signatures = " or ".join(f"`{function.signature(overload)}`" for overload in function.overloads)
        message = f"`{function.name}` does not take {_count(len(node.args))}: {signatures}"
        checker.problem("wrong-arguments", message, node.name_start, node.name_end)
        return
    for position, (child, arg) in enumerate(zip(node.children, args, strict=True)):
        expected = list(dict.fromkeys(_general_name(overload.params[position]) for overload in candidates))
        candidates = [overload for overload in candidates if _takes(checker, overload, position, arg)]
        if not candidates:
            message = f"`{function.name}` takes {' or '.join(expected)} here, not {checker.display(arg)}"
            checker.problem("wrong-type", message, child.start, child.end)
            return
    names = ", ".join(map(checker.display, args))
    checker.problem("wrong-type", f"`{function.name}` does not take ({names})", node.start, node.end)


def _takes(checker: Checker, overload: Overload, position: int, arg: Type) -> bool:
    params, _ = checker.inference.instantiate(overload)
    return checker.inference.is_assignable(arg, params[position])


def _literal_arguments(checker: Checker, node: Call, function: Function, args: Sequence[Type]) -> None:
    """Report a literal argument that always fails: an invalid duration, timestamp, number or pattern."""
    children = node.children
    try:
        if function.name == "matches" and isinstance(children[1], Literal):
            matcher(children[1].value)
        elif function.pure and all(isinstance(child, Literal) for child in children):
            values = tuple(child.value for child in children if isinstance(child, Literal))
            call = function.resolve(values)
            if call is not None:
                call(*values)
    except Failure as failure:
        rejected = node.args[-1] if node.args else node
        checker.problem(
            "invalid-argument", f"`{function.name}`: {failure.message}", rejected.start, rejected.end
        )


def _general_name(type_: Type) -> str:
    """Return the name of a type without its parts: ``list`` for ``list(A)``."""
    return str(type_).partition("(")[0] if isinstance(type_, (ListType, MapType)) else str(type_)


def _count(number: int) -> str:
    return f"{number} argument{'' if number == 1 else 's'}"


def _matching(inference: Inference, overloads: Iterable[Overload], args: Sequence[Type]) -> Type | None:
    results: list[Type] = []
    for overload in overloads:
        if len(overload.params) != len(args):
            continue
        params, result = inference.instantiate(overload)
        if inference.are_assignable(args, params):
            results.append(inference.resolve(result))
    if not results:
        return None
    return results[0] if all(result == results[0] for result in results) else DYN


@lru_cache(maxsize=4096)
def _result_for_simple_types(function: Function, args: tuple[Type, ...]) -> Type | None:
    """Return the result of `_matching` for types without parts, which is equal in every expression.

    A type variable stands for a result that depends on the other types of the expression.
    """
    inference = Inference()
    result = _matching(inference, function.overloads, args)
    if result is None or inference.substitute(result) == result:
        return result
    return inference.fresh_variable()

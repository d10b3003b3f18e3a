"""Calls of functions: the overload that takes the arguments, or why there is none."""

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
    """The type that a function gives back."""
    function = checker.ast.library.functions.get(node.function)
    if function is None:
        return _unknown_function(checker, node)
    args = [checker.infer(child) for child in node.children]
    if not function.callable_as(FUNCTION if node.target is None else METHOD):
        right = function.signature(function.overloads[0])
        checker.problem(
            "unknown-function",
            f"`{node.function}` is called as `{right}`",
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
    """The result of the overload that takes these arguments; dyn if several do, None if none does."""
    known = tuple(map(checker.inference.known, args))
    if all(isinstance(arg, Simple) for arg in known):
        result = _of_simple(function, known)
        if not isinstance(result, Variable):
            return result
    return _matching(checker.inference, function.overloads, known)


def _common_result(checker: Checker, function: Function) -> Type:
    results = [overload.result for overload in function.overloads]
    return results[0] if all(result == results[0] for result in results) else DYN


def _unknown_function(checker: Checker, node: Call) -> Type:
    library = checker.ast.library
    shapes = [macro for macro in library.macros.values() if macro.name == node.function]
    # What would be a macro's variables is no reading of names.
    names = [arg.name for arg in node.args if isinstance(arg, Ident)] if shapes else []
    with checker.variables(dict.fromkeys(names, DYN)):
        for child in node.children:
            checker.infer(child)
    if shapes:
        right = " or ".join(f"`{macro.signature}`" for macro in shapes)
        message = f"`{node.function}` is used as {right}"
        checker.problem("wrong-arguments", message, node.name_start, node.name_end)
        return DYN
    known = [*library.functions, *(macro.name for macro in library.macros.values())]
    message, suggestion = f"unknown function `{node.function}`", closest(node.function, known)
    checker.problem("unknown-function", message, node.name_start, node.name_end, suggestion)
    return DYN


def _wrong_call(checker: Checker, node: Call, function: Function, args: Sequence[Type]) -> None:
    candidates = [overload for overload in function.overloads if len(overload.params) == len(args)]
    if not candidates:
        right = " or ".join(f"`{function.signature(overload)}`" for overload in function.overloads)
        message = f"`{function.name}` does not take {_count(len(node.args))}: {right}"
        checker.problem("wrong-arguments", message, node.name_start, node.name_end)
        return
    for position, (child, arg) in enumerate(zip(node.children, args, strict=True)):
        wanted = list(dict.fromkeys(_general_name(overload.params[position]) for overload in candidates))
        candidates = [overload for overload in candidates if _takes(checker, overload, position, arg)]
        if not candidates:
            message = f"`{function.name}` takes {' or '.join(wanted)} here, not {checker.say(arg)}"
            checker.problem("wrong-type", message, child.start, child.end)
            return
    said = ", ".join(map(checker.say, args))
    checker.problem("wrong-type", f"`{function.name}` does not take ({said})", node.start, node.end)


def _takes(checker: Checker, overload: Overload, position: int, arg: Type) -> bool:
    params, _ = checker.inference.instantiate(overload)
    return checker.inference.fits(arg, params[position])


def _literal_arguments(checker: Checker, node: Call, function: Function, args: Sequence[Type]) -> None:
    """What a literal argument makes certain to fail: a bad duration, time, number or pattern."""
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
        wrong = node.args[-1] if node.args else node
        checker.problem("invalid-argument", f"`{function.name}`: {failure.message}", wrong.start, wrong.end)


def _general_name(type_: Type) -> str:
    """``list`` for ``list(A)``."""
    return str(type_).partition("(")[0] if isinstance(type_, (ListType, MapType)) else str(type_)


def _count(number: int) -> str:
    return f"{number} argument{'' if number == 1 else 's'}"


def _matching(inference: Inference, overloads: Iterable[Overload], args: Sequence[Type]) -> Type | None:
    results: list[Type] = []
    for overload in overloads:
        if len(overload.params) != len(args):
            continue
        params, result = inference.instantiate(overload)
        if inference.all_fit(args, params):
            results.append(inference.known(result))
    if not results:
        return None
    return results[0] if all(result == results[0] for result in results) else DYN


@lru_cache(maxsize=4096)
def _of_simple(function: Function, args: tuple[Type, ...]) -> Type | None:
    """What `_matching` finds for types without parts, the same in every expression; a variable where the result
    depends on what else is known."""
    inference = Inference()
    result = _matching(inference, function.overloads, args)
    if result is None or inference.finish(result) == result:
        return result
    return inference.fresh()

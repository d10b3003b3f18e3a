"""Evaluators of function calls, which dispatch on the classes of the arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..errors import EvaluationError, Failure
from ..library.declarations import FUNCTION, METHOD, Function, Implementation, dispatch_table
from ..syntax.nodes import Call
from ..values import type_name
from .activation import Activation, Evaluator
from .core import Compiler, charged
from .source_range import SourceRange


def call(compiler: Compiler, node: Call) -> Evaluator:
    """Return the evaluator of a call."""
    operands = tuple([compiler.node(child) for child in node.children])
    function = compiler.ast.library.functions.get(node.function)
    source = compiler.range_of(node)
    if function is None or not function.callable_as(FUNCTION if node.target is None else METHOD):
        return _unknown(node.function, source)
    if function.linear and compiler.metered:
        operands = tuple(charged(operand, source) for operand in operands)
    evaluate = apply(function, operands, source)
    if function.linear and compiler.metered:
        return charged(evaluate, source)
    return compiler.fold(evaluate, *operands) if function.pure else evaluate


def _unknown(function: str, source: SourceRange) -> Evaluator:
    def evaluate(_: Activation) -> Any:
        raise source.error(f"unknown function `{function}`", "unknown-function")

    return evaluate


def apply(function: Function, operands: tuple[Evaluator, ...], source: SourceRange) -> Evaluator:
    """Return the evaluator of a call of ``function``, dispatched on the classes of its arguments."""
    table = dispatch_table(function, len(operands))
    as_error = partial(_as_evaluation_error, function, source)

    def general(*args: Any) -> Any:
        implementation = function.resolve(args)
        if implementation is None:
            raise source.error(no_overload_message(function, args), "no-such-overload")
        try:
            return implementation(*args)
        except Exception as error:
            raise as_error(error) from None

    if len(operands) == 1:
        return _apply_one(*operands, table, general, as_error)
    if len(operands) == 2:
        return _apply_two(*operands, table, general, as_error)
    return lambda activation: general(*[operand(activation) for operand in operands])


DispatchTable = Mapping[Any, Implementation]
ErrorConversion = Callable[[Exception], EvaluationError]


def _apply_one(
    operand: Evaluator, table: DispatchTable, general: Callable[..., Any], as_error: ErrorConversion
) -> Evaluator:
    def evaluate(activation: Activation) -> Any:
        value = operand(activation)
        implementation = table.get(type(value))
        if implementation is None:
            return general(value)
        try:
            return implementation(value)
        except Exception as error:
            raise as_error(error) from None

    return evaluate


def _apply_two(
    left: Evaluator,
    right: Evaluator,
    table: DispatchTable,
    general: Callable[..., Any],
    as_error: ErrorConversion,
) -> Evaluator:
    def evaluate(activation: Activation) -> Any:
        a, b = left(activation), right(activation)
        implementation = table.get((type(a), type(b)))
        if implementation is None:
            return general(a, b)
        try:
            return implementation(a, b)
        except Exception as error:
            raise as_error(error) from None

    return evaluate


def _as_evaluation_error(function: Function, source: SourceRange, error: Exception) -> EvaluationError:
    if isinstance(error, Failure):
        return source.located(error)
    if isinstance(error, EvaluationError):
        return error
    # The message of any other error may hold values.
    return source.error(f"`{function.name}` failed ({type(error).__name__})")


def no_overload_message(function: Function, args: tuple[Any, ...]) -> str:
    """Return the message for arguments that no overload of ``function`` takes."""
    if not any(len(overload.params) == len(args) for overload in function.overloads):
        return f"`{function.name}` does not take this number of arguments"
    return f"`{function.name}` does not take {' and '.join(map(type_name, args))}"

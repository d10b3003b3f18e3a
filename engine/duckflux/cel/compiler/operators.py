"""Evaluators of operators and of the conditional expression."""

from __future__ import annotations

from typing import Any, Final

from ..errors import EvaluationError, Failure
from ..library import operators
from ..library.declarations import dispatch_table
from ..library.standard import NEGATION, OPERATORS
from ..syntax.nodes import Binary, Conditional, Expr, Unary
from ..values import class_of
from .activation import Activation, Evaluator
from .calls import apply, no_overload_message
from .core import Compiler, charged
from .source_range import SourceRange


def unary(compiler: Compiler, node: Unary) -> Evaluator:
    """Return the evaluator of ``-x`` or ``!x``."""
    operand, source = compiler.node(node.operand), compiler.range_of(node)
    if node.operator == "-":
        return compiler.fold(apply(NEGATION, (operand,), source), operand)

    def negate(activation: Activation) -> bool:
        value = operand(activation)
        if value is True:
            return False
        if value is False:
            return True
        raise source.error("`!` takes a bool", "no-such-overload")

    return compiler.fold(negate, operand)


def binary(compiler: Compiler, node: Binary) -> Evaluator:
    """Return the evaluator of an operation on two values."""
    operator = node.operator
    if operator in _DECIDING:
        return _logical(compiler, node)
    left, right = compiler.node(node.left), compiler.node(node.right)
    source = compiler.range_of(node)
    if operator in ("==", "!="):
        evaluate = _equality(compiler, left, right, operator == "==", source)
    elif operator == "in":
        evaluate = _membership(compiler, left, right, source)
    elif operator in _ORDERINGS:
        if compiler.metered and left not in compiler.constants and right not in compiler.constants:
            left, right = charged(left, source), charged(right, source)
        evaluate = _ordering(operator, left, right, source)
    else:
        evaluate = apply(OPERATORS[operator], (left, right), source)
        if compiler.metered:
            return charged(evaluate, source)
    return compiler.fold(evaluate, left, right)


_DECIDING: Final = {"&&": False, "||": True}
_NOT_CONSTANT: Final = object()


def _logical(compiler: Compiler, node: Binary) -> Evaluator:
    """Return the evaluator of a whole chain of ``&&`` or ``||``.

    An operand with the deciding value wins over the errors of operands before and after it.
    """
    operator = node.operator
    nodes: list[Expr] = [node.right]
    left = node.left
    while isinstance(left, Binary) and left.operator == operator:
        nodes.append(left.right)
        left = left.left
    nodes.append(left)
    clauses = tuple([(compiler.node(clause), compiler.range_of(clause)) for clause in reversed(nodes)])
    deciding = _DECIDING[operator]
    neutral = not deciding

    def evaluate(activation: Activation) -> bool:
        failure = None
        for clause, source in clauses:
            try:
                value = clause(activation)
            except EvaluationError as error:
                failure = failure or error
                continue
            if value is neutral:
                continue
            if value is deciding:
                return not neutral
            failure = failure or source.error(f"`{operator}` takes bools", "no-such-overload")
        if failure:
            raise failure
        return neutral

    return compiler.fold(evaluate, *(clause for clause, _ in clauses))


def _equality(
    compiler: Compiler, left: Evaluator, right: Evaluator, outcome: bool, source: SourceRange
) -> Evaluator:
    for operand, other in ((left, right), (right, left)):
        constant = compiler.constants.get(other, _NOT_CONSTANT)
        # Python's own equality has the right meaning against these.
        if isinstance(constant, (str, bytes)):
            return _equal_constant(operand, constant, outcome)
        if constant is None or isinstance(constant, bool):
            return _is_constant(operand, constant, outcome)
    equal = operators.equal
    metered = compiler.metered

    def evaluate(activation: Activation) -> bool:
        try:
            return (
                equal(left(activation), right(activation), activation.meter if metered else None) is outcome
            )
        except Failure as failure:
            raise source.located(failure) from None

    return evaluate


def _equal_constant(operand: Evaluator, constant: Any, outcome: bool) -> Evaluator:
    if outcome:
        return lambda activation: bool(operand(activation) == constant)
    return lambda activation: bool(operand(activation) != constant)


def _is_constant(operand: Evaluator, constant: bool | None, outcome: bool) -> Evaluator:
    if outcome:
        return lambda activation: operand(activation) is constant
    return lambda activation: operand(activation) is not constant


def _membership(compiler: Compiler, left: Evaluator, right: Evaluator, source: SourceRange) -> Evaluator:
    metered = compiler.metered

    def evaluate(activation: Activation) -> bool:
        element, container = left(activation), right(activation)
        if type(element) is str and type(container) is dict:
            return bool(element in container)
        try:
            return operators.contains(element, container, activation.meter if metered else None)
        except Failure as failure:
            raise source.located(failure) from None

    return evaluate


_ORDERINGS: Final = {symbol: OPERATORS[symbol].overloads[0].call for symbol in ("<", "<=", ">", ">=")}
_ORDERED: Final = frozenset({int, str, float})


def _ordering(operator: str, left: Evaluator, right: Evaluator, source: SourceRange) -> Evaluator:
    compare = _ORDERINGS[operator]
    table = dispatch_table(OPERATORS[operator], 2)

    def evaluate(activation: Activation) -> Any:
        a, b = left(activation), right(activation)
        kind = type(a)
        if kind is type(b) and kind in _ORDERED:
            return compare(a, b)
        implementation = table.get((class_of(a), class_of(b)))
        if implementation is None:
            raise source.error(no_overload_message(OPERATORS[operator], (a, b)), "no-such-overload")
        return implementation(a, b)

    return evaluate


def conditional(compiler: Compiler, node: Conditional) -> Evaluator:
    """Return the evaluator of ``condition ? then : otherwise``."""
    condition, then, otherwise = [compiler.node(child) for child in node.children]
    source = compiler.range_of(node.condition)

    def evaluate(activation: Activation) -> Any:
        value = condition(activation)
        if value is True:
            return then(activation)
        if value is False:
            return otherwise(activation)
        raise source.error("the condition of `?:` is not a bool", "no-such-overload")

    return compiler.fold(evaluate, condition, then, otherwise)

"""Operators: what they take, and comparisons that can have only one outcome."""

from __future__ import annotations

from collections.abc import Sequence

from .. import literals
from ..library.declarations import Function
from ..library.standard import NEGATION, OPERATORS
from ..suggest import closest
from ..syntax.nodes import Binary, Conditional, Expr, ListNode, Literal, Unary
from ..types import BOOL, DYN, STRING, EnumType, ListType, MapType, RecordType, Type
from .calls import result_of
from .core import Checker


def unary(checker: Checker, node: Unary) -> Type:
    """The type of `!x` or `-x`."""
    operand = checker.infer(node.operand)
    if node.operator == "!":
        checker.expect_bool(node.operand, operand, "`!` takes a bool")
        return BOOL
    return _operator(checker, NEGATION, [operand], node)


def binary(checker: Checker, node: Binary) -> Type:
    """The type of an operation on two values."""
    left, right = checker.infer(node.left), checker.infer(node.right)
    if node.operator in ("&&", "||"):
        checker.expect_bool(node.left, left, f"`{node.operator}` takes bools")
        checker.expect_bool(node.right, right, f"`{node.operator}` takes bools")
        return BOOL
    if node.operator in ("==", "!="):
        _equality(checker, node, left, right)
        return BOOL
    if node.operator == "in":
        _membership(checker, node, left, checker.inference.known(right))
        return BOOL
    return _operator(checker, OPERATORS[node.operator], [left, right], node)


def _operator(checker: Checker, function: Function, operands: Sequence[Type], node: Expr) -> Type:
    result = result_of(checker, function, operands)
    if result is not None:
        return result
    said = " and ".join(map(checker.say, operands))
    message = f"operator `{function.name}` does not take {said}"
    if function.name == "+" and STRING in map(checker.inference.finish, operands):
        message += "; convert with string()"
    checker.problem("wrong-type", message, node.start, node.end)
    return DYN


def _equality(checker: Checker, node: Binary, left: Type, right: Type) -> None:
    code, outcome = ("never-true", "never") if node.operator == "==" else ("always-true", "always")
    if not checker.inference.may_equal(left, right):
        message = f"{checker.say(left)} and {checker.say(right)} are never equal, so this is {outcome} true"
        checker.problem(code, message, node.start, node.end)
        return
    _possible(checker, node.left, right)
    _possible(checker, node.right, left)


def _membership(checker: Checker, node: Binary, element: Type, container: Type) -> None:
    if isinstance(container, ListType):
        wanted = container.element
    elif isinstance(container, MapType):
        wanted = container.key
    elif isinstance(container, RecordType):
        wanted = STRING
    else:
        checker.expect_container(
            node.right, container, "`in`", " (for a part of a text: `text.contains(part)`)"
        )
        return
    if not checker.inference.may_equal(element, wanted):
        message = f"{checker.say(element)} is never in {checker.say(container)}"
        checker.problem("never-true", message, node.start, node.end)
    elif isinstance(node.right, ListNode):
        for part in node.right.elements:
            _possible(checker, part, element)


def _possible(checker: Checker, node: Expr, type_: Type) -> None:
    """A literal compared with an enumeration must be one of its values."""
    type_ = checker.inference.known(type_)
    if not isinstance(type_, EnumType) or not isinstance(node, Literal) or not isinstance(node.value, str):
        return
    if node.value not in type_.values:
        message = f"never {literals.quote(node.value)}: it is one of {', '.join(type_.values)}"
        suggestion = closest(node.value, type_.values)
        checker.problem("impossible-value", message, node.start, node.end, suggestion)


def conditional(checker: Checker, node: Conditional) -> Type:
    """The type of `a ? b : c`."""
    condition = checker.infer(node.condition)
    checker.expect_bool(node.condition, condition, "the condition must be a bool")
    return checker.inference.join([checker.infer(node.then), checker.infer(node.otherwise)])

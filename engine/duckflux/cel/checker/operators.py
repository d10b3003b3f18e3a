"""Check operators: the types of their operands, and comparisons with only one possible outcome."""

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
    """Return the type of `!x` or `-x`."""
    operand = checker.infer(node.operand)
    if node.operator == "!":
        checker.expect_bool(node.operand, operand, "`!` takes a bool")
        return BOOL
    return _operator(checker, NEGATION, [operand], node)


def binary(checker: Checker, node: Binary) -> Type:
    """Return the type of an operation on two values."""
    left, right = checker.infer(node.left), checker.infer(node.right)
    if node.operator in ("&&", "||"):
        checker.expect_bool(node.left, left, f"`{node.operator}` takes bools")
        checker.expect_bool(node.right, right, f"`{node.operator}` takes bools")
        return BOOL
    if node.operator in ("==", "!="):
        _equality(checker, node, left, right)
        return BOOL
    if node.operator == "in":
        _membership(checker, node, left, checker.inference.resolve(right))
        return BOOL
    return _operator(checker, OPERATORS[node.operator], [left, right], node)


def _operator(checker: Checker, function: Function, operands: Sequence[Type], node: Expr) -> Type:
    result = result_of(checker, function, operands)
    if result is not None:
        return result
    names = " and ".join(map(checker.display, operands))
    message = f"operator `{function.name}` does not take {names}"
    if function.name == "+" and STRING in map(checker.inference.substitute, operands):
        message += "; convert with string()"
    checker.problem("wrong-type", message, node.start, node.end)
    return DYN


def _equality(checker: Checker, node: Binary, left: Type, right: Type) -> None:
    code, outcome = ("never-true", "never") if node.operator == "==" else ("always-true", "always")
    if not checker.inference.may_equal(left, right):
        message = (
            f"{checker.display(left)} and {checker.display(right)} are never equal, so this is {outcome} true"
        )
        checker.problem(code, message, node.start, node.end)
        return
    _check_enum_literal(checker, node.left, right)
    _check_enum_literal(checker, node.right, left)


def _membership(checker: Checker, node: Binary, element: Type, container: Type) -> None:
    if isinstance(container, ListType):
        expected = container.element
    elif isinstance(container, MapType):
        expected = container.key
    elif isinstance(container, RecordType):
        expected = STRING
    else:
        checker.expect_container(
            node.right, container, "`in`", " (to find a substring: `text.contains(part)`)"
        )
        return
    if not checker.inference.may_equal(element, expected):
        message = f"{checker.display(element)} is never in {checker.display(container)}"
        checker.problem("never-true", message, node.start, node.end)
    elif isinstance(node.right, ListNode):
        for part in node.right.elements:
            _check_enum_literal(checker, part, element)


def _check_enum_literal(checker: Checker, node: Expr, type_: Type) -> None:
    """Report a literal that is compared with an enumeration and is none of its values."""
    type_ = checker.inference.resolve(type_)
    if not isinstance(type_, EnumType) or not isinstance(node, Literal) or not isinstance(node.value, str):
        return
    if node.value not in type_.values:
        message = f"never {literals.quote(node.value)}: it is one of {', '.join(type_.values)}"
        suggestion = closest(node.value, type_.values)
        checker.problem("impossible-value", message, node.start, node.end, suggestion)


def conditional(checker: Checker, node: Conditional) -> Type:
    """Return the type of `a ? b : c`."""
    condition = checker.infer(node.condition)
    checker.expect_bool(node.condition, condition, "the condition must be a bool")
    return checker.inference.join([checker.infer(node.then), checker.infer(node.otherwise)])

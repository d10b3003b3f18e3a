"""Check the types of an expression (CEL spec, "Gradual Type Checking").

Every node gets a type. A problem is reported only where an operation cannot work; dynamic values have none.
The code of a problem is one of ``CODES``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from ..errors import Problem
from ..syntax.nodes import (
    Ast,
    Binary,
    Call,
    Conditional,
    Error,
    Expr,
    Ident,
    Index,
    ListNode,
    Literal,
    Macro,
    MapNode,
    Select,
    Unary,
)
from ..syntax.recursion import raised_recursion_limit
from ..types import Type
from . import calls, macros, names, operators, values
from .constants import constant_failures
from .core import Checker, Scope, TypeRules

CODES: Final[Mapping[str, str]] = {
    "syntax": "The text is not a valid expression.",
    "reserved": "A reserved word is used as a name.",
    "too-complex": "The expression is nested too deeply.",
    "bad-macro": "A macro is used incorrectly.",
    "undeclared": "No variable has this name.",
    "unknown-function": "No function has this name, or it is not called this way.",
    "no-such-field": "The record has no such field.",
    "never-present": "`has` tests a field that the record cannot have.",
    "wrong-type": "An operand, argument or element has a type that cannot work.",
    "wrong-arguments": "The function does not take this number of arguments.",
    "invalid-argument": "The function rejects a literal argument.",
    "always-fails": "A constant part cannot be evaluated.",
    "not-bool": "A condition is not a bool.",
    "never-true": "The comparison can never be true.",
    "always-true": "The comparison can never be false.",
    "impossible-value": "The string is not one of the possible values.",
}


class Checked(msgspec.Struct, frozen=True, eq=False):
    """A checked expression: the type of the whole, the types of all nodes (by identity), and the problems.

    ``problems`` has none of the parser's, which are in ``ast.errors``.
    """

    ast: Ast
    type: Type
    types: Mapping[Expr, Type]
    problems: tuple[Problem, ...]


def check(ast: Ast, scope: Scope, *, expected: Type | None = None) -> Checked:
    """Return ``ast`` checked with the variables of ``scope``.

    With ``expected``, the value of the expression must be assignable to that type.
    """
    checker = Checker(ast, scope, _RULES)
    with raised_recursion_limit(len(ast.text)):
        root = checker.infer(ast.root)
        if expected is not None:
            checker.expect(ast.root, root, expected)
        types = checker.resolved_types()
    found = [*checker.problems]
    for failure in constant_failures(ast):
        if not any(one.start < failure.end and failure.start < one.end for one in checker.problems):
            found.append(failure)
    problems = sorted(found, key=lambda problem: (problem.start, problem.end))
    return Checked(ast, types[ast.root], types, tuple(problems))


_RULES: Final[TypeRules] = {
    Literal: values.literal,
    Ident: names.ident,
    Select: names.select,
    Index: names.index,
    Call: calls.call,
    Macro: macros.macro,
    Unary: operators.unary,
    Binary: operators.binary,
    Conditional: operators.conditional,
    ListNode: values.list_of,
    MapNode: values.map_of,
    Error: values.error,
}

__all__ = ["CODES", "Checked", "Scope", "check"]

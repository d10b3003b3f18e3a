"""Compile syntax trees to closures, which take an activation and return a value.

Constant parts are evaluated once, during compilation. An expression with macros is metered: see docs/cel.md,
"Limits".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from ..cost import CostMeter
from ..errors import EvaluationError, ParseError
from ..library.declarations import Library
from ..library.standard import STANDARD
from ..syntax.nodes import (
    Ast,
    Binary,
    Call,
    Conditional,
    Ident,
    Index,
    ListNode,
    Literal,
    Macro,
    MapNode,
    Select,
    Unary,
)
from ..syntax.parser import parse
from ..syntax.recursion import raised_recursion_limit
from . import aggregates, attributes, calls, macros, operators
from .activation import Evaluator, NestedActivation
from .core import COST_LIMIT, Compiler, CompileRules


class Program:
    """A compiled expression. Call it with an activation: a mapping from the names it uses to plain values.

    Calling raises EvaluationError. A name for which the activation raises KeyError is undeclared. The activation
    is only read, and only where the expression needs it, so it may be lazy. A value may share parts with it.
    """

    __slots__ = ("_evaluate", "_metered", "ast", "cost_limit")

    def __init__(self, ast: Ast, evaluate: Evaluator, metered: bool, cost_limit: int) -> None:
        self.ast = ast
        self.cost_limit = cost_limit
        self._evaluate = evaluate
        self._metered = metered

    def __call__(self, activation: Mapping[str, Any]) -> Any:
        """Return the value of the expression. Raise EvaluationError."""
        try:
            if self._metered:
                return self._evaluate(NestedActivation(activation, CostMeter(self.cost_limit)))
            return self._evaluate(activation)
        except RecursionError:
            raise EvaluationError(
                "the values are nested too deeply", 0, len(self.ast.text), "too-complex"
            ) from None


def compile(source: str | Ast, library: Library = STANDARD, *, cost_limit: int = COST_LIMIT) -> Program:
    """Return the program of a text or of a syntax tree; a tree brings its own library.

    ``cost_limit`` is in units, see docs/cel.md, "Limits". Programs are cached by text. Raise ParseError, with the
    problems, when the text has syntax errors.
    """
    return _compile(source if isinstance(source, Ast) else parse(source, library), cost_limit)


@lru_cache(4096)
def _compile(ast: Ast, cost_limit: int) -> Program:
    if ast.errors:
        raise ParseError(ast.errors)
    compiler = Compiler(ast, RULES)
    with raised_recursion_limit(len(ast.text)):
        return Program(ast, compiler.node(ast.root), compiler.metered, cost_limit)


RULES: Final[CompileRules] = {
    Literal: attributes.literal,
    Ident: attributes.ident,
    Select: attributes.select,
    Index: attributes.index,
    Call: calls.call,
    Unary: operators.unary,
    Binary: operators.binary,
    Conditional: operators.conditional,
    ListNode: aggregates.list_of,
    MapNode: aggregates.map_of,
    Macro: macros.macro,
}
"""The functions that compile the classes of nodes."""

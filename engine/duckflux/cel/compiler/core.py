"""The compiler of one syntax tree: a closure per node, with constant parts evaluated in advance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from ..cost import CostMeter
from ..errors import EvaluationError, Failure
from ..syntax.nodes import Ast, Expr, Macro, walk
from .activation import Activation, Evaluator, NestedActivation
from .source_range import SourceRange

COST_LIMIT: Final = 10_000_000
"""The cost of an evaluation, in units, beyond which it fails."""


class Compiler:
    """Compiles the nodes of one tree; ``rules`` has the function that compiles each class of node."""

    __slots__ = ("_rules", "ast", "constants", "metered")

    def __init__(self, ast: Ast, rules: CompileRules) -> None:
        self.ast = ast
        self._rules = rules
        self.metered = any(isinstance(node, Macro) and node.function != "has" for node in walk(ast.root))
        self.constants: dict[Evaluator, Any] = {}

    def node(self, node: Expr) -> Evaluator:
        """Return the closure that evaluates ``node``."""
        return self._rules[type(node)](self, node)

    def range_of(self, node: Expr) -> SourceRange:
        """Return the range of ``node``, for errors."""
        return SourceRange(self.ast.text, node.start, node.end)

    def constant(self, value: Any) -> Evaluator:
        """Return a closure that gives ``value``, and record that it is constant."""

        def evaluate(_: Activation) -> Any:
            return value

        self.constants[evaluate] = value
        return evaluate

    def fold(self, evaluate: Evaluator, *operands: Evaluator) -> Evaluator:
        """Return ``evaluate``, or its value as a constant if all operands are constant and it succeeds."""
        for operand in operands:
            if operand not in self.constants:
                return evaluate
        try:
            return self.constant(evaluate(NestedActivation({}, CostMeter(COST_LIMIT))))
        except EvaluationError:
            return evaluate


CompileRules: TypeAlias = Mapping[type, Callable[[Compiler, Any], Evaluator]]


def charged(evaluate: Evaluator, source: SourceRange) -> Evaluator:
    """Return ``evaluate`` with a cost that grows with the length of its value."""

    def evaluate_charged(activation: Activation) -> Any:
        value = evaluate(activation)
        if type(value) is str or type(value) is list or type(value) is bytes:
            try:
                activation.meter.spend(len(value) >> 6)
            except Failure as failure:
                raise source.located(failure) from None
        return value

    return evaluate_charged

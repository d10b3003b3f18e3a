"""The values of names during an evaluation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from ..cost import CostMeter

Activation: TypeAlias = Any
"""A mapping from names to values: the caller's, or a NestedActivation over it in an expression with macros."""

Evaluator: TypeAlias = Callable[[Activation], Any]
"""A compiled node: returns the value of the node, or raises EvaluationError."""


class NestedActivation(dict[str, Any]):
    """The variables of a macro over those of ``outer``; ``meter`` is the cost left to the evaluation."""

    __slots__ = ("meter", "outer")

    def __init__(self, outer: Activation, meter: CostMeter) -> None:
        self.outer = outer
        self.meter = meter

    def __missing__(self, name: str) -> Any:
        return self.outer[name]

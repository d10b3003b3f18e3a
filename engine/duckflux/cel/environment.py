"""Where names get their values during an evaluation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from .operators import Meter

Environment: TypeAlias = Any
"""What closures read names from: the caller's activation, or a Scope over it in an expression with macros."""

Evaluate: TypeAlias = Callable[[Environment], Any]


class Bindings(dict[str, Any]):
    """The variables of a macro over those around it; ``meter`` is the cost left to the evaluation."""

    __slots__ = ("meter", "outer")

    def __init__(self, outer: Environment, meter: Meter) -> None:
        self.outer = outer
        self.meter = meter

    def __missing__(self, name: str) -> Any:
        return self.outer[name]

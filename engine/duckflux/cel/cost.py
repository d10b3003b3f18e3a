"""The cost of an evaluation and the size of its values, both limited; see docs/cel.md, "Limits"."""

from __future__ import annotations

from typing import Final

from .errors import Failure

MAX_SIZE: Final = 10_000_000
"""The greatest length of a string, a list or a map that an expression builds."""


def cost_exceeded() -> Failure:
    """Return the failure of an evaluation that has used up its cost."""
    return Failure("the evaluation costs too much", "too-costly")


class CostMeter:
    """The cost that is left to an evaluation, in units."""

    __slots__ = ("remaining",)

    def __init__(self, limit: int) -> None:
        self.remaining = limit

    def spend(self, cost: int) -> None:
        """Take ``cost`` units off. Raise Failure when fewer are left."""
        self.remaining -= cost
        if self.remaining < 0:
            raise cost_exceeded()

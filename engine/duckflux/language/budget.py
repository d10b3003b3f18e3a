"""Ends a computation that takes too long, or that nobody waits for any more.

Who asks for a computation gives it a budget; what computes checks it wherever its work grows with the
text. Without a budget, as on the command line, everything is computed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class OverBudgetError(Exception):
    """The budget of a computation is spent."""


class Budget:
    """The time until which a computation may go on. Threads may share one."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """Return the seconds that are left, 0 if the budget is spent."""
        return max(0.0, self._end - time.monotonic())

    def end(self) -> None:
        """Let the computation end at its next check."""
        self._end = 0.0


_current: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def limited_to(budget: Budget | None) -> Iterator[None]:
    """Compute within a budget, also in threads that are started with this context."""
    token = _current.set(budget)
    try:
        yield
    finally:
        _current.reset(token)


def current_budget() -> Budget | None:
    """Return the budget of the current computation, None if it has none."""
    return _current.get()


def check_budget() -> None:
    """Raise OverBudgetError if the budget of the current computation is spent."""
    budget = _current.get()
    if budget is not None and not budget.seconds_left:
        raise OverBudgetError

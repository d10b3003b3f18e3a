"""Who decides what happens with a step before it runs: resume, replay and a debugger are controllers."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, TypeAlias


class Identity(NamedTuple):
    """Which execution of which step this is, the same in every run of the same workflow on the same inputs.

    `workflow` is the file and `path` the JSON pointer of the step in it; `iterations` are the 0-based indices of
    all enclosing loops, `branch` those of all enclosing parallel branches (`1.0`), `attempt` counts from 1, and
    `callers` are the pointers of the steps, outermost first, that called this sub-workflow or fallback.
    """

    workflow: str
    path: str
    iterations: tuple[int, ...]
    branch: str | None
    attempt: int
    callers: tuple[str, ...] = ()


class Proceed(NamedTuple):
    """Run the step."""


class Reuse(NamedTuple):
    """Don't run it: this JSON value, recorded in an earlier run, is its output."""

    output: Any


Decision: TypeAlias = Proceed | Reuse
PROCEED = Proceed()


class Controller(Protocol):
    async def before(self, step: Identity) -> Decision:
        """Asked before each attempt of each participant step; may take its time, as a debugger does."""

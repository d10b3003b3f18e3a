"""Defines what a debugger is told by a run, and how it changes the run's course.

A run holds a `DebugPort`; as long as no debugger is attached to it, a run pays one comparison for each step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import msgspec

from ..errors import Redirected

if TYPE_CHECKING:
    from duckflux.language.model.workflow import Step

    from ..errors import StepError
    from .step_settings import StepSettings

# Their modules depend on this one: a `ControlThread` and a `Run`.
Thread: TypeAlias = Any
DebuggedRun: TypeAlias = Any

# `participant.NAME` is the field of `reached` where the participant of a step is about to run.
PARTICIPANT = "participant"


class TryAgain(msgspec.Struct, frozen=True):
    """Run the failed step again, with its new settings if they are given."""

    settings: StepSettings | None = None


class UseOutput(msgspec.Struct, frozen=True):
    """Take a JSON value as the output of the failed step, which counts as a success."""

    output: Any


class SkipStep(msgspec.Struct, frozen=True):
    """Go on as if the failed step had been skipped."""


class Fail(msgspec.Struct, frozen=True):
    """Let the failure happen: its handling, if it has one, else the end of the run."""


Recovery: TypeAlias = TryAgain | UseOutput | SkipStep | Fail
FAIL_ON = Fail()


class Failure(msgspec.Struct, frozen=True):
    """A failure that a debugger is asked about, before it is handled or reported.

    `attempt` counts from 1. `will_retry` tells whether the step's own `retry` runs it again; `is_handled`
    whether its `onError` is to deal with it. `settings` are those of a step that runs a participant.
    """

    path: str
    error: StepError
    attempt: int = 1
    will_retry: bool = False
    is_handled: bool = False
    settings: StepSettings | None = None


class Jump(Redirected):
    """Sends a control thread to a step of a list that it is in; `land` is called when it has come there."""

    def __init__(self, thread: Thread, steps: Sequence[Step], index: int, land: Callable[[], None]) -> None:
        super().__init__("the debugger goes on elsewhere")
        self._thread = thread
        self._steps = steps
        self._index = index
        self._land = land

    def landed_in(self, steps: Sequence[Step], thread: Thread) -> int:
        """Return where to go on in a list of steps. Raises itself if the jump leads out of it."""
        if thread is not self._thread or steps is not self._steps:
            raise self
        self._land()
        return self._index


class Debugger(Protocol):
    """Is asked before each step and expression, and about each failure.

    The methods that are not coroutines are called often and return whether the thread is to be held; only
    then is the coroutine called, which returns when the thread may go on, or raises Jump.
    """

    def step_reached(self, thread: Thread, steps: Sequence[Step], index: int) -> bool:
        """Return whether to hold a thread before a step of a list."""

    def reached(self, thread: Thread, path: str, field: str) -> bool:
        """Return whether to hold a thread before an expression of a step, or before its participant runs."""

    async def hold(self, thread: Thread) -> None:
        """Hold a thread. Raises Jump."""

    def failure_reached(self, thread: Thread, failure: Failure) -> bool:
        """Return whether to hold a thread at a failure."""

    async def recover(self, thread: Thread) -> Recovery:
        """Hold a thread at a failure and return how to go on. Raises Jump."""

    def step_ended(self, thread: Thread, step: Step) -> None:
        """Take note of the end of a step."""

    def forked(self, thread: Thread, branches: Sequence[Thread]) -> None:
        """Take note of branches that are about to run."""

    def branch_ended(self, thread: Thread) -> None:
        """Take note of a branch that has come to its end."""

    def joined(self, thread: Thread, branches: Sequence[Thread]) -> None:
        """Take note of the end of all branches."""


class DebugPort:
    """The place where a debugger is attached to a run and detached from it, also while the run goes on.

    `run` is set when the run begins. `asks_at_fields` tells whether the debugger has a reason to stop at
    expressions and participants: where it has none, it need not be asked there.
    """

    __slots__ = ("_limits", "asks_at_fields", "debugger", "run")

    def __init__(self) -> None:
        self.debugger: Debugger | None = None
        self.asks_at_fields = False
        self.run: DebuggedRun | None = None
        self._limits: list[_Limit] = []

    async def reach(self, thread: Thread, path: str, field: str) -> None:
        """Let the debugger hold a thread before an expression. Raises Jump."""
        debugger = self.debugger
        if debugger is not None and debugger.reached(thread, path, field):
            await debugger.hold(thread)

    async def ask_about(self, thread: Thread, failure: Failure) -> Recovery:
        """Return how to go on after a failure. Raises Jump."""
        debugger, error = self.debugger, failure.error
        if debugger is None or error.was_asked:
            return FAIL_ON
        error.was_asked = True
        return await debugger.recover(thread) if debugger.failure_reached(thread, failure) else FAIL_ON

    @contextmanager
    def limited(self, thread: Thread, limit: asyncio.Timeout) -> Iterator[None]:
        """Make a timeout known, which does not run while a thread inside of it is held."""
        entry = _Limit(limit, thread.branch)
        self._limits.append(entry)
        try:
            yield
        finally:
            self._limits.remove(entry)

    @contextmanager
    def suspended_limits(self, thread: Thread) -> Iterator[None]:
        """Stop the timeouts around a thread meanwhile."""
        around = [limit for limit in self._limits if limit.is_around(thread.branch)]
        for limit in around:
            limit.suspend()
        try:
            yield
        finally:
            for limit in around:
                limit.resume()


class _Limit:
    """A timeout that can be suspended, by several threads at once."""

    __slots__ = ("_branch", "_holders", "_limit", "_rest")

    def __init__(self, limit: asyncio.Timeout, branch: str | None) -> None:
        self._limit = limit
        self._branch = branch
        self._holders = 0
        self._rest: float | None = None

    def is_around(self, branch: str | None) -> bool:
        """Return whether a thread of a branch runs inside of it."""
        return self._branch is None or f"{branch}.".startswith(f"{self._branch}.")

    def suspend(self) -> None:
        when = self._limit.when()
        if self._holders == 0 and when is not None and not self._limit.expired():
            self._rest = when - asyncio.get_running_loop().time()
            self._limit.reschedule(None)
        self._holders += 1

    def resume(self) -> None:
        self._holders -= 1
        if self._holders == 0 and self._rest is not None:
            rest, self._rest = self._rest, None
            self._limit.reschedule(asyncio.get_running_loop().time() + rest)

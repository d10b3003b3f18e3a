"""Defines what durable runs need of the engine that keeps them: nothing here is of one vendor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from .records import RunRequest

# `interrupted` is one that runs, but whose program is gone: another one has to go on with it.
RunState: TypeAlias = Literal["waiting", "running", "interrupted", "success", "failure", "cancelled"]
OPEN_STATES: tuple[RunState, ...] = ("waiting", "running", "interrupted")


class StoreError(Exception):
    """A store cannot be used; the message is for users and contains no credentials."""


class RunInfo(NamedTuple):
    """Describes a run of a store.

    Times are milliseconds since 1970; `result` is the text of a RunResult, None before the end; `holder` names
    the worker that has it now or had it last.
    """

    id: str
    state: RunState
    workflow: str
    created: int
    started: int | None
    finished: int | None
    holder: str | None
    result: str | None


class Schedule(NamedTuple):
    """Says when runs are asked for: at the times of a cron expression, in UTC or another time zone.

    `workflow` names the workflow and `last` is when a run was asked for last, in ISO 8601.
    """

    name: str
    cron: str
    timezone: str | None = None
    workflow: str = ""
    last: str | None = None


class Client(Protocol):
    """Asks for runs, and finds out about them. Methods block; they raise StoreError."""

    def submit(self, request: RunRequest) -> bool:
        """Ask for a run, and return whether it is new: one with this id may exist."""

    def schedule(self, schedule: Schedule, request: RunRequest) -> None:
        """Have a run asked for whenever a schedule says; one of its name is replaced."""

    def schedules(self) -> list[Schedule]:
        """Return all schedules."""

    def unschedule(self, name: str) -> bool:
        """Delete a schedule, and return whether there was one."""

    def find(self, id_: str) -> RunInfo | None:
        """Return a run, None if there is none with this id."""

    def request(self, id_: str) -> RunRequest | None:
        """Return what was asked for with a run, None if there is none with this id."""

    def runs(self, states: Sequence[RunState] = (), limit: int = 100) -> list[RunInfo]:
        """Return runs, the newest first."""

    def cancel(self, id_: str) -> None:
        """Have a run end as soon as possible."""

    def delete(self, ids: Sequence[str]) -> None:
        """Delete runs that have ended, with all that is stored of them."""

    def events(self, id_: str) -> Iterator[str]:
        """Yield what a run publishes, from its begin to its end, and wait for more; see `Kept.publish`."""

    def workers(self) -> int:
        """Return how many workers live, as far as known."""

    def close(self) -> None:
        """Disconnect."""


class Kept(Protocol):
    """Keeps a run for the program that has it now: it fails once another program has it."""

    async def read(self) -> list[str]:
        """Return the texts that were appended, by all programs that have had the run."""

    async def append(self, text: str) -> None:
        """Keep a text, and return when it cannot be lost any more."""

    def publish(self, text: str) -> None:
        """Send a text to those who follow the run. Blocks; called from any one thread."""


class Jobs(Protocol):
    """Has jobs done by all workers of a store."""

    async def result(
        self, key: str, request: str, label: str | None, tell: Callable[[str], None] | None = None
    ) -> str:
        """Return the result of a job. One with this key that is under way, or done, is not begun again.

        `tell` gets the texts that are sent meanwhile. Of a job that was begun earlier, these are the last few.
        """


# Sends a text to who waits for a job, while it is performed. Raises OSError if the store is slow or away.
Send: TypeAlias = Callable[[str], Awaitable[None]]


class Handlers(NamedTuple):
    """Holds what a worker does: `run` a run, given its request, and `perform` a job; both return a text."""

    run: Callable[[str, Kept, Jobs], Awaitable[str]]
    perform: Callable[[str, Send], Awaitable[str]]


class WorkerOptions(NamedTuple):
    """Says which work a worker takes: that for all and of its labels, and how many jobs at once."""

    slots: int
    labels: tuple[str, ...] = ()


Serve: TypeAlias = Callable[[Handlers, WorkerOptions], Awaitable[Any]]

"""Defines jobs: what a step asks to be done, with all of its expressions evaluated.

A job and its result are plain data, so that another program, on another machine, can perform it.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, Self, TypeAlias

import msgspec

from ..engine.controller import Identity
from ..process.supervisor import Supervisor
from ..secrets import Secrets

# The environment variable, and the header of a request, that tell a step's key.
KEY_VARIABLE, KEY_HEADER = "DUCKFLUX_STEP_KEY", "Idempotency-Key"


class Job(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Says what a step asks to be done: the base of the jobs of all participant types."""

    def moved(self, old: str, new: str) -> Self:
        """Return the job with its paths below the folder `new` in place of `old`."""
        return self


def moved_path(path: str, old: str, new: str) -> str:
    """Return a path below the folder `new` that is below `old` now; another path stays."""
    relative = os.path.relpath(path, old)
    return path if relative.startswith("..") else os.path.normpath(os.path.join(new, relative))


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Tells how a job failed: a StepError without its place, which is known where the workflow is."""

    message: str
    code: str
    field: str | None = None
    output: Any = None
    exit_code: int | None = None
    stderr: str | None = None


class Done(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Tells what was done: the base of the results of all participant types."""

    problem: Problem | None = None


class StepOutput(msgspec.Struct, frozen=True):
    """Takes the output of a job while it is performed.

    `write(stream, text)` receives what is written to `stdout` and `stderr`, None if nobody wants it; reading
    pauses while `is_congested()`.
    """

    write: Callable[[str, str], None] | None = None
    is_congested: Callable[[], bool] = lambda: False


class Host(Protocol):
    """Gives jobs what they need of the program that performs them; a run is a host.

    `shared` is what jobs of one participant type share, and `at_end` the functions that close it.
    """

    environment: Mapping[str, str]
    supervisor: Supervisor
    secrets: Secrets
    shared: dict[str, Any]
    at_end: list[Callable[[], Awaitable[None]]]


Here: TypeAlias = Callable[[], Awaitable[Done]]


class Performer(Protocol):
    """Has the jobs of a run performed, here or elsewhere."""

    def key(self, step: Identity) -> str:
        """Return what tells one execution of a step from all others, and is the same each time it is tried."""

    async def perform(self, step: Identity, type_: str, job: Job, output: StepOutput, here: Here) -> Done:
        """Return what was done; `here` performs the job in this program."""

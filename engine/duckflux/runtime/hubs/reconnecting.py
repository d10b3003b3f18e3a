"""Keeps the link to a hub's server: tells whether it can be reached, and tries again until it can."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from ..events.stream import Warn

_PAUSE = 0.1
T = TypeVar("T")


class ServerLink:
    """The link to a server.

    `name` is its name for users (`redis at localhost:6379`); `warn` is called once for each change;
    `transient_errors` are the errors that mean that it cannot be reached now.
    """

    def __init__(self, name: str, warn: Warn, transient_errors: tuple[type[Exception], ...]) -> None:
        self.name = name
        self.unreachable_reason: str | None = None
        self._warn = warn
        self._transient_errors: tuple[type[Exception], ...] = (OSError, *transient_errors)

    async def retry_until_reachable(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return the result of `attempt`, which is called again while it raises a transient error."""
        task = asyncio.current_task()
        cancelled = task.cancelling() if task else 0
        while True:
            try:
                result = await attempt()
            except self._transient_errors as error:
                self._on_failure(failure_reason(error))
                await asyncio.sleep(_PAUSE)
            else:
                self._on_success()
                if task and task.cancelling() > cancelled:
                    # The cancellation came together with an answer, and the library swallowed it.
                    raise asyncio.CancelledError
                return result

    def _on_failure(self, reason: str) -> None:
        if self.unreachable_reason is None:
            self._warn(f"{self.name} can't be reached ({reason}); trying again")
        self.unreachable_reason = f"{self.name} can't be reached ({reason})"

    def _on_success(self) -> None:
        if self.unreachable_reason is not None:
            self._warn(f"{self.name} can be reached again")
        self.unreachable_reason = None


async def cancel_all(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks until all have ended."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_PAUSE)


def failure_reason(error: BaseException) -> str:
    """Return why a server cannot be reached, in a few words and without its address, which libraries include."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno) if cause.errno > 0 else cause.strerror or type(cause).__name__
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error).partition("\n")[0] or type(error).__name__

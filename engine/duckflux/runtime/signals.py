"""Handles signals: the state inherited from the parent process, and requests to end."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine

_T = TypeVar("_T")


class EndedBySignalError(Exception):
    """A signal has ended the work; `code` is the exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def reset_signals() -> None:
    """Set SIGCHLD, SIGTERM and the signal mask to their defaults, for this process and all that it starts.

    A parent may have left them otherwise. Where SIGCHLD is ignored, exit codes of commands cannot be known;
    SIGTERM ends runs and their steps. SIGINT, SIGHUP and SIGQUIT stay ignored where they are, as `nohup` and
    `command &` want it.
    """
    if os.name != "posix":
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def end_quietly_at_interrupt() -> None:
    """Have SIGINT end the process without a traceback, unless it is ignored or handled."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def on_termination_signal(loop: asyncio.AbstractEventLoop, call: Callable[[int], None]) -> None:
    """Have `call` called with the exit code at each SIGINT, SIGTERM and SIGHUP that is not ignored."""
    if os.name != "posix":
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, call, 128 + number)


class CancelledBySignal:
    """Cancels a task at a signal that asks to end; `code` is the exit code then, None before."""

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self._task = task
        self.code: int | None = None
        on_termination_signal(task.get_loop(), self.cancel)

    def cancel(self, code: int) -> None:
        """Cancel the task. The first code counts."""
        if self.code is None:
            self.code = code
        self._task.cancel()


async def until_signal(work: Coroutine[Any, Any, _T]) -> _T:
    """Return what `work` returns. Raises EndedBySignalError at a signal, when the work has ended."""
    import asyncio

    task = asyncio.ensure_future(work)
    cancelled = CancelledBySignal(task)
    await asyncio.wait({task})
    if cancelled.code is not None:
        raise EndedBySignalError(cancelled.code)
    return task.result()

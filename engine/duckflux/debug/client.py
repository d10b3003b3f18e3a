"""Defines what a debugger tells those who use it."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol, TypeAlias

from ..runtime.engine.variables import ScopedVariables
from .breakpoints import Breakpoint
from .frames import Frame
from .values import Container

StopReason: TypeAlias = Literal[
    "entry", "step", "breakpoint", "exception", "pause", "data breakpoint", "restart", "goto"
]
Motion: TypeAlias = Literal["continue", "next", "in", "out"]
# What happens to other threads while one is stopped.
RUN_OTHERS, HOLD_OTHERS = "run", "hold"


class DebugError(Exception):
    """A request can't be met; the message is for users."""


class Stop(NamedTuple):
    """A thread has stopped; `others_too` tells that all other threads are held."""

    thread: int
    reason: StopReason
    text: str = ""
    breakpoints: tuple[int, ...] = ()
    others_too: bool = False


class ThreadInfo(NamedTuple):
    """A thread: the main one or a branch of a `parallel`."""

    id: int
    name: str


class StackFrame(NamedTuple):
    """A frame of a thread with its file and the variables that expressions see there."""

    frame: Frame
    file: str
    variables: ScopedVariables


class Scope(NamedTuple):
    """A group of values of a frame; an `expensive` one is opened only on demand."""

    name: str
    inner: Container
    expensive: bool = False
    hint: str = ""


class Client(Protocol):
    """Is told what happens; the methods return at once."""

    def stopped(self, stop: Stop) -> None:
        """Take note that a thread has stopped."""

    def ended(self, code: int) -> None:
        """Take note that what is debugged has ended, with an exit code."""

    def thread_changed(self, thread: int, started: bool) -> None:
        """Take note of a thread that begins or has ended."""

    def printed(self, text: str, file: str = "", line: int = 0) -> None:
        """Show a text of the debugger; `file` and `line`, from 0, say where it comes from."""

    def breakpoint_changed(self, file: str, breakpoint_: Breakpoint) -> None:
        """Take note that a breakpoint stands somewhere else now."""

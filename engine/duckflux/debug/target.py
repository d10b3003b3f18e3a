"""Defines what can be debugged: a run that goes on, or the trace of one that has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..runtime.secrets import Secrets
from .breakpoints import Breakpoint
from .client import Motion, Scope, StackFrame, ThreadInfo
from .failure_filters import Filters
from .sites import Sites


class Target(Protocol):
    """The run or trace that a user debugs.

    All methods return at once, and raise DebugError for what can't be done. `index` is that of a frame in the
    stack of a thread, innermost first. `goes_back` tells whether it can be walked backwards, and then nothing
    in it can be changed.
    """

    goes_back: bool
    secrets: Secrets

    def threads(self) -> list[ThreadInfo]:
        """Return all threads, the main one first."""

    def is_stopped(self, thread: int) -> bool:
        """Return whether a thread is held."""

    def stack(self, thread: int) -> list[StackFrame]:
        """Return the frames of a thread, innermost first."""

    def scopes(self, thread: int, index: int) -> list[Scope]:
        """Return the values of a frame."""

    def failure(self, thread: int) -> Mapping[str, Any] | None:
        """Return what is known of the failure that a thread is stopped at, None for another stop."""

    def move(self, thread: int, motion: Motion, *, alone: bool = False) -> bool:
        """Let a thread go on and return whether all others were let go too."""

    def back(self, thread: int, *, to_stop: bool) -> None:
        """Go back by a step, or to the last breakpoint."""

    def pause(self, thread: int | None) -> list[str]:
        """Stop a thread, or all, before its next step; return the names of those that still run one."""

    def restart(self, thread: int, index: int) -> None:
        """Run a frame again from its beginning."""

    def go_to(self, thread: int, path: str) -> None:
        """Go on at a step."""

    def try_again(self, thread: int, text: str | None) -> None:
        """Run a failed step again, as the text of its file says if one is given."""

    def use_output(self, thread: int, output: Any) -> None:
        """Take a value as the output of a failed step."""

    def skip(self, thread: int) -> None:
        """Go on as if a failed step had been skipped."""

    def set_breakpoints(self, file: str, breakpoints: list[Breakpoint]) -> None:
        """Replace the breakpoints of a file."""

    def set_step_breakpoints(self, by_name: Mapping[str, Breakpoint]) -> None:
        """Replace the breakpoints on the names of steps."""

    def set_filters(self, filters: Filters) -> None:
        """Say which failures stop a thread."""

    def set_watches(self, expressions: Sequence[str]) -> None:
        """Stop threads when the value of an expression changes."""

    def sites(self, file: str) -> Sites | None:
        """Return the sites of a file, None for one that can't be read."""

    def detach(self) -> None:
        """Let go of it."""

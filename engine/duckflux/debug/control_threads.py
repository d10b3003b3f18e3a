"""Tells how the engine's threads hang together: which one forked a branch, which ones called a workflow."""

from __future__ import annotations

from collections.abc import Iterator

from ..runtime.engine.control_thread import ControlThread


def fork_of(thread: ControlThread) -> ControlThread:
    """Return the thread that a branch was forked from."""
    while thread.caller is not None and thread.caller.branch == thread.branch:
        thread = thread.caller
    return thread.caller or thread


def inherited(thread: ControlThread) -> int:
    """Return how many of a thread's callers are those of its file."""
    caller = _root(thread).caller
    return 0 if caller is None else len(caller.callers) + 1


def calls_of(thread: ControlThread) -> Iterator[tuple[ControlThread, str]]:
    """Yield the threads that called a thread's file, innermost first, each with the pointer of its call."""
    root = _root(thread)
    while root.caller is not None:
        yield root.caller, root.callers[len(root.caller.callers)]
        root = _root(root.caller)


def _root(thread: ControlThread) -> ControlThread:
    """Return the first thread of the same file."""
    while thread.caller is not None and thread.caller.frame is thread.frame:
        thread = thread.caller
    return thread

"""Keeps the values that a thread had before its steps, so that it can begin there again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from ..language.model.workflow import Call, Step, walk
from ..runtime.engine.chain import ChainValue
from ..runtime.engine.control_thread import ControlThread

# The values of a thread before a step: its chain, its variables, those of its file, and the context. Maps are
# copied; values are never changed in place.
_Snapshot: TypeAlias = "tuple[ChainValue | None, dict[str, Any], dict[str, Any], dict[str, Any]]"


class Mark:
    """A list of steps that a thread is in, with its values before each step that it has come to."""

    __slots__ = ("_snapshots", "steps", "thread")

    def __init__(self, thread: ControlThread, steps: Sequence[Step]) -> None:
        self.thread = thread
        self.steps = steps
        self._snapshots: dict[int, _Snapshot] = {}

    def keep(self, index: int) -> None:
        """Keep the values before a step."""
        thread, variables = self.thread, self.thread.variables
        own, shared = variables.own, variables.shared
        self._snapshots[index] = (thread.chain, own.copy(), shared.copy(), shared["execution"]["context"])

    def has_come_to(self, index: int) -> bool:
        """Return whether the values before a step are known."""
        return index in self._snapshots

    def restore(self, index: int) -> None:
        """Give the thread the values that it had before a step, if known; those of other branches stay."""
        snapshot = self._snapshots.get(index)
        if snapshot is None:
            return
        thread = self.thread
        own, shared = thread.variables.own, thread.variables.shared
        chain, own_then, shared_then, context = snapshot
        own.clear()
        own.update(own_then)
        thread.chain = chain
        if thread.branch is None:
            shared.clear()
            shared.update(shared_then)
            shared["execution"]["context"] = context
            return
        for step in walk(tuple(self.steps[index:])):
            name = step.inline.name if isinstance(step, Call) and step.inline else None
            name = step.name.text if isinstance(step, Call) and step.name is not None else name
            if name in shared_then:
                shared[name] = shared_then[name]


class Marks:
    """The lists of steps that a thread is in."""

    __slots__ = ("_marks",)

    def __init__(self) -> None:
        self._marks: list[Mark] = []

    def __reversed__(self) -> Iterator[Mark]:
        """Yield the marks, innermost first."""
        return reversed(self._marks)

    @property
    def outermost(self) -> Mark | None:
        """Return the list that the thread began with, None before its first step."""
        return self._marks[0] if self._marks else None

    def keep(self, thread: ControlThread, steps: Sequence[Step], index: int) -> None:
        """Keep the values before a step, and forget lists of steps that have been left."""
        marks = self._marks
        if not marks or marks[-1].steps is not steps or marks[-1].thread is not thread:
            self._enter(thread, steps)
        marks[-1].keep(index)

    def _enter(self, thread: ControlThread, steps: Sequence[Step]) -> None:
        """Make a list of steps the innermost one."""
        marks = self._marks
        for number in range(len(marks) - 1, -1, -1):
            if marks[number].steps is steps and marks[number].thread is thread:
                del marks[number + 1 :]
                return
        marks.append(Mark(thread, steps))

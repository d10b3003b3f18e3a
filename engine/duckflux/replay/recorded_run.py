"""Finds what an earlier run did at a step, by the step's identity."""

from __future__ import annotations

import os
from typing import NamedTuple, TypeAlias

import msgspec

from ..runtime.engine.controller import Identity
from ..trace.model import Step, Trace

# Constructs that contain steps. They call nothing: their steps are in the same workflow.
BLOCKS = ("loop", "parallel", "if")

Key: TypeAlias = tuple[str, str, tuple[int, ...], str | None, tuple[str, ...]]


class RecordedStep(NamedTuple):
    """A recorded step and the steps directly inside it."""

    step: Step
    children: tuple[Step, ...]


class RecordedRun:
    """The steps of a trace, to be looked up from a new run of the workflow `file`.

    The file may have been moved since then, together with its sub-workflows.
    """

    def __init__(self, trace: Trace, file: str) -> None:
        self.trace = trace
        self._folder_then = os.path.dirname(trace.execution.workflow_path or file)  # noqa: PTH120
        self._folder_now = os.path.dirname(file)  # noqa: PTH120
        self._file_name = os.path.basename(file)  # noqa: PTH119
        self._by_seq = {step.seq: step for step in trace.steps}
        self._children: dict[int | None, list[Step]] = {}
        for step in trace.steps:
            self._children.setdefault(step.parent, []).append(step)
        self._by_key = {self._key(step): step for step in trace.steps if step.path is not None}

    def find(self, identity: Identity) -> RecordedStep | None:
        """Return what the run did at a step, None if it did not come there; `attempt` is ignored."""
        key = (
            os.path.relpath(identity.workflow, self._folder_now),
            identity.path,
            identity.iterations,
            identity.branch,
            identity.callers,
        )
        step = self._by_key.get(key)
        return None if step is None else RecordedStep(step, self.children(step))

    def find_by_name(self, name: str | None, iterations: tuple[int, ...]) -> Step | None:
        """Return the only step of a name in the same iterations: it may have moved within the file."""
        if name is None:
            return None
        found = [s for s in self.trace.steps if s.name == name and s.iterations == iterations]
        return found[0] if len(found) == 1 else None

    def children(self, step: Step) -> tuple[Step, ...]:
        """Return the steps directly inside a step, in the order of their starts."""
        return tuple(self._children.get(step.seq, ()))

    def descendants(self, step: Step) -> list[Step]:
        """Return the steps inside a step, at any depth."""
        found = list(self.children(step))
        for child in found:
            found.extend(self.children(child))
        return found

    def enclosing(self, identity: Identity) -> Step | None:
        """Return the innermost recorded construct or call around a step that was not recorded itself."""
        path = identity.path
        while "/" in path:
            path = path.rpartition("/")[0]
            for iterations in (identity.iterations, identity.iterations[:-1]):
                recorded = self.find(msgspec.structs.replace(identity, path=path, iterations=iterations))
                if recorded is not None:
                    return recorded.step
        return None

    def _key(self, step: Step) -> Key:
        workflow = os.path.relpath(step.workflow, self._folder_then) if step.workflow else self._file_name
        return workflow, step.path or "", step.iterations, step.branch, self._callers(step)

    def _callers(self, step: Step) -> tuple[str, ...]:
        """Return the pointers of the steps around a step that called what it is in, outermost first."""
        found: list[str] = []
        parent = self._by_seq.get(step.parent) if step.parent is not None else None
        while parent is not None:
            if parent.type not in BLOCKS:
                found.append(parent.path or "")
            parent = self._by_seq.get(parent.parent) if parent.parent is not None else None
        return tuple(reversed(found))

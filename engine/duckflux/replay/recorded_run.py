"""What an earlier run did, step by step, to be asked by a step's identity."""

from __future__ import annotations

import os
from typing import NamedTuple, TypeAlias

from ..runtime.engine.controller import Identity
from ..trace.model import Step, Trace

_NO_CALLERS = ("loop", "parallel", "if")

Key: TypeAlias = tuple[str, str, tuple[int, ...], str | None, tuple[str, ...]]


class RecordedStep(NamedTuple):
    """A recorded step and those inside it."""

    step: Step
    children: tuple[Step, ...]


class RecordedRun:
    """The steps of a trace. `file` is the workflow now: it may have been moved, with its sub-workflows."""

    def __init__(self, trace: Trace, file: str) -> None:
        self.trace = trace
        self._then = os.path.dirname(trace.execution.workflow_path or file)  # noqa: PTH120
        self._now = os.path.dirname(file)  # noqa: PTH120
        self._main = os.path.basename(file)  # noqa: PTH119
        self._by_seq = {step.seq: step for step in trace.steps}
        self._children: dict[int | None, list[Step]] = {}
        for step in trace.steps:
            self._children.setdefault(step.parent, []).append(step)
        self._by_key = {self._key(step): step for step in trace.steps if step.path is not None}

    def find(self, identity: Identity) -> RecordedStep | None:
        """What the run did at a step; its attempt does not count."""
        key = (
            os.path.relpath(identity.workflow, self._now),
            identity.path,
            identity.iterations,
            identity.branch,
            identity.callers,
        )
        step = self._by_key.get(key)
        return None if step is None else RecordedStep(step, self.children(step))

    def find_by_name(self, name: str | None, iterations: tuple[int, ...]) -> Step | None:
        """The step of a name in the same round, if there is just one: it may stand elsewhere now."""
        if name is None:
            return None
        found = [s for s in self.trace.steps if s.name == name and s.iterations == iterations]
        return found[0] if len(found) == 1 else None

    def children(self, step: Step) -> tuple[Step, ...]:
        return tuple(self._children.get(step.seq, ()))

    def enclosing(self, identity: Identity) -> Step | None:
        """The innermost recorded construct or call that a step without a record stands in."""
        path = identity.path
        while "/" in path:
            path = path.rpartition("/")[0]
            for iterations in (identity.iterations, identity.iterations[:-1]):
                recorded = self.find(identity._replace(path=path, iterations=iterations))
                if recorded is not None:
                    return recorded.step
        return None

    def _key(self, step: Step) -> Key:
        workflow = os.path.relpath(step.workflow, self._then) if step.workflow else self._main
        return workflow, step.path or "", step.iterations, step.branch, self._callers(step)

    def _callers(self, step: Step) -> tuple[str, ...]:
        """Every step around this one that is more than a construct has called what it is in."""
        found: list[str] = []
        parent = self._by_seq.get(step.parent) if step.parent is not None else None
        while parent is not None:
            if parent.type not in _NO_CALLERS:
                found.append(parent.path or "")
            parent = self._by_seq.get(parent.parent) if parent.parent is not None else None
        return tuple(reversed(found))

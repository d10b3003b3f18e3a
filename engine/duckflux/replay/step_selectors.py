"""Implements the step selectors of `--from` and `--until`, and ends a run after a step."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..runtime.engine.controller import Controller, DelegatingController, Identity, Stop
from ..trace.model import Step

_SELECTOR = re.compile(r"(?P<step>.+?)(?:@(?P<iterations>\d+(?:\.\d+)*))?", re.DOTALL)


class StepSelector(NamedTuple):
    """Selects one execution of one step.

    `step` is a name or a JSON pointer (`/flow/2`); `iterations` are the 0-based indices of the loops around
    it, None for the first execution.
    """

    step: str
    iterations: tuple[int, ...] | None

    @classmethod
    def parse(cls, text: str) -> StepSelector:
        """Return the selector of a text: `build`, `/flow/2`, `review@1` (second iteration), `review@0.3`."""
        match = _SELECTOR.fullmatch(text)
        step, iterations = (match["step"], match["iterations"]) if match else (text, None)
        return cls(step, tuple(map(int, iterations.split("."))) if iterations else None)

    def matches(self, path: str | None, name: str | None, iterations: tuple[int, ...]) -> bool:
        """Return whether this selects the step with a JSON pointer and a name in these iterations."""
        if self.step != (path if self.step.startswith("/") else name):
            return False
        return self.iterations is None or self.iterations == iterations

    def find(self, steps: Iterable[Step]) -> Step | None:
        """Return the first selected step of the run's own file, None if none was recorded."""
        for step in steps:
            if step.workflow is None and self.matches(step.path, step.name, step.iterations):
                return step
        return None


class StopAfter(DelegatingController):
    """Ends the run after a step; the inner controller decides about everything else.

    `file` is the run's own workflow. `is_reached` tells whether the step has ended.
    """

    def __init__(self, selector: StepSelector, file: str, inner: Controller) -> None:
        super().__init__(inner)
        self._selector = selector
        self._file = file
        self.is_reached = False

    def after(self, step: Identity, name: str | None, output: Any) -> None:
        """Raise Stop if this is the step."""
        super().after(step, name, output)
        if step.workflow == self._file and self._selector.matches(step.path, name, step.iterations):
            self.is_reached = True
            raise Stop(output)

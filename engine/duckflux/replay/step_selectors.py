"""`--from` and `--until`: one execution of one step, as people name it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..runtime.engine.controller import ConditionKind, Controller, Decision, Identity, StepInfo, Stop
from ..trace.model import Step

_FORM = re.compile(r"(?P<step>.+?)(?:@(?P<rounds>\d+(?:\.\d+)*))?", re.DOTALL)


class StepSelector(NamedTuple):
    """`step` is a name or a JSON pointer (`/flow/2`); `iterations` the 0-based indices of the loops around it,
    None for the first execution there is."""

    step: str
    iterations: tuple[int, ...] | None

    @classmethod
    def parse(cls, text: str) -> StepSelector:
        """`build`, `/flow/2`, `review@1` (its second round), `review@0.3`."""
        match = _FORM.fullmatch(text)
        step, rounds = (match["step"], match["rounds"]) if match else (text, None)
        return cls(step, tuple(map(int, rounds.split("."))) if rounds else None)

    def matches(self, path: str | None, name: str | None, iterations: tuple[int, ...]) -> bool:
        if self.step != (path if self.step.startswith("/") else name):
            return False
        return self.iterations is None or self.iterations == iterations

    def find(self, steps: Iterable[Step]) -> Step | None:
        """The first recorded execution of it in the run's own file."""
        for step in steps:
            if step.workflow is None and self.matches(step.path, step.name, step.iterations):
                return step
        return None


class StopAfter(Controller):
    """Ends the run when a step has ended; `inner` decides all else. `file` is the run's own workflow."""

    def __init__(self, selector: StepSelector, file: str, inner: Controller) -> None:
        self._selector = selector
        self._file = file
        self._inner = inner
        self.reached = False

    async def before(self, step: Identity, info: StepInfo) -> Decision:
        return await self._inner.before(step, info)

    def recall(self, step: Identity, kind: ConditionKind) -> bool | None:
        return self._inner.recall(step, kind)

    def after(self, step: Identity, name: str | None, output: Any) -> None:
        self._inner.after(step, name, output)
        if step.workflow == self._file and self._selector.matches(step.path, name, step.iterations):
            self.reached = True
            raise Stop(output)

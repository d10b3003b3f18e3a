"""Works out from a trace which values expressions saw at a step."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterator, Mapping
from functools import cached_property, reduce
from operator import attrgetter
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from ..cel.chrono import Duration, Timestamp
from ..language.model.workflow import Loop, Workflow, walk
from ..language.model.workflow import step_names as names_in
from ..runtime.engine.variables import ScopedVariables
from ..trace.model import Step, Trace
from .recorded_run import BLOCKS

_MILLISECOND = 1_000_000


class TraceValues:
    """The steps of a trace by their places in the run."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._by_seq = {step.seq: step for step in trace.steps}

    def parent(self, step: Step) -> Step | None:
        """Return the construct or the step that a step ran inside."""
        return self._by_seq.get(step.parent) if step.parent is not None else None

    def ancestors(self, step: Step) -> Iterator[Step]:
        """Yield what a step ran inside, innermost first."""
        while (parent := self.parent(step)) is not None:
            yield parent
            step = parent

    def is_fallback(self, step: Step) -> bool:
        """Return whether a step ran because another one had failed."""
        parent = self.parent(step)
        return parent is not None and parent.type not in BLOCKS and parent.workflow == step.workflow

    def is_rescued(self, step: Step) -> bool:
        """Return whether a fallback of a failed step has dealt with the failure."""
        fallbacks = (
            found for found in self._trace.steps if found.parent == step.seq and self.is_fallback(found)
        )
        return any(found.status != "failure" or self.is_rescued(found) for found in fallbacks)

    def call_of(self, step: Step) -> Step | None:
        """Return the step that called the workflow of a step, None for the run's own workflow."""
        inner = step
        for ancestor in self.ancestors(step):
            if ancestor.type not in BLOCKS and not self.is_fallback(inner):
                return ancestor
            inner = ancestor
        return None

    def before(self, step: Step | None, call: Step | None) -> list[Step]:
        """Return the finished steps of the same call of a workflow before a step, all for no step."""
        of_call = self._of_call(call)
        if step is None:
            return [past for past in of_call if past.status != "running"]
        around = {ancestor.seq for ancestor in self.ancestors(step)}
        earlier = of_call[: bisect_left(of_call, step.seq, key=attrgetter("seq"))]
        return [past for past in earlier if past.status != "running" and _is_over(past, step, around)]

    def variables(
        self, step: Step | None, call: Step | None, workflow: Workflow, *, failed: bool = False
    ) -> ScopedVariables:
        """Return the variables that were visible before a step, or when it had failed; at the end for no step.

        `workflow` is the file of the step.
        """
        over, loops = self.before(step, call), _loops_of(workflow)
        own = self._own(step, over, loops, failed=failed)
        return ScopedVariables(own, self._shared(over, call, workflow, loops))

    def after_iteration(self, loop: Step, iteration: int | None = None) -> Step | None:
        """Return a step that stands for the moment when `until` is evaluated after an iteration of a loop.

        `iteration` counts from 0; the last one for None. None if the loop had no such iteration.
        """
        depth = len(loop.iterations)
        inside = [
            step
            for step in self._trace.steps
            if len(step.iterations) > depth and any(each is loop for each in self.ancestors(step))
        ]
        if iteration is None:
            iteration = max((step.iterations[depth] for step in inside), default=None)
        last = max((step.seq for step in inside if step.iterations[depth] == iteration), default=None)
        if iteration is None or last is None:
            return None
        return replace(
            loop,
            seq=last + 1,
            path=f"{loop.path}/loop/until",
            parent=loop.seq,
            iterations=(*loop.iterations, iteration),
            started_at=loop.finished_at,
        )

    def iterations(self, name: str, step: Step | None, call: Step | None) -> list[tuple[str, Any]]:
        """Return the results of a step in the iterations of its loops before a step."""
        found = []
        for past in self.before(step, call):
            if past.name == name and past.iterations:
                label = ".".join(str(index + 1) for index in past.iterations)
                found.append((f"iteration {label}", _result({}, past)))
        return found

    @cached_property
    def _calls(self) -> dict[int | None, list[Step]]:
        found: dict[int | None, list[Step]] = {}
        for step in self._trace.steps:
            call = self.call_of(step)
            found.setdefault(call.seq if call is not None else None, []).append(step)
        return found

    def _of_call(self, call: Step | None) -> list[Step]:
        return self._calls.get(call.seq if call is not None else None, [])

    def _shared(
        self, over: list[Step], call: Step | None, workflow: Workflow, loops: Mapping[str, Loop]
    ) -> dict[str, Any]:
        execution = self._trace.execution
        inputs = execution.inputs if call is None else call.input
        names = names_in(workflow)
        context: dict[str, Any] = {}
        # A later execution hides an earlier one; one that was skipped keeps what there was.
        last: dict[str, list[Step]] = {}
        for past in over:
            if past.type == "set" and isinstance(past.output, Mapping):
                context |= past.output
            elif past.name in names and past.type != "loop":
                if past.status != "skipped":
                    last[past.name] = []
                last.setdefault(past.name, []).append(past)
        results = {name: reduce(_result, last.get(name, ()), dict[str, Any]()) for name in names}
        hidden = {loop.name for loop in loops.values()}
        event = next((p.output for p in reversed(over) if p.type == "wait" and p.output is not UNSET), UNSET)
        return {
            "workflow": {
                "id": workflow.id,
                "name": workflow.name,
                "version": workflow.version,
                "inputs": dict(inputs) if isinstance(inputs, Mapping) else {},
            },
            "execution": {
                "id": execution.id,
                "number": 1,
                "startedAt": Timestamp.from_rfc3339(execution.started_at),
                "status": "running",
                "context": context,
            },
            "env": {},
            **{name: result for name, result in results.items() if name not in hidden},
            **({} if event is UNSET else {"event": event}),
        }

    def _own(
        self, step: Step | None, over: list[Step], loops: Mapping[str, Loop], *, failed: bool
    ) -> dict[str, Any]:
        flowing = (
            past for past in reversed(over) if _flows_on(past) and (step is None or _same_thread(past, step))
        )
        last = next(flowing, None)
        chain = last.output if last is not None else None
        own: dict[str, Any] = {"input": None if chain == "" else chain, "output": chain}
        if step is None:
            return own
        if failed:
            own["input"] = None if step.input is UNSET else step.input
            own |= {"error": step.error or "", "exitCode": step.exit_code, "attempt": step.retries + 1}
        return own | _loop_variables(step, loops)


def _is_over(past: Step, step: Step, around: Container[int]) -> bool:
    """Return whether an earlier step had ended before another one began, which is inside the steps `around`."""
    if past.seq in around:
        # It had failed, and the other one is its fallback.
        return past.type not in BLOCKS and past.workflow == step.workflow
    return _same_thread(past, step) or past.finished_at <= step.started_at


def _same_thread(past: Step, step: Step) -> bool:
    """Return whether a step ran in the thread of another one, or in one that this was forked from."""
    return past.branch is None or f"{step.branch}.".startswith(f"{past.branch}.")


def _flows_on(step: Step) -> bool:
    return step.status == "success" and step.type != "set" and step.output is not UNSET


def _loops_of(workflow: Workflow) -> dict[str, Loop]:
    """Return the loops of a file by their JSON pointers."""
    return {step.pointer: step for step in walk(workflow.flow) if isinstance(step, Loop)}


def _loop_variables(step: Step, loops: Mapping[str, Loop]) -> dict[str, Any]:
    """Return the variables of the loops around a step."""
    indices, values = list(step.iterations), dict[str, Any]()
    inner = step.path or ""
    while "/" in inner:
        inner = inner.rpartition("/")[0]
        loop = loops.get(inner)
        if loop is None or not indices:
            continue
        index, limit = indices.pop(), loop.max.value if loop.max is not None else None
        value = {
            "index": index,
            "iteration": index + 1,
            "first": index == 0,
            "last": isinstance(limit, int) and index + 1 == limit,
        }
        values.setdefault("loop", value)
        values.setdefault(loop.name, value)
    return values


def _result(before: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """Return the result of a step; one that was skipped keeps what it had."""
    started = Timestamp.from_rfc3339(step.started_at).nanos
    if step.status == "skipped":
        result = {key: value for key, value in before.items() if key != "error"} | {"status": "skipped"}
    else:
        result = {
            "status": step.status,
            "startedAt": Timestamp(started),
            "finishedAt": Timestamp(started + step.duration * _MILLISECOND),
            "duration": Duration(step.duration * _MILLISECOND),
            "retries": step.retries,
        }
    if step.output is not UNSET:
        result["output"] = step.output
    if step.error is not None:
        result["error"] = step.error
    return result

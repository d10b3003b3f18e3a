"""Keeps the values of the last run of each document, as its expressions saw them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from duckflux.ide.recorded_values import Point, RecordedState
from duckflux.language.model.workflow import Workflow
from duckflux.trace.model import Execution, Step, Trace

from ..session import command_names
from ..session.command_links import command_link
from .overlay import Overlay
from .traces import local_time

if TYPE_CHECKING:
    from duckflux.trace.view.compared_runs import StepPlace

log = logging.getLogger(__name__)
_MAX_BYTES = 16 * 1024 * 1024
_MAX_STATES = 64
_MAX_EARLIER = 9
_MAX_OUTPUTS = 200
Iterations: TypeAlias = tuple[int, ...]
"""The indices of the loops around a step, the outermost first."""
_NOTE = ", *before what it depends on was changed*"


class LastRun:
    """A run that has ended. Its steps are those of the run's own workflow, or of the sub-workflow `file`.

    `outputs` are those of each step in this run and earlier ones, the newest last; `medians` tells how long
    steps took in the earlier ones.
    """

    def __init__(
        self,
        path: Path,
        trace: Trace,
        workflow: Workflow,
        file: str | None,
        outputs: Mapping[str, Sequence[Any]],
        medians: Mapping[StepPlace, float],
    ) -> None:
        from duckflux.replay.trace_values import TraceValues

        self.trace = trace
        self.workflow = workflow
        self.outputs = outputs
        self.medians = medians
        self._path = path
        self._values = TraceValues(trace)
        self._states: dict[tuple[int, str | None] | None, Mapping[str, Any]] = {}
        self._ends: dict[tuple[int, int | None], Step | None] = {}
        self._by_path: dict[str, list[Step]] = {}
        self._by_name: dict[str, list[Step]] = {}
        for step in trace.steps:
            if step.workflow == file and step.path is not None:
                self._by_path.setdefault(step.path, []).append(step)
                self._by_name.setdefault(step.name, []).append(step)

    def state(
        self,
        point: Point,
        recorded_path: str | None,
        iteration: int | Iterations | None,
        *,
        stale: bool,
        links: str | None,
        title: str = "Last run",
    ) -> RecordedState | None:
        """Return the state at a point of the text, None if the run has not come there.

        `recorded_path` is where the step of the point was in the text that ran, if that is known. In loops it
        is the last execution in the innermost loop's iteration `iteration`, which counts from 1, else the last;
        or that in these iterations of all loops around it, which count from 0, else none.
        With `links`, the URI of the document, it links to the other iterations.
        """
        executions = self._executions(point, recorded_path)
        if point.pointer and not executions:
            return None
        if isinstance(iteration, tuple):
            last = executions[-1] if executions else None
            step = next((one for one in reversed(executions) if one.iterations == iteration), None)
        else:
            step, last = self._chosen(executions, iteration, after_iteration=point.is_after_iteration)
        if step is None and point.pointer:
            return None
        started = local_time(self.trace.execution.started_at)
        which = _which(step, last, links)
        return RecordedState(
            f"**{title}** ({started}){which}{_NOTE if stale else ''}",
            self._variables(step),
            _result(step) if step is not None else None,
            f"[trace file]({self._path.as_uri()})",
        )

    def iterations(self, point: Point, recorded_path: str | None) -> list[Iterations]:
        """Return the iterations of the loops around a step in which it has run, in order."""
        return [*dict.fromkeys(step.iterations for step in self._executions(point, recorded_path))]

    def _chosen(
        self, executions: list[Step], iteration: int | None, *, after_iteration: bool
    ) -> tuple[Step | None, Step | None]:
        """Return the execution in an iteration, and the last one."""
        if not executions:
            return None, None
        last = executions[-1]
        if after_iteration:
            end = self._end_of_iteration(last, None)
            index = iteration - 1 if iteration is not None else None
            return self._end_of_iteration(last, index) or end, end
        chosen = (step for step in reversed(executions) if iteration in (None, _iteration(step)))
        return next(chosen, last), last

    def _executions(self, point: Point, recorded_path: str | None) -> list[Step]:
        found = self._by_path.get(recorded_path or "", [])
        if found and point.name in (None, found[-1].name):
            return found
        # A step that was moved, or a participant: if steps at several places ran it, it is the last one.
        named = self._by_name.get(point.name or "", [])
        return [step for step in named if step.path == named[-1].path]

    def _end_of_iteration(self, loop: Step, index: int | None) -> Step | None:
        key = (loop.seq, index)
        if key not in self._ends:
            self._ends[key] = self._values.after_iteration(loop, index)
        return self._ends[key]

    def _variables(self, step: Step | None) -> Mapping[str, Any]:
        """Return what the expressions of a step saw, and what came with the event that it waited for."""
        key = (step.seq, step.path) if step is not None else None
        if key not in self._states:
            call = self._values.call_of(step) if step is not None else None
            found = self._values.variables(step, call, self.workflow)
            if step is not None and step.type == "wait" and step.output is not msgspec.UNSET:
                found.own["event"] = step.output
            if len(self._states) >= _MAX_STATES:
                self._states.clear()
            self._states[key] = found
        return self._states[key]


class ShownRun:
    """The last run of a document, as the document is now: a `RecordedRun`. `before` is compared with it."""

    def __init__(
        self,
        run: LastRun,
        overlay: Overlay,
        iteration: int | Iterations | None,
        links: str | None,
        before: ShownRun | None = None,
    ) -> None:
        self.run = run
        self._before = before
        self._overlay = overlay
        self._iteration = iteration
        self._links = links

    def state(self, point: Point) -> RecordedState | None:
        """Return the state at a point, None if the run has not come there."""
        path = self._overlay.recorded_path(point.offset)
        stale = self._overlay.stale if path is None else not self._overlay.holds(path)
        state = self.run.state(point, path, self._iteration, stale=stale, links=self._links)
        if state is None or self._before is None:
            return state
        return state._replace(before=self._before.state_before(point))

    def state_before(self, point: Point) -> RecordedState | None:
        """Return the state at a point of a run that another one is compared with."""
        path = self._overlay.recorded_path(point.offset)
        return self.run.state(point, path, self._iteration, stale=False, links=None, title="Before")

    def in_iterations(self, iterations: Iterations | None) -> ShownRun:
        """Return the run alone, in these iterations of the loops around a step, the last ones for None."""
        return ShownRun(self.run, self._overlay, iterations, None)

    def iterations(self, point: Point) -> list[Iterations]:
        """Return the iterations of the loops around a step in which it has run, in order."""
        return self.run.iterations(point, self._overlay.recorded_path(point.offset))

    def outputs(self, name: str) -> Sequence[Any]:
        """Return what a step has given, the newest last, also in the runs before."""
        return self.run.outputs.get(name, ())

    def inputs(self) -> Mapping[str, Any]:
        """Return the inputs of the run that its trace has whole; those of a sub-workflow are not known."""
        return self._overlay.inputs if self._overlay.workflow is None else {}


class LastRuns:
    """The last runs by the URI of the document. Traces are read when they are first needed.

    `on_read` is called when one was read.
    """

    def __init__(self, on_read: Callable[[], None]) -> None:
        self._on_read = on_read
        self._read: dict[tuple[str, bool], tuple[Overlay, asyncio.Task[LastRun | None]]] = {}
        self._iterations: dict[str, int] = {}

    def choose_iteration(self, uri: str, iteration: int | None) -> None:
        """Show the values of an iteration of loops, counted from 1; those of the last one for None."""
        if iteration is None:
            self._iterations.pop(uri, None)
        else:
            self._iterations[uri] = iteration

    def forget(self, uri: str) -> None:
        """Forget the run of a document that was closed."""
        for is_before in (False, True):
            self._read.pop((uri, is_before), None)
        self._iterations.pop(uri, None)

    async def of(
        self, uri: str, overlay: Overlay | None, before: Overlay | None, *, wait: bool, links: bool
    ) -> ShownRun | None:
        """Return the run whose results are shown on a document, None if there is none.

        It is also None, without `wait`, as long as its trace is being read. `before` is the run that it is
        compared with. With `links` its states link to the command that chooses an iteration.
        """
        run = await self._run(uri, overlay, wait=wait)
        if run is None or overlay is None:
            return None
        iteration = self._iterations.get(uri)
        earlier = await self._run(uri, before, wait=wait, is_before=True)
        compared = None
        if earlier is not None and before is not None:
            compared = ShownRun(earlier, before, iteration, None)
        return ShownRun(run, overlay, iteration, uri if links else None, compared)

    async def _run(
        self, uri: str, overlay: Overlay | None, *, wait: bool, is_before: bool = False
    ) -> LastRun | None:
        """Return the run of an overlay, None if it has no values or, without `wait`, is being read."""
        if overlay is None or not overlay.has_ended or overlay.trace_path is None:
            return None
        known = self._read.get((uri, is_before))
        if known is None or known[0] is not overlay:
            known = (overlay, asyncio.create_task(asyncio.to_thread(_read, overlay, overlay.trace_path)))
            known[1].add_done_callback(lambda _: self._on_read())
            self._read[uri, is_before] = known
        if not wait and not known[1].done():
            return None
        return await asyncio.shield(known[1])


def _read(overlay: Overlay, path: Path) -> LastRun | None:
    """Return the run of a trace, None if it can't be read or is too large to be kept in memory."""
    from duckflux.trace.readers import TraceError, read
    from duckflux.trace.view.compared_runs import medians
    from duckflux.trace.view.locate_steps import locate_steps

    try:
        if path.stat().st_size > _MAX_BYTES:
            log.info("%s is too large for the values of the last run", path)
            return None
        trace = read(path)
    except (OSError, TraceError) as error:
        log.info("no values of the last run: %s", error)
        return None
    workflow, file = overlay.analysis.workflow, overlay.workflow
    outputs: dict[str, list[Any]] = {}
    before = _earlier(path, trace.execution)
    for earlier in [*before, trace]:
        for step in earlier.steps:
            # What is masked or cut is not a value that was there.
            is_whole = not step.masked and not step.truncated and step.output is not msgspec.UNSET
            if step.workflow == file and step.status == "success" and is_whole:
                outputs.setdefault(step.name, []).append(step.output)
    outputs = {name: values[-_MAX_OUTPUTS:] for name, values in outputs.items()}
    usual = medians((locate_steps(run, workflow) for run in before), file)
    return LastRun(path, locate_steps(trace, workflow), workflow, file, outputs, usual)


def _earlier(path: Path, execution: Execution) -> list[Trace]:
    """Return the runs of the same workflow before one, oldest first: as many as are small together."""
    from duckflux.trace.folder import list_traces
    from duckflux.trace.readers import TraceError, read

    found: list[Trace] = []
    left = _MAX_BYTES - path.stat().st_size
    for trace in list_traces(path.parent)[0]:
        before = trace.execution
        is_same = before.workflow_path == execution.workflow_path and before.started_at < execution.started_at
        if not is_same or trace.state == "running":
            continue
        with suppress(OSError, TraceError):
            left -= trace.path.stat().st_size
            if left < 0 or len(found) == _MAX_EARLIER:
                break
            found.insert(0, read(trace.path))
    return found


def _iteration(step: Step) -> int | None:
    return step.iterations[-1] + 1 if step.iterations else None


def _which(step: Step | None, last: Step | None, links: str | None) -> str:
    """Return which of the executions of a step it is, with links to those beside it."""
    if step is None or last is None or not step.iterations:
        return ""
    if len(step.iterations) > 1:
        return f", iteration {'.'.join(str(index + 1) for index in step.iterations)}"
    now, count = step.iterations[-1] + 1, last.iterations[-1] + 1
    arrows = "".join(
        f" {command_link(arrow, command_names.SHOW_ITERATION, {'uri': links, 'iteration': number})}"
        for arrow, number in (("←", now - 1), ("→", now + 1))
        if links is not None and 1 <= number <= count
    )
    return f", iteration {now} of {count}{arrows}"


def _result(step: Step) -> dict[str, Any]:
    fields = {"status": step.status, "input": step.input, "output": step.output, "error": step.error}
    return {name: value for name, value in fields.items() if value is not None and value is not msgspec.UNSET}

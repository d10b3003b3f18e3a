"""Walks through the trace of a run, forwards and backwards: nothing is executed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from ..language.model.workflow import Workflow
from ..replay.recorded_run import BLOCKS
from ..replay.trace_values import TraceValues
from ..runtime.engine.run_workflow import OUTPUT_POINTER
from ..runtime.engine.variables import ScopedVariables
from ..runtime.secrets import Secrets
from ..trace.folder import newest_trace
from ..trace.model import Step, Trace
from ..trace.readers import read
from ..trace.readers.error import TraceError
from ..trace.view.locate_steps import locate_steps
from .breakpoints import Breakpoint
from .client import Client, DebugError, Motion, Scope, StackFrame, Stop, StopReason, ThreadInfo
from .failure_filters import Filters, any_holds
from .frames import Frame, frames_in_file
from .scopes import scopes
from .sites import Position, Sites, sites_of_file

_MAIN = 1
_NOTHING_RUNS = "nothing runs here: this is the trace of a run that has ended"


class Moment(NamedTuple):
    """A moment of a run: before a step, or when it had failed; the end for no step."""

    step: Step | None
    failed: bool = False


class _Place(NamedTuple):
    """The frames of one file at a moment, and the step and the call of the file that they are in."""

    file: str
    workflow: Workflow
    frames: list[Frame]
    step: Step | None
    call: Step | None
    failed: bool


class TraceTarget:
    """A trace, and the moment of its run that is looked at."""

    goes_back = True

    def __init__(self, client: Client, trace: Trace, file: str, *, at_entry: bool) -> None:
        self.secrets = Secrets(os.environ)
        self._client = client
        self._trace = trace
        self._file = file
        self._values = TraceValues(trace)
        self._moments = moments(trace)
        self._at_entry = at_entry
        self._index = -1
        self._filters = Filters()
        self._breakpoints: dict[str, list[Breakpoint]] = {}
        self._names: dict[str, Breakpoint] = {}
        self._has_ended = False

    def start(self) -> None:
        """Go to the first moment, or to the first breakpoint."""
        self._client.thread_changed(_MAIN, started=True)
        if self._at_entry:
            self._go(0, "entry")
        else:
            self._run_forward()

    async def end(self) -> None:
        """End the walk."""
        self._finish()

    def detach(self) -> None:
        """Leave the trace alone."""

    def threads(self) -> list[ThreadInfo]:
        """Return the one thread that walks."""
        return [ThreadInfo(_MAIN, "recorded run")]

    def is_stopped(self, thread: int) -> bool:
        """Return whether a moment is looked at."""
        return thread == _MAIN and not self._has_ended and self._index >= 0

    def stack(self, thread: int) -> list[StackFrame]:
        """Return the frames at the moment, innermost first."""
        self._check(thread)
        found = []
        for place in self._places(self._index):
            variables = self._variables(place)
            found += [StackFrame(frame, place.file, variables) for frame in place.frames]
        return found

    def scopes(self, thread: int, index: int) -> list[Scope]:
        """Return the values of a frame."""
        self._check(thread)
        place = [place for place in self._places(self._index) for _ in place.frames][index]
        variables = self._variables(place)
        inline = (name for name in variables.shared if name not in ("workflow", "execution", "env", "event"))
        return scopes(
            variables,
            tuple(dict.fromkeys((*place.workflow.participants, *inline))),
            lambda name: self._values.iterations(name, place.step, place.call),
            chain=variables.own["input"],
        )

    def failure(self, thread: int) -> Mapping[str, Any] | None:
        """Return what is known of the failure at the moment."""
        self._check(thread)
        step, failed = self._moments[self._index]
        if step is None or not failed:
            return None
        return {
            "code": "failure",
            "message": step.error or "",
            "step": step.name,
            "exitCode": step.exit_code,
            "stderr": step.stderr,
            "attempt": step.retries + 1,
            "isHandled": self._is_handled(step),
        }

    def move(self, thread: int, motion: Motion, *, alone: bool = False) -> bool:
        """Go to a later moment; from the last one, end."""
        self._check(thread)
        if self._index == len(self._moments) - 1:
            self._finish()
        elif motion == "continue":
            self._run_forward()
        else:
            self._go(self._later(motion), "step")
        return True

    def back(self, thread: int, *, to_stop: bool) -> None:
        """Go to the moment before, or back to where a breakpoint or a failure stops."""
        self._check(thread)
        if self._index == 0:
            self._go(0, "entry")
        elif not to_stop:
            self._go(self._index - 1, "step")
        else:
            self._run_back()

    def pause(self, thread: int | None) -> list[str]:
        """Do nothing: a walk never runs."""
        return []

    def restart(self, thread: int, index: int) -> None:
        """Refuse. Raises DebugError."""
        raise DebugError(_NOTHING_RUNS)

    def go_to(self, thread: int, path: str) -> None:
        """Refuse. Raises DebugError."""
        raise DebugError(_NOTHING_RUNS)

    def try_again(self, thread: int, text: str | None) -> None:
        """Refuse. Raises DebugError."""
        raise DebugError(_NOTHING_RUNS)

    def use_output(self, thread: int, output: Any) -> None:
        """Refuse. Raises DebugError."""
        raise DebugError(_NOTHING_RUNS)

    def skip(self, thread: int) -> None:
        """Refuse. Raises DebugError."""
        raise DebugError(_NOTHING_RUNS)

    def set_breakpoints(self, file: str, breakpoints: list[Breakpoint]) -> None:
        """Replace the breakpoints of a file, which stand on steps."""
        self._breakpoints[os.path.realpath(file)] = breakpoints
        sites = sites_of_file(file)
        for breakpoint_ in breakpoints:
            if sites is not None and not breakpoint_.problem:
                breakpoint_.site = sites.place(breakpoint_.request.line, breakpoint_.request.column)

    def set_step_breakpoints(self, by_name: Mapping[str, Breakpoint]) -> None:
        """Replace the breakpoints on the names of steps."""
        self._names = dict(by_name)

    def set_filters(self, filters: Filters) -> None:
        """Say at which failures to stop."""
        self._filters = filters

    def set_watches(self, expressions: Sequence[str]) -> None:
        """Refuse, unless there are none. Raises DebugError."""
        if expressions:
            raise DebugError("values of a trace can't be watched: set a breakpoint with a condition")

    def sites(self, file: str) -> Sites | None:
        """Return the sites of a file as it is now."""
        return sites_of_file(file)

    # How the walk goes.

    def _later(self, motion: Motion) -> int:
        last = len(self._moments) - 1
        if motion == "in":
            return self._index + 1
        depth = self._depth(self._index)
        for index in range(self._index + 1, last):
            inner = self._depth(index)
            if inner < depth or (motion == "next" and inner == depth):
                return index
        return last

    def _run_forward(self) -> None:
        for index in range(self._index + 1, len(self._moments)):
            if self._stops_at(index):
                return
        self._go(len(self._moments) - 1, "step")

    def _run_back(self) -> None:
        for index in range(self._index - 1, -1, -1):
            if self._stops_at(index):
                return
        self._go(0, "entry")

    def _stops_at(self, index: int) -> bool:
        """Go to a moment and return True if a breakpoint or a failure stops there."""
        step, failed = self._moments[index]
        if step is None:
            return False
        innermost = self._places(index)[0]
        if failed:
            if not self._holds_filter(step, self._variables(innermost)):
                return False
            self._go(index, "exception", step.error or "")
            return True
        at = self._breakpoints_at(step)
        if not at:
            return False
        variables = self._variables(innermost)
        hit = [item.id for item in at if item.stops(variables, None, partial(self._print, step))]
        if hit:
            self._go(index, "breakpoint", breakpoints=tuple(hit))
        return bool(hit)

    def _breakpoints_at(self, step: Step) -> list[Breakpoint]:
        file = self._file_of(step)
        participant = f"/participants/{step.name}"
        found = [
            breakpoint_
            for breakpoint_ in self._breakpoints.get(os.path.realpath(file), [])
            if breakpoint_.site is not None and breakpoint_.site.position.path in (step.path, participant)
        ]
        named = self._names.get(step.name)
        return [*found, named] if named is not None else found

    def _print(self, step: Step, text: str) -> None:
        file = self._file_of(step)
        site = self._sites(file).at(Position(step.path or ""))
        self._client.printed(self.secrets.mask(text), file, site.line if site is not None else 0)

    def _holds_filter(self, step: Step, variables: ScopedVariables) -> bool:
        applying = [self._filters.all]
        if not self._is_handled(step):
            applying.append(self._filters.unhandled)
        if "timed out" in (step.error or ""):
            applying.append(self._filters.timeout)
        return any_holds(applying, variables, partial(self._print, step))

    def _is_handled(self, step: Step) -> bool:
        """Return whether the run went on after a failure: by the step itself, a fallback, or a step around it."""
        if self._trace.execution.status == "success":
            return True
        around = (step, *self._values.ancestors(step))
        return any(found.status != "failure" or self._values.is_rescued(found) for found in around)

    def _go(self, index: int, reason: StopReason, text: str = "", breakpoints: tuple[int, ...] = ()) -> None:
        self._index = index
        if self._moments[index].step is None and not text:
            text = "the end of the recorded run"
        self._client.stopped(Stop(_MAIN, reason, self.secrets.mask(text), breakpoints, others_too=True))

    def _finish(self) -> None:
        if not self._has_ended:
            self._has_ended = True
            self._client.ended(0)

    def _check(self, thread: int) -> None:
        if thread != _MAIN:
            raise DebugError("there is no such thread")
        if not self.is_stopped(thread):
            raise DebugError("the walk has not begun, or has ended")

    def _depth(self, index: int) -> int:
        return sum(len(place.frames) for place in self._places(index))

    def _places(self, index: int) -> list[_Place]:
        """Return where a moment stands in its file and in those of its callers, innermost first."""
        step, failed = self._moments[index]
        if step is None:
            return [self._place(None, None, OUTPUT_POINTER, failed=False)]
        found = []
        current: Step | None = step
        while current is not None:
            call = self._values.call_of(current)
            found.append(self._place(current, call, current.path or "", failed=failed))
            current, failed = call, False
        return found

    def _place(self, step: Step | None, call: Step | None, path: str, *, failed: bool) -> _Place:
        file = self._file_of(step) if step is not None else self._file
        sites = self._sites(file)
        callers: list[str] = []
        outermost = step
        while outermost is not None and self._values.is_fallback(outermost):
            outermost = self._values.parent(outermost)
            callers.insert(0, outermost.path or "" if outermost is not None else "")
        iterations = outermost.iterations if outermost is not None else ()
        frames = frames_in_file(sites, Position(path), callers, iterations)
        return _Place(file, sites.workflow, frames, step, call, failed)

    def _variables(self, place: _Place) -> ScopedVariables:
        """Return the values that were there, which takes a look at all steps before."""
        return self._values.variables(place.step, place.call, place.workflow, failed=place.failed)

    def _file_of(self, step: Step) -> str:
        return step.workflow or self._file

    def _sites(self, file: str) -> Sites:
        sites = sites_of_file(file)
        if sites is None:
            raise DebugError(f"{file} can't be read: the walk needs the files of the run")
        return sites


def moments(trace: Trace) -> tuple[Moment, ...]:
    """Return the moments of a run in their order: before each step, when one fails, and the end."""
    found = [Moment(step) for step in trace.steps]
    containing = {step.parent for step in trace.steps if step.error}
    for step in trace.steps:
        passed_on = step.type in BLOCKS and step.seq in containing
        if step.error and not passed_on and not step.was_cancelled:
            at = (number for number, moment in enumerate(found) if _is_after(moment, step))
            found.insert(next(at, len(found)), Moment(step, failed=True))
    return (*found, Moment(None))


def _is_after(moment: Moment, failed: Step) -> bool:
    """Return whether a step began after another one had failed, perhaps because of that."""
    step = moment.step
    if step is None or moment.failed or step.seq <= failed.seq:
        return False
    return step.parent == failed.seq or step.started_at >= failed.finished_at


def open_trace(client: Client, path: str, program: str, *, at_entry: bool) -> TraceTarget:
    """Return a trace to be walked through: a file, or the newest one in a folder. Raises DebugError."""
    try:
        trace = read(newest_trace(Path(path)))
    except TraceError as error:
        raise DebugError(str(error)) from None
    file = os.path.abspath(program) if program else trace.execution.workflow_path
    if file is None:
        raise DebugError("the trace does not tell its workflow: give its path as `program`")
    sites = sites_of_file(file)
    if sites is None:
        raise DebugError(f"{file} can't be read: give the path of the workflow as `program`")
    trace = locate_steps(trace, sites.workflow)
    if not any(step.path for step in trace.steps):
        raise DebugError("the trace does not tell where its steps are, and their names do not either")
    if trace.execution.workflow_hash not in (None, sites.workflow.document.digest):
        client.printed(f"{file} has changed since the run: steps may be shown in wrong lines")
    steps = tuple(step for step in trace.steps if step.path is not None)
    return TraceTarget(client, Trace(trace.execution, steps), file, at_entry=at_entry)

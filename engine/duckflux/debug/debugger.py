"""Debugs a run: decides where its threads stop, and lets them go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from ..language.model.workflow import Call, Step
from ..runtime.engine.control_thread import ControlThread
from ..runtime.engine.debugging import (
    FAIL_ON,
    DebugPort,
    Failure,
    Jump,
    Recovery,
    TryAgain,
)
from ..runtime.engine.frame import WorkflowFrame
from ..runtime.engine.run_workflow import OUTPUT_POINTER
from ..runtime.engine.step_settings import FAIL
from ..runtime.engine.variables import ScopedVariables
from .breakpoints import Breakpoint
from .client import (
    HOLD_OTHERS,
    RUN_OTHERS,
    Client,
    DebugError,
    Motion,
    StackFrame,
    Stop,
    StopReason,
    ThreadInfo,
)
from .control_threads import calls_of, fork_of, inherited
from .evaluation import ExpressionError, evaluate
from .failure_filters import Filters, any_holds
from .frames import frames_in_file, step_title
from .marks import Mark, Marks
from .placed_breakpoints import PlacedBreakpoints
from .sites import Position, Site, Sites

if TYPE_CHECKING:
    from ..runtime.engine.run import Run

_RUN, _IN, _OVER, _OUT = range(4)
_MODES: dict[Motion, int] = {"continue": _RUN, "in": _IN, "next": _OVER, "out": _OUT}
_MAX_ITERATIONS = 200
# Where a thread was sent it stops for that reason, even if a breakpoint stands there.
_ARRIVALS = ("entry", "restart", "goto")
# Of a watched expression before it is evaluated, and where it can't be.
NO_VALUE: Any = object()


class _Thread:
    """A thread as users see it: the main one or a branch, with the sub-workflows that it calls."""

    is_free: bool

    def __init__(self, id_: int, control: ControlThread, parent: _Thread | None) -> None:
        self.id = id_
        self.control = control
        self.parent = parent
        self.path = ""
        self.field = ""
        self.mode = _RUN
        self.reason: StopReason = "step"
        self.depth = 0
        self.is_free = parent is not None and parent.is_free
        self.is_pausing = False
        self.ignored = ""
        self.marks = Marks()
        self.stop: Stop | None = None
        self.failure: Failure | None = None
        self.recovery: Recovery = FAIL_ON
        self.jump: Jump | None = None
        self.released: asyncio.Future[None] | None = None

    @property
    def position(self) -> Position:
        return Position(self.path, self.field)

    @property
    def is_stopped(self) -> bool:
        return self.released is not None and not self.released.done()


class RunDebugger:
    """The debugger of one run. `others` says what other threads do while one is stopped."""

    def __init__(self, port: DebugPort, client: Client, others: str = RUN_OTHERS) -> None:
        self.others = others
        self._filters = Filters()
        self._watches: dict[str, Any] = {}
        self._port = port
        self._client = client
        self._threads: dict[str | None, _Thread] = {}
        self._ids = count(1)
        self._placed = PlacedBreakpoints(client.breakpoint_changed, self._ask_at_fields)
        self._holds_all = False
        # The next thread that is held stops, in place of one that has ended.
        self._hands_on = False
        self._stops_at_entry = False
        self._iterations: dict[tuple[str, str], list[tuple[str, Any]]] = {}

    # What the engine asks.

    def step_reached(self, thread: ControlThread, steps: Sequence[Step], index: int) -> bool:
        """Return whether to hold a thread before a step of a list."""
        state = self._threads.get(thread.branch) or self._state_of(thread)
        state.marks.keep(thread, steps, index)
        return self._arrives(state, thread, steps[index].pointer, "")

    def reached(self, thread: ControlThread, path: str, field: str) -> bool:
        """Return whether to hold a thread before an expression of a step, or before its participant runs."""
        return self._arrives(self._state_of(thread), thread, path, field)

    async def hold(self, thread: ControlThread) -> None:
        """Hold a thread. Raises Jump."""
        await self._wait(self._state_of(thread))

    def failure_reached(self, thread: ControlThread, failure: Failure) -> bool:
        """Return whether to hold a thread at a failure."""
        state = self._state_of(thread)
        state.control = thread
        if not self._stops_at(thread, failure):
            return False
        state.path, state.field, state.failure = failure.path, "", failure
        state.recovery = FAIL_ON
        state.stop = self._stop(state, "exception", failure.error.message)
        return True

    async def recover(self, thread: ControlThread) -> Recovery:
        """Hold a thread at a failure and return how to go on. Raises Jump."""
        state = self._state_of(thread)
        try:
            await self._wait(state)
        finally:
            state.failure = None
        if isinstance(state.recovery, TryAgain):
            state.ignored = state.path
        return state.recovery

    def step_ended(self, thread: ControlThread, step: Step) -> None:
        """Keep the result of an iteration."""
        if not thread.loops.indices or not isinstance(step, Call):
            return
        name = step.inline.name if step.inline is not None else step.name.text if step.name else None
        if name is None:
            return
        label = ".".join(str(index + 1) for index in thread.loops.indices)
        kept = self._iterations.setdefault((thread.frame.file, name), [])
        kept.append((f"iteration {label}", thread.frame.variables.get(name)))
        del kept[:-_MAX_ITERATIONS]

    def forked(self, thread: ControlThread, branches: Sequence[ControlThread]) -> None:
        """Begin a thread for each branch; a step into the `parallel` stops in all of them."""
        parent = self._state_of(thread)
        steps_in = parent.mode == _IN
        for branch in branches:
            state = self._begin(branch, parent)
            state.mode = _IN if steps_in else _RUN
        if steps_in:
            parent.mode = _RUN

    def branch_ended(self, thread: ControlThread) -> None:
        """End the thread of a branch; a step that it was in ends in one that is held, or in the one around it."""
        state = self._threads.pop(thread.branch, None)
        if state is None:
            return
        self._client.thread_changed(state.id, started=False)
        if state.mode == _RUN or state.parent is None:
            return
        is_last = all(other.parent is not state.parent for other in self._threads.values())
        if self._holds_all and not is_last:
            self._hand_on()
        else:
            state.parent.mode, state.parent.reason = _IN, "step"

    def _hand_on(self) -> None:
        """Tell that one of the threads that are held has stopped, or will: something is to be stopped."""
        held = [other for other in self._threads.values() if other.is_stopped]
        if any(other.stop is not None for other in held):
            return
        if not held:
            self._hands_on = True
            return
        held[0].stop = self._stop(held[0], "step")
        self._client.stopped(held[0].stop)

    def joined(self, thread: ControlThread, branches: Sequence[ControlThread]) -> None:
        """End the threads of branches that have not come to their end."""
        parent = self._state_of(thread)
        for branch in branches:
            state = self._threads.pop(branch.branch, None)
            if state is None:
                continue
            if state.mode != _RUN:
                parent.mode, parent.reason = _IN, "step"
            self._client.thread_changed(state.id, started=False)
        parent.control = thread

    # What users ask.

    @property
    def run(self) -> Run:
        """The run, which must have begun."""
        run: Run | None = self._port.run
        if run is None:
            raise DebugError("the run has not begun")
        return run

    def attach(self, *, at_entry: bool = False) -> None:
        """Begin to be asked by the engine; with `at_entry` the first thing that runs is stopped at."""
        self._stops_at_entry = at_entry
        self._port.debugger = self

    def detach(self) -> None:
        """Let the run go on by itself."""
        if self._port.debugger is self:
            self._port.debugger = None
            self._port.asks_at_fields = False
        for state in self._threads.values():
            self._release(state)

    def threads(self) -> list[ThreadInfo]:
        """Return all threads, the main one first."""
        return [ThreadInfo(state.id, self._name(state)) for state in self._threads.values()]

    def is_stopped(self, thread: int) -> bool:
        """Return whether a thread is held. Raises DebugError for one that does not exist."""
        return self._thread(thread).is_stopped

    def stack(self, thread: int) -> list[StackFrame]:
        """Return the frames of a thread, innermost first. Raises DebugError."""
        state = self._thread(thread)
        return [frame for frame, _ in self._stack(state)]

    def control_of(self, thread: int, index: int) -> ControlThread:
        """Return the engine's thread behind a frame of a stopped thread. Raises DebugError."""
        state = self._stopped(thread)
        return self._stack(state)[index][1]

    def failure_of(self, thread: int) -> Failure | None:
        """Return the failure that a thread is stopped at, None for another stop. Raises DebugError."""
        return self._thread(thread).failure

    def reason_of(self, thread: int) -> Stop | None:
        """Return why a thread has stopped. Raises DebugError."""
        return self._thread(thread).stop

    def iterations(self, file: str, name: str) -> list[tuple[str, Any]]:
        """Return the results of a step in the iterations of its loops, each with a label."""
        return self._iterations.get((file, name), [])

    def move(self, thread: int, motion: Motion, *, alone: bool = False) -> bool:
        """Let a thread go on, by a step or freely, and return whether all others were let go too.

        Raises DebugError if it is not stopped.
        """
        state = self._stopped(thread)
        state.mode, state.reason = _MODES[motion], "step"
        state.depth = len(self._stack(state))
        everybody = motion == "continue" and not alone
        if everybody:
            self._holds_all = False
            for other in self._threads.values():
                self._let_go(other)
        else:
            self._let_go(state)
        return everybody

    def pause(self, thread: int | None = None) -> list[str]:
        """Stop a thread, or all, before its next step; return the names of the threads that still run one."""
        states = [*self._threads.values()] if thread is None else [self._thread(thread)]
        running = [state for state in states if not state.is_stopped]
        for state in running:
            state.is_pausing = True
        return [self._name(state) for state in running]

    def recover_by(self, thread: int, recovery: Recovery) -> None:
        """Go on after the failure that a thread is stopped at. Raises DebugError."""
        state = self._stopped(thread)
        if state.failure is None:
            raise DebugError("the thread is not stopped at a failure")
        state.recovery = recovery
        state.mode = _RUN
        self._let_go(state)

    def restart(self, thread: int, index: int) -> None:
        """Run a frame again from its beginning, with the values of then. Raises DebugError."""
        state = self._stopped(thread)
        found, control = self._stack(state)[index]
        if found.frame.first.startswith("/participants/"):
            raise DebugError("a fallback can't begin again by itself: restart the step that failed")
        self._jump(state, control.frame, found.frame.first, "restart")

    def go_to(self, thread: int, path: str) -> None:
        """Go on at another step of a list that the thread is in. Raises DebugError.

        Steps before an earlier one keep their results; steps that are skipped over get none.
        """
        state = self._stopped(thread)
        self._jump(state, state.control.frame, path, "goto")

    def set_breakpoints(self, file: str, breakpoints: list[Breakpoint]) -> None:
        """Replace the breakpoints of a file, which are placed where they can stand."""
        self._placed.set_in_file(file, breakpoints)

    def set_step_breakpoints(self, by_name: Mapping[str, Breakpoint]) -> None:
        """Replace the breakpoints on the names of steps."""
        self._placed.set_on_names(by_name)

    def loaded_sites(self, file: str) -> Sites | None:
        """Return the sites of a file that the run has come to."""
        return self._placed.loaded_sites(file)

    def set_filters(self, filters: Filters) -> None:
        """Say which failures stop a thread."""
        self._filters = filters

    def set_watches(self, expressions: Sequence[str]) -> None:
        """Stop threads when the value of an expression changes."""
        self._watches = {expression: self._watches.get(expression, NO_VALUE) for expression in expressions}
        self._ask_at_fields()

    # How threads stop and go on.

    def _arrives(self, state: _Thread, thread: ControlThread, path: str, field: str) -> bool:
        state.control, state.path, state.field = thread, path, field
        at = self._placed.at(thread.frame, path, field)
        if (
            not at
            and state.mode == _RUN
            and not self._holds_all
            and not self._watches
            and not state.is_pausing
        ):
            return False
        state.stop = self._stop_at(state, at)
        return state.stop is not None or (self._holds_all and not state.is_free)

    def _stop_at(self, state: _Thread, at: Sequence[Breakpoint]) -> Stop | None:
        """Return why a thread stops where it has come to, None if it does not."""
        hit = self._hit(state, at)
        ignored, state.ignored = state.ignored, ""
        changed = self._changed(state)
        if state.mode != _RUN and state.reason in _ARRIVALS and self._is_next(state):
            return self._stop(state, state.reason)
        if hit and ignored != state.path:
            return self._stop(state, "breakpoint", breakpoints=tuple(breakpoint_.id for breakpoint_ in hit))
        if changed:
            return self._stop(state, "data breakpoint", changed)
        if state.mode != _RUN and self._is_next(state):
            return self._stop(state, state.reason)
        if state.is_pausing:
            return self._stop(state, "pause")
        return None

    def _is_next(self, state: _Thread) -> bool:
        """Return whether a step of the debugger ends here."""
        path, field = state.position
        if field and (path != OUTPUT_POINTER or not self._is_first_output(state)):
            return False
        if state.mode == _IN:
            return True
        depth = len(self._stack(state))
        return depth <= state.depth if state.mode == _OVER else depth < state.depth

    def _is_first_output(self, state: _Thread) -> bool:
        sites = self._placed.sites_of(state.control.frame).all
        first = next((site for site in sites if site.position.path == OUTPUT_POINTER), None)
        return first is not None and first.position.field == state.field

    def _hit(self, state: _Thread, at: Sequence[Breakpoint]) -> list[Breakpoint]:
        """Return the breakpoints that stop the thread here; those that only log do so."""
        control = state.control
        return [
            breakpoint_
            for breakpoint_ in at
            if breakpoint_.stops(
                control.variables,
                self._expression_at(state),
                partial(self._print, control, breakpoint_.site),
            )
        ]

    def _expression_at(self, state: _Thread) -> str | None:
        """Return the expression that a thread is at, None for a step."""
        return self._placed.sites_of(state.control.frame).text_at(state.position) if state.field else None

    def _changed(self, state: _Thread) -> str:
        """Return which watched expression has another value than before, empty for none."""
        changed = ""
        for expression, before in self._watches.items():
            try:
                now = evaluate(expression, state.control.variables)
            except ExpressionError:
                now = NO_VALUE
            self._watches[expression] = now
            if before is not NO_VALUE and now is not NO_VALUE and now != before:
                changed = f"`{expression}` changed"
        return changed

    def _print(self, thread: ControlThread, site: Site | None, text: str) -> None:
        file = thread.frame.file
        self._client.printed(self.run.secrets.mask(text), file, site.line if site is not None else 0)

    def _stop(
        self, state: _Thread, reason: StopReason, text: str = "", breakpoints: tuple[int, ...] = ()
    ) -> Stop:
        text = self.run.secrets.mask(text)
        return Stop(state.id, reason, text, breakpoints, self.others == HOLD_OTHERS)

    async def _wait(self, state: _Thread) -> None:
        """Wait until a thread is let go. Raises Jump."""
        state.released = asyncio.get_running_loop().create_future()
        state.mode, state.is_free, state.is_pausing = _RUN, False, False
        if state.stop is None and self._hands_on:
            state.stop = self._stop(state, "step")
        if state.stop is not None:
            self._hands_on = False
            self._holds_all = self._holds_all or self.others == HOLD_OTHERS
            self._client.stopped(state.stop)
        try:
            with self._port.suspended_limits(state.control):
                await state.released
        finally:
            state.released = state.stop = None
        if state.jump is not None:
            jump, state.jump = state.jump, None
            raise jump

    def _let_go(self, state: _Thread) -> None:
        state.is_free = self._holds_all
        self._release(state)

    def _release(self, state: _Thread) -> None:
        if state.released is not None and not state.released.done():
            state.released.set_result(None)

    def _jump(self, state: _Thread, frame: WorkflowFrame, path: str, reason: StopReason) -> None:
        """Send a stopped thread to a step. Raises DebugError."""
        for owner in _self_and_parents(state):
            for mark in reversed(owner.marks):
                index = next((n for n, step in enumerate(mark.steps) if step.pointer == path), None)
                if index is None or mark.thread.frame is not frame or not _is_inside(state, mark):
                    continue
                if reason == "restart" and not mark.has_come_to(index):
                    break
                state.jump = Jump(mark.thread, mark.steps, index, self._landing(owner, mark, index, reason))
                state.recovery, state.mode = FAIL_ON, _RUN
                self._let_go(state)
                return
        if reason == "restart":
            raise DebugError("it began before the debugger was attached, so it can't begin again")
        raise DebugError("the thread can go only to steps of the lists that it is in")

    def _landing(self, owner: _Thread, mark: Mark, index: int, reason: StopReason) -> Callable[[], None]:
        def land() -> None:
            owner.mode, owner.reason = _IN, reason
            mark.restore(index)

        return land

    def _stops_at(self, thread: ControlThread, failure: Failure) -> bool:
        filters, error = self._filters, failure.error
        applying = [filters.all]
        if failure.will_retry:
            applying.append(filters.retried)
        elif not failure.is_handled and not self._is_handled_above(thread):
            applying.append(filters.unhandled)
        if error.code == "timeout":
            applying.append(filters.timeout)
        variables = {**thread.variables, **failure_variables(failure)}
        return any_holds(applying, variables, partial(self._print, thread, None))

    def _is_handled_above(self, thread: ControlThread) -> bool:
        """Return whether a step that called this workflow deals with its failures."""
        for caller, path in calls_of(thread):
            step = self._placed.sites_of(caller.frame).steps.get(path)
            if not isinstance(step, Call) or caller.frame.settings(step).on_error != FAIL:
                return True
        return False

    # Threads, frames and files.

    def _state_of(self, thread: ControlThread) -> _Thread:
        state = self._threads.get(thread.branch)
        if state is not None:
            return state
        parent = self._state_of(fork_of(thread)) if thread.branch is not None else None
        return self._begin(thread, parent)

    def _begin(self, thread: ControlThread, parent: _Thread | None) -> _Thread:
        state = _Thread(next(self._ids), thread, parent)
        self._threads[thread.branch] = state
        if self._stops_at_entry:
            self._stops_at_entry = False
            state.mode, state.reason = _IN, "entry"
        self._client.thread_changed(state.id, started=True)
        return state

    def _thread(self, id_: int) -> _Thread:
        for state in self._threads.values():
            if state.id == id_:
                return state
        raise DebugError("there is no such thread: it may have ended")

    def _stopped(self, id_: int) -> _Thread:
        state = self._thread(id_)
        if not state.is_stopped:
            raise DebugError("the thread runs: pause it first")
        return state

    def _name(self, state: _Thread) -> str:
        if state.parent is None:
            return "main"
        indices = (state.control.branch or "").split(".")
        name = f"branch {'.'.join(str(int(index) + 1) for index in indices)}"
        mark = state.marks.outermost
        if mark is None:
            return name
        return self.run.secrets.mask(f"{name}: {step_title(mark.steps[0], mark.thread.frame.workflow)}")

    def _stack(self, state: _Thread) -> list[tuple[StackFrame, ControlThread]]:
        """Return the frames of a thread with the engine's threads behind them, innermost first."""
        found = []
        position = state.position
        calls = ((caller, Position(path)) for caller, path in calls_of(state.control))
        for control, at in ((state.control, position), *calls):
            indices = control.loops.indices
            if at.field == "loop.until":
                indices = indices[:-1]
            callers = control.callers[inherited(control) :]
            frames = frames_in_file(self._placed.sites_of(control.frame), at, callers, indices)
            variables = control.variables
            if state.failure is not None and control is state.control:
                own = {**variables.own, **failure_variables(state.failure)}
                variables = ScopedVariables(own, variables.shared)
            found += [(StackFrame(frame, control.frame.file, variables), control) for frame in frames]
        return found

    def _ask_at_fields(self) -> None:
        """Be asked at expressions and participants if breakpoints stand there, or values are watched."""
        self._port.asks_at_fields = self._placed.are_at_fields or bool(self._watches)


def failure_variables(failure: Failure) -> dict[str, Any]:
    """Return the variables that expressions see while a thread is stopped at a failure."""
    error = failure.error
    return {"error": error.message, "exitCode": error.exit_code, "attempt": failure.attempt}


def _self_and_parents(state: _Thread | None) -> Iterator[_Thread]:
    while state is not None:
        yield state
        state = state.parent


def _is_inside(state: _Thread, mark: Mark) -> bool:
    """Return whether a thread is in one of the steps of a list, at any depth."""
    if mark.thread.frame is not state.control.frame:
        return True
    path = (*state.control.callers, state.path)[inherited(state.control)]
    return any(path == step.pointer or path.startswith(f"{step.pointer}/") for step in mark.steps)

"""Launches what a session debugs: a run in its own process, or the trace of one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ...live.host import LiveRunHost
from ...runtime.engine.debugging import DebugPort
from ...runtime.engine.run_workflow import Result
from ...runtime.hubs import HubError
from ...testing.runner import EventList, hub_of, problems_of
from ..launch import PlannedRun, RunOptions, plan_run, recorder_of, run_planned
from ..run_target import RunTarget
from ..values import whole_text
from .listeners import CANCELLED, Console, exit_code
from .messages import Launch
from .session import Debuggee

if TYPE_CHECKING:
    from ...language.test_files import Case
    from ...runtime.events.stream import Listener
    from .session import Session


async def launch(session: Session, arguments: Launch) -> Debuggee:
    """Return a run to be started, or the trace of one to be walked through. Raises DebugError."""
    if arguments.trace is not None:
        from ..trace_target import open_trace

        target = open_trace(session, arguments.trace, arguments.program, at_entry=arguments.stop_on_entry)
        return Debuggee(target, target.start, target.end, target.end)
    planned = plan_run(
        RunOptions(
            program=arguments.program,
            inputs=arguments.inputs,
            cwd=arguments.cwd,
            env=arguments.env,
            resume=arguments.resume,
            from_step=arguments.from_step,
            replay=arguments.replay,
            mock=arguments.mock,
            test=arguments.test,
        )
    )
    launched = _LaunchedRun(session, arguments, planned)
    return Debuggee(launched.target, launched.start, launched.end, launched.end)


class _LaunchedRun:
    """A run in the process of the session, which ends with it."""

    def __init__(self, session: Session, arguments: Launch, planned: PlannedRun) -> None:
        self._session = session
        self._arguments = arguments
        self._planned = planned
        self._port = DebugPort()
        self._task: asyncio.Task[None] | None = None
        self.target = RunTarget(self._port, session, planned.secrets, arguments.other_branches)

    def start(self) -> None:
        """Start the run."""
        if not self._arguments.no_debug:
            self.target.attach(at_entry=self._arguments.stop_on_entry)
        self._task = asyncio.ensure_future(self._run())

    async def end(self) -> None:
        """Cancel the run and wait until all that it started has ended."""
        self.target.detach()
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        planned, session = self._planned, self._session
        host = LiveRunHost(planned.secrets)
        listeners: list[Listener] = [Console(session, self.target), host]
        tested = EventList() if planned.case is not None else None
        if tested is not None:
            listeners.append(tested)
        recorder = recorder_of(planned, self._arguments.trace_dir, self._warn)
        if recorder is not None:
            listeners.append(recorder)
        host.cancel = self._cancel
        code = CANCELLED
        try:
            result = await run_planned(
                planned,
                listeners=listeners,
                warn=self._warn,
                hub=host.shared(None if planned.case is None else hub_of(planned.case)),
                gate=host.gate,
                debug=self._port,
            )
            code = exit_code(result.success)
            self._show(result)
            if planned.case is not None and tested is not None:
                code = self._judge(planned.case, result, tested)
        except HubError as error:
            self._warn(str(error))
        finally:
            await host.close()
            if recorder is not None:
                await asyncio.shield(asyncio.to_thread(recorder.close))
            session.ended(code)

    def _judge(self, case: Case, result: Result, tested: EventList) -> int:
        """Show whether a test has passed, and return the exit code."""
        problems = problems_of(case, result, tested.events, self._planned.secrets.mask)
        verdict = "\n".join((f"✗ {case.name}", *problems)) if problems else f"✓ {case.name}"
        self._session.show(f"{verdict}\n", "stderr" if problems else "console")
        return exit_code(not problems)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _warn(self, text: str) -> None:
        self._session.show(f"{self._planned.secrets.mask(text)}\n", "important")

    def _show(self, result: Result) -> None:
        if result.error is not None:
            self._session.show(f"{result.error}\n", "stderr")
        elif result.output is not None:
            self._session.show(f"{whole_text(result.output, self._planned.secrets)}\n", "console")

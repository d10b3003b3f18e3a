"""Prepares a run for a debugger, and runs it: the workflow, its inputs, what an earlier run gives, its trace."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..files import read_named_file
from ..language.analysis import Analysis, load
from ..language.model.workflow import step_names
from ..language.syntax import MAX_BYTES
from ..language.test_files import Case, Tests, check, read
from ..replay.earlier_run import earlier_run
from ..replay.inputs import RecordedInputsError, recorded_inputs
from ..replay.mock import MockError, Mocks, read_mocks
from ..replay.recorded_run import RecordedRun
from ..replay.replay import Replay
from ..replay.resume import Resume
from ..replay.step_selectors import StepSelector
from ..runtime.engine.controller import Controller
from ..runtime.engine.debugging import DebugPort
from ..runtime.engine.inputs import InputError, resolve
from ..runtime.engine.loading import WorkflowLoader
from ..runtime.engine.run_workflow import Result, run
from ..runtime.events.stream import BackgroundListener, Gate, Listener, Warn
from ..runtime.hubs import Connect
from ..runtime.secrets import Secrets
from ..trace.model import Trace
from ..trace.readers.error import TraceError
from ..trace.recorder import record_trace
from .client import DebugError

_MAX_ERRORS = 10


class Wording(NamedTuple):
    """Names options of a run in messages: by default as an editor does."""

    give_input: str = "give it under `inputs` in the launch configuration"
    run_again: str = "say under `from` which step to run again from"


class RunOptions(NamedTuple):
    """The options of a run: paths may be relative to `cwd`, or to the current folder."""

    program: str
    inputs: Mapping[str, Any]
    cwd: str | None = None
    env: Mapping[str, str | None] = {}
    resume: str | None = None
    from_step: str | None = None
    replay: str | None = None
    mock: str | None = None
    test: str | None = None
    wording: Wording = Wording()


class PlannedRun(NamedTuple):
    """A run that is ready to start."""

    analysis: Analysis
    file: str
    inputs: dict[str, Any]
    secrets: Secrets
    environment: dict[str, str]
    cwd: str | None
    controller: Controller | None
    resumed_from: str | None
    case: Case | None = None


def plan_run(options: RunOptions) -> PlannedRun:
    """Return a run that is ready to start. Raises DebugError."""
    if not options.program:
        raise DebugError("`program` must be the path of a workflow file")
    if options.cwd is not None and not os.path.isdir(options.cwd):
        raise DebugError(f"`cwd`: {options.cwd} is not a folder")
    file = os.path.abspath(options.program)
    if options.test is not None:
        return _planned_test(file, options.test)
    analysis = _checked(file, load)
    environment = {**os.environ, **{name: value or "" for name, value in options.env.items()}}
    for name, value in options.env.items():
        if value is None:
            environment.pop(name, None)
    secrets = Secrets(environment)
    trace = _earlier(options, analysis, file)
    inputs = dict(options.inputs)
    if trace is not None:
        inputs = _recorded_inputs(trace, inputs, options.wording) | inputs
    try:
        resolved = resolve(analysis.workflow.inputs, inputs, secrets)
    except InputError as error:
        raise DebugError(f"{error}: {options.wording.give_input}") from None
    return PlannedRun(
        analysis=analysis,
        file=file,
        inputs=resolved,
        secrets=secrets,
        environment=environment,
        cwd=options.cwd,
        controller=_controller(options, analysis, trace, file),
        resumed_from=trace.execution.id if trace is not None and options.resume else None,
    )


async def run_planned(
    planned: PlannedRun,
    *,
    listeners: list[Listener],
    warn: Warn,
    debug: DebugPort,
    hub: Connect | None = None,
    gate: Gate | None = None,
) -> Result:
    """Run what is planned and return how it ended; the options are those of `run_workflow.run`."""
    return await run(
        planned.analysis.workflow,
        planned.file,
        planned.inputs,
        load=WorkflowLoader(),
        listeners=listeners,
        warn=warn,
        controller=planned.controller,
        secrets=planned.secrets,
        environment=planned.environment,
        cwd=planned.cwd,
        resumed_from=planned.resumed_from,
        hub=hub,
        gate=gate,
        debug=debug,
    )


def recorder_of(planned: PlannedRun, trace_dir: str | None, warn: Warn) -> BackgroundListener | None:
    """Return what writes a trace of a run into a folder, None without one."""
    if trace_dir is None:
        return None
    return record_trace(Path(trace_dir), "json", planned.secrets, warn)


def _planned_test(file: str, name: str) -> PlannedRun:
    """Return the run of a test: with its inputs, its mocks and its environment."""
    from ..testing.runner import controller_of

    tests = _tests(file)
    case = next((case for case in tests.cases if case.name == name), None)
    if case is None:
        raise DebugError(f"{file} has no test `{name}`")
    workflow = os.path.abspath(tests.workflow)
    analysis = _checked(workflow, load)
    environment = {**os.environ, **case.environment}
    secrets = Secrets(environment)
    try:
        inputs = resolve(analysis.workflow.inputs, case.inputs, secrets)
    except InputError as error:
        raise DebugError(str(error)) from None
    return PlannedRun(analysis, workflow, inputs, secrets, environment, None, controller_of(case), None, case)


def _tests(file: str) -> Tests:
    return read(_checked(file, _test_file).document, Path(file))


def _test_file(file: str) -> Analysis:
    return check(read_named_file(file, MAX_BYTES).decode(), Path(file))


def _checked(file: str, load: Callable[[str], Analysis]) -> Analysis:
    """Return a file that has no errors. Raises DebugError."""
    try:
        analysis = load(file)
    except OSError as error:
        raise DebugError(f"{file}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise DebugError(f"{file}: is not UTF-8 text") from None
    if analysis.errors:
        raise DebugError(_described_errors(file, analysis))
    return analysis


def _described_errors(file: str, analysis: Analysis) -> str:
    lines = []
    for found in analysis.errors[:_MAX_ERRORS]:
        line, column = analysis.document.lines.position(found.start)
        lines.append(f"{file}:{line + 1}:{column + 1}: {found.message} [{found.code}]")
    if len(analysis.errors) > len(lines):
        lines.append(f"and {len(analysis.errors) - len(lines)} more errors")
    return "\n".join(lines)


def _earlier(options: RunOptions, analysis: Analysis, file: str) -> Trace | None:
    if options.resume and options.replay:
        raise DebugError("`resume` and `replay` can't be used together")
    if options.from_step and not options.resume:
        raise DebugError("`from` needs `resume`: the steps before it are reused from that trace")
    name = options.resume or options.replay
    if name is None:
        return None
    try:
        return earlier_run(name, file, analysis.document.digest)
    except TraceError as error:
        raise DebugError(str(error)) from None


def _recorded_inputs(trace: Trace, overridden: Mapping[str, Any], wording: Wording) -> dict[str, Any]:
    try:
        return recorded_inputs(trace.execution, overridden)
    except RecordedInputsError as error:
        reason = str(error).partition(":")[0]
        raise DebugError(f"{reason}: {wording.give_input}") from None


def _controller(options: RunOptions, analysis: Analysis, trace: Trace | None, file: str) -> Controller | None:
    controller: Controller | None = None
    if trace is not None:
        recorded = RecordedRun(trace, file)
        controller = Replay(recorded) if options.replay else _resume(options, trace, recorded)
    if options.mock is None:
        return controller
    try:
        mocks = read_mocks(Path(options.mock), step_names(analysis.workflow))
    except MockError as error:
        raise DebugError(str(error).removeprefix("--mock ")) from None
    return Mocks(mocks, controller or Controller())


def _resume(options: RunOptions, trace: Trace, recorded: RecordedRun) -> Resume:
    if options.from_step is None:
        if trace.execution.status == "success":
            raise DebugError(f"that run succeeded: {options.wording.run_again}")
        return Resume(recorded)
    first = StepSelector.parse(options.from_step).find(trace.steps)
    if first is None:
        raise DebugError(f"`from`: the step {options.from_step} did not run in that run")
    return Resume(recorded, first.seq)

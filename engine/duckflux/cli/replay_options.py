"""The options of `run` that build on an earlier run: `--resume`, `--from`, `--replay`, `--mock`, `--until`."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ..language.analysis import Analysis
    from ..language.model.workflow import Workflow
    from ..replay.step_selectors import StepSelector, StopAfter
    from ..runtime.engine.controller import Controller
    from ..trace.model import Trace


class ReplayOptionsError(Exception):
    """The run can't build on what was asked; the text is for people."""


class ReplayOptions(NamedTuple):
    """`inputs` are those of the earlier run, `resumed_from` its id; `until` is where the run is to end."""

    controller: Controller | None
    inputs: dict[str, Any]
    resumed_from: str | None
    until: StopAfter | None


NOTHING = ReplayOptions(None, {}, None, None)


def add_replay_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that build on an earlier run."""
    group = parser.add_argument_group("an earlier run")
    group.add_argument(
        "--resume", metavar="TRACE", help="go on where the run of this trace failed or broke off"
    )
    group.add_argument(
        "--from",
        dest="from_step",
        metavar="STEP",
        help="with --resume: run again from this step on: its name, or its JSON pointer as /flow/2; "
        "`STEP@1` in the second round of its loop",
    )
    group.add_argument("--replay", metavar="TRACE", help="run no participant: outputs come from this trace")
    group.add_argument(
        "--mock", metavar="FILE", help="a YAML or JSON file with outputs for steps by their names"
    )
    group.add_argument("--until", metavar="STEP", help="end the run after this step; its output is the run's")


def replay_options(args: argparse.Namespace, analysis: Analysis, given: set[str]) -> ReplayOptions:
    """What the options ask for; `given` are the names of the inputs given by hand. Raises AgainError."""
    if not any((args.resume, args.from_step, args.replay, args.mock, args.until)):
        return NOTHING
    if args.resume and args.replay:
        raise ReplayOptionsError("--resume goes on and --replay runs nothing: use one of them")
    if args.from_step and not args.resume:
        raise ReplayOptionsError("--from needs --resume TRACE: what is before the step comes from there")
    from ..runtime.engine.controller import Controller

    file = os.path.abspath(args.file)
    trace = _trace(args.resume or args.replay, analysis, file)
    controller = Controller() if trace is None else _from_trace(args, trace, file)
    if args.mock:
        controller = _mocks(args, analysis.workflow, controller)
    until = None
    if args.until:
        from ..replay.step_selectors import StopAfter

        until = controller = StopAfter(_selector(args.until, analysis.workflow), file, controller)
    if trace is None:
        return ReplayOptions(controller, {}, None, until)
    return ReplayOptions(
        controller, _inputs(trace, given), trace.execution.id if args.resume else None, until
    )


def _trace(name: str | None, analysis: Analysis, file: str) -> Trace | None:
    """The trace to build on, which must be one of this workflow."""
    if name is None:
        return None
    from pathlib import Path

    from ..trace.readers import recover
    from ..trace.readers.error import TraceError

    try:
        trace = recover(Path(name))
    except TraceError as error:
        raise ReplayOptionsError(str(error)) from None
    then = trace.execution.workflow_path
    if then is None or any(step.path is None for step in trace.steps):
        raise ReplayOptionsError(f"{name} does not say where its steps stand: it was not made by duckflux")
    if then != file and trace.execution.workflow_hash != _hash(analysis):
        raise ReplayOptionsError(f"{name} is the trace of another workflow, {then}")
    return trace


def _hash(analysis: Analysis) -> str:
    import hashlib

    return hashlib.sha256(analysis.document.text.encode("utf-8", "surrogatepass")).hexdigest()


def _from_trace(args: argparse.Namespace, trace: Trace, file: str) -> Controller:
    from ..replay.recorded_run import RecordedRun

    history = RecordedRun(trace, file)
    if args.replay:
        from ..replay.replay import Replay

        return Replay(history)
    from ..replay.resume import Resume
    from ..replay.step_selectors import StepSelector

    if args.from_step is None:
        if trace.execution.status == "success":
            raise ReplayOptionsError(
                "that run ended with success: say from where to run again with --from STEP"
            )
        return Resume(history)
    first = StepSelector.parse(args.from_step).find(trace.steps)
    if first is None:
        ran = ", ".join(dict.fromkeys(step.name for step in trace.steps if step.workflow is None))
        raise ReplayOptionsError(f"--from {args.from_step}: it did not run then; what ran: {ran}")
    return Resume(history, first.seq)


def _mocks(args: argparse.Namespace, workflow: Workflow, otherwise: Controller) -> Controller:
    from pathlib import Path

    from ..language.model.workflow import step_names
    from ..replay.mock import MockError, Mocks, read_mocks

    try:
        return Mocks(read_mocks(Path(args.mock), step_names(workflow)), otherwise)
    except MockError as error:
        raise ReplayOptionsError(str(error)) from None


def _selector(text: str, workflow: Workflow) -> StepSelector:
    """A step of the workflow's own file. Raises AgainError for one that is not there."""
    from ..language.model.workflow import step_names, walk
    from ..language.suggest import closest, did_you_mean
    from ..replay.step_selectors import StepSelector

    selector = StepSelector.parse(text)
    steps = (step.pointer for step in walk(workflow.flow))
    names = step_names(workflow)
    if selector.step not in (steps if selector.step.startswith("/") else names):
        hint = did_you_mean(closest(selector.step, names))
        raise ReplayOptionsError(f"--until {text}: there is no such step{hint}")
    return selector


def _inputs(trace: Trace, given: set[str]) -> dict[str, Any]:
    from ..replay.inputs import RecordedInputsError, recorded_inputs

    try:
        return recorded_inputs(trace.execution, given)
    except RecordedInputsError as error:
        raise ReplayOptionsError(str(error)) from None

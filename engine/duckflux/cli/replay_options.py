"""Defines the options of `run` that build on earlier runs: resume, replay, reuse, mocks, until."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from ..language.analysis import Analysis
    from ..language.model.workflow import Workflow
    from ..replay.step_selectors import StepSelector, StopAfter
    from ..runtime.engine.controller import Controller
    from ..trace.model import Trace


class ReplayOptionsError(Exception):
    """The run cannot build on the earlier one; the message is for users."""


class ReplayOptions(msgspec.Struct, frozen=True):
    """The way in which the run builds on an earlier one.

    `inputs` are those of the earlier run, `resumed_from` is its id; `until` ends the run after a step.
    """

    controller: Controller | None
    inputs: dict[str, Any]
    resumed_from: str | None
    until: StopAfter | None


NO_REPLAY = ReplayOptions(None, {}, None, None)


def add_replay_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that build on an earlier run."""
    group = parser.add_argument_group("options that build on an earlier run")
    group.add_argument(
        "--resume",
        metavar="TRACE",
        help="continue the run of this trace where it failed or was interrupted; a folder means the newest "
        "trace of the workflow in it",
    )
    group.add_argument(
        "--from",
        dest="from_step",
        metavar="STEP",
        help="with --resume: run again from this step: a name, or a JSON pointer such as /flow/2; "
        "`STEP@1` means the second iteration of its loop",
    )
    group.add_argument(
        "--replay", metavar="TRACE", help="run no participants: take their outputs from this trace"
    )
    group.add_argument(
        "--reuse",
        metavar="TRACE",
        help="do not run steps with the comment `# duckflux-reuse` that succeeded with the same definition and "
        "input in this trace; a folder means the newest traces in it",
    )
    group.add_argument(
        "--mock", metavar="FILE", help="a YAML or JSON file with outputs by the names of steps"
    )
    group.add_argument(
        "--until",
        metavar="STEP",
        help="end the run after this step; its output becomes the output of the run",
    )


def replay_options(args: argparse.Namespace, analysis: Analysis, overridden: set[str]) -> ReplayOptions:
    """Return what the options ask for. Raises ReplayOptionsError.

    `overridden` are the names of the inputs that the command line gives.
    """
    if not any((args.resume, args.from_step, args.replay, args.reuse, args.mock, args.until)):
        return NO_REPLAY
    if args.resume and args.replay:
        raise ReplayOptionsError("--resume and --replay cannot be used together")
    if args.reuse and args.replay:
        raise ReplayOptionsError(
            "--replay runs no participant, so --reuse has nothing to do: give one of them"
        )
    if args.from_step and not args.resume:
        raise ReplayOptionsError("--from needs --resume TRACE: the steps before it are reused from there")
    from ..runtime.engine.controller import Controller

    file = os.path.abspath(args.file)
    trace = _trace(args.resume or args.replay, analysis, file)
    controller = Controller() if trace is None else _from_trace(args, trace, file)
    if args.reuse:
        controller = _reusing(args.reuse, controller)
    if args.mock:
        controller = _mocks(args, analysis.workflow, controller)
    until = None
    if args.until:
        from ..replay.step_selectors import StopAfter

        until = controller = StopAfter(_selector(args.until, analysis.workflow), file, controller)
    if trace is None:
        return ReplayOptions(controller, {}, None, until)
    return ReplayOptions(
        controller, _inputs(trace, overridden), trace.execution.id if args.resume else None, until
    )


def _trace(name: str | None, analysis: Analysis, file: str) -> Trace | None:
    """Return the trace to build on. Raises ReplayOptionsError if it is not one of this workflow."""
    if name is None:
        return None
    from ..replay.earlier_run import earlier_run
    from ..trace.readers.error import TraceError

    try:
        return earlier_run(name, file, analysis.document.digest)
    except TraceError as error:
        raise ReplayOptionsError(str(error)) from None


def _from_trace(args: argparse.Namespace, trace: Trace, file: str) -> Controller:
    from ..replay.recorded_run import RecordedRun

    recorded_run = RecordedRun(trace, file)
    if args.replay:
        from ..replay.replay import Replay

        return Replay(recorded_run)
    from ..replay.resume import Resume
    from ..replay.step_selectors import StepSelector

    if args.from_step is None:
        if trace.execution.status == "success":
            raise ReplayOptionsError("that run succeeded: give the step to run again from with --from STEP")
        return Resume(recorded_run)
    first = StepSelector.parse(args.from_step).find(trace.steps)
    if first is None:
        ran = ", ".join(dict.fromkeys(step.name for step in trace.steps if step.workflow is None))
        raise ReplayOptionsError(
            f"--from {args.from_step}: this step did not run; the steps that ran are {ran}"
        )
    return Resume(recorded_run, first.seq)


def _reusing(name: str, inner: Controller) -> Controller:
    from pathlib import Path

    from ..replay.reuse import ReuseResults, traces_to_reuse
    from ..trace.readers.error import TraceError

    try:
        return ReuseResults(traces_to_reuse(Path(name)), inner)
    except TraceError as error:
        raise ReplayOptionsError(str(error)) from None


def _mocks(args: argparse.Namespace, workflow: Workflow, inner: Controller) -> Controller:
    from pathlib import Path

    from ..language.model.workflow import step_names
    from ..replay.mock import MockError, Mocks, read_mocks

    try:
        return Mocks(read_mocks(Path(args.mock), step_names(workflow)), inner)
    except MockError as error:
        raise ReplayOptionsError(str(error)) from None


def _selector(text: str, workflow: Workflow) -> StepSelector:
    """Return the selector of a step of the workflow's own file. Raises ReplayOptionsError if there is none."""
    from ..language.model.workflow import step_names, walk
    from ..language.suggest import closest, did_you_mean
    from ..replay.step_selectors import StepSelector

    selector = StepSelector.parse(text)
    steps = (step.pointer for step in walk(workflow.flow))
    names = step_names(workflow)
    if selector.step not in (steps if selector.step.startswith("/") else names):
        hint = did_you_mean(closest(selector.step, names))
        raise ReplayOptionsError(f"--until {text}: the workflow has no such step{hint}")
    return selector


def _inputs(trace: Trace, overridden: set[str]) -> dict[str, Any]:
    from ..replay.inputs import RecordedInputsError, recorded_inputs

    try:
        return recorded_inputs(trace.execution, overridden)
    except RecordedInputsError as error:
        raise ReplayOptionsError(str(error)) from None

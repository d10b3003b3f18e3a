"""Implements `duckflux run FILE`: the output goes to stdout, everything else to stderr."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..files import read_named_file
from ..language.syntax import MAX_BYTES
from .diagnostics_output import load_named_file, print_diagnostics
from .hub_options import add_hub_arguments, chosen_hub
from .input_options import InputOptionsError, add_input_arguments, collect
from .replay_options import NO_REPLAY, ReplayOptions, ReplayOptionsError, add_replay_arguments, replay_options

if TYPE_CHECKING:
    from ..language.analysis import Analysis
    from ..language.model.workflow import Workflow
    from ..runtime.engine.run_workflow import Result
    from ..runtime.events.stream import BackgroundListener, Listener
    from ..runtime.hubs import Connect
    from ..runtime.secrets import Secrets

OK, NOT_RUN, FAILED, TERMINATED = 0, 1, 2, 143


class StartError(Exception):
    """The run cannot start; the message is for users."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `run`."""
    parser.add_argument("file", metavar="FILE", help="the workflow file")
    add_input_arguments(parser)
    parser.add_argument(
        "--cwd",
        metavar="DIR",
        help="where commands run if the workflow does not say (default: the current folder)",
    )
    parser.add_argument("--trace-dir", metavar="DIR", help="write a trace of the run into this folder")
    parser.add_argument(
        "--trace-format",
        choices=("json", "txt", "sqlite"),
        default="json",
        help="the format of the trace (default: json)",
    )
    parser.add_argument(
        "--trace-no-values", action="store_true", help="do not write inputs and outputs into the trace"
    )
    parser.add_argument(
        "--progress-events",
        metavar="FILE",
        help="write the engine's events as JSON lines while the run lasts; `-` is stderr",
    )
    add_hub_arguments(parser)
    add_replay_arguments(parser)
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("-v", "--verbose", action="store_true", help="show the output of steps")
    amount.add_argument("--quiet", action="store_true", help="print only errors and the output")
    # An editor runs an unsaved text by this: the text of this file replaces that of FILE.
    parser.add_argument("--source", help=argparse.SUPPRESS)


def main(args: argparse.Namespace) -> int:
    """Run the workflow and return the exit code (docs/language.md#exit-codes-of-run)."""
    try:
        return _main(args)
    except StartError as refusal:
        print(f"{args.file}: error: {refusal}", file=sys.stderr)
        return NOT_RUN


def _main(args: argparse.Namespace) -> int:
    if os.name != "posix":
        raise StartError("running workflows needs a POSIX system: use Linux, macOS or WSL")
    analysis = load_named_file(args.file) if args.source is None else _analysis_of_source(args)
    if analysis is None:
        return NOT_RUN
    if analysis.errors:
        print_diagnostics(analysis, args.file, analysis.errors, sys.stderr)
        return NOT_RUN
    if not args.quiet:
        warnings = tuple(d for d in analysis.diagnostics if d.severity == "warning")
        print_diagnostics(analysis, args.file, warnings, sys.stderr)
    _check_requirements(args, analysis.workflow)
    from ..runtime.secrets import Secrets

    secrets = Secrets(os.environ)
    replay = NO_REPLAY

    def earlier(overridden: set[str]) -> dict[str, Any]:
        nonlocal replay
        replay = replay_options(args, analysis, overridden)
        return replay.inputs

    try:
        inputs = collect(args, analysis.workflow, secrets, lambda text: _note(args, text), earlier)
    except InputOptionsError as error:
        raise StartError(f"\n{args.file}: error: ".join(error.problems)) from None
    except ReplayOptionsError as error:
        raise StartError(str(error)) from None
    return _run(args, analysis, inputs, secrets, replay)


def _analysis_of_source(args: argparse.Namespace) -> Analysis:
    from ..language.analysis import analyse

    try:
        return analyse(read_named_file(args.source, MAX_BYTES).decode(), args.file)
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"--source {args.source}: {error}") from None


def _check_requirements(args: argparse.Namespace, workflow: Workflow) -> None:
    from ..language.model.workflow import Call, walk
    from ..runtime.participants.runners import unavailable_reason

    if args.cwd is not None and not os.path.isdir(args.cwd):
        raise StartError(f"--cwd {args.cwd} is not a folder")
    inline = [step.inline for step in walk(workflow.flow) if isinstance(step, Call) and step.inline]
    for participant in (*workflow.participants.values(), *inline):
        if (reason := unavailable_reason(participant.type)) is not None:
            raise StartError(reason)


def _note(args: argparse.Namespace, text: str) -> None:
    if not args.quiet:
        print(f"{args.file}: warning: {text}", file=sys.stderr)


def _run(
    args: argparse.Namespace,
    analysis: Analysis,
    inputs: dict[str, Any],
    secrets: Secrets,
    replay: ReplayOptions,
) -> int:
    from ..runtime.hubs import HubError

    try:
        return _run_with_hub(args, analysis, inputs, secrets, chosen_hub(args), replay)
    except HubError as error:
        raise StartError(secrets.mask(str(error))) from None


def _run_with_hub(
    args: argparse.Namespace,
    analysis: Analysis,
    inputs: dict[str, Any],
    secrets: Secrets,
    hub: Connect | None,
    replay: ReplayOptions,
) -> int:
    listeners: list[Listener] = []
    closing: list[BackgroundListener] = []
    warn: Callable[[str], None] = lambda text: _note(args, secrets.mask(text))  # noqa: E731
    if args.trace_dir is not None:
        from pathlib import Path

        from ..trace.recorder import record_trace

        folder, values = Path(args.trace_dir), not args.trace_no_values
        closing.append(record_trace(folder, args.trace_format, secrets, warn, values=values))
    if args.progress_events is not None:
        from .progress_events import progress

        closing.append(progress(_events_file(args.progress_events), secrets, warn))
    listeners += closing
    display = None
    if not args.quiet and args.progress_events != "-":
        from .run_display import display_for

        display = display_for(sys.stderr, args.verbose, secrets)
        listeners.append(display)
    try:
        code, result = asyncio.run(
            _run_cancellable(args, analysis, inputs, secrets, listeners, warn, hub, replay)
        )
    finally:
        if display is not None:
            display.close(timeout=1.0)
        for listener in closing:
            listener.close()
    if result is None:
        print(f"{args.file}: error: cancelled", file=sys.stderr)
        return code
    if result.error is not None:
        print(secrets.mask(_with_given_path(str(result.error), args.file)), file=sys.stderr)
        return FAILED
    if replay.until is not None and not replay.until.is_reached:
        _note(args, f"the run ended before it reached {args.until}")
    _print_output(result.output)
    return OK


async def _run_cancellable(
    args: argparse.Namespace,
    analysis: Analysis,
    inputs: dict[str, Any],
    secrets: Secrets,
    listeners: list[Listener],
    warn: Callable[[str], None],
    hub: Connect | None,
    replay: ReplayOptions,
) -> tuple[int, Result | None]:
    """Return the exit code and the result of the run, None for a run that a signal cancelled."""
    from ..runtime.engine.loading import WorkflowLoader
    from ..runtime.engine.run_workflow import run
    from ..runtime.signals import CancelledBySignal

    task = asyncio.ensure_future(
        run(
            analysis.workflow,
            args.file,
            inputs,
            load=WorkflowLoader(),
            listeners=listeners,
            warn=warn,
            secrets=secrets,
            cwd=args.cwd,
            controller=replay.controller,
            resumed_from=replay.resumed_from,
            hub=hub,
        )
    )
    cancelled = CancelledBySignal(task)
    if args.progress_events is not None:
        from .progress_events import on_reader_gone

        on_reader_gone(args.progress_events, lambda: cancelled.cancel(TERMINATED))
    try:
        return OK, await task
    except asyncio.CancelledError:
        if cancelled.code is None:
            raise
        return cancelled.code, None


def _events_file(target: str) -> int:
    if target == "-":
        return 2
    try:
        return os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartError(f"--progress-events {target}: {error.strerror}") from None


def _with_given_path(message: str, file: str) -> str:
    """Return a message with the file's path as the user gave it, or relative to the current folder."""
    try:
        folder = os.getcwd()
    except OSError:
        # The run has removed it.
        return message
    absolute = f"{os.path.normpath(os.path.join(folder, file))}:"
    if message.startswith(absolute):
        return f"{file}:{message.removeprefix(absolute)}"
    return message.removeprefix(f"{folder}{os.sep}")


def _print_output(output: Any) -> None:
    if output is None:
        return
    if isinstance(output, str):
        text = output
    else:
        import json

        text = json.dumps(output, indent=2, ensure_ascii=False) + "\n"
    sys.stdout.write(text)
    sys.stdout.flush()

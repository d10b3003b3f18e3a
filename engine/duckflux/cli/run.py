"""Implements `duckflux run FILE`: the output goes to stdout, everything else to stderr."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

import msgspec

from ..files import read_named_file
from ..language.syntax import MAX_BYTES
from ..terminal_text import printable
from ..trace import DEFAULT_FOLDER
from .argument_parser import whole_number
from .diagnostics_output import load_named_file, print_diagnostics
from .hub_options import add_hub_arguments, chosen_hub
from .input_options import InputOptionsError, add_input_arguments, collect
from .replay_options import NO_REPLAY, ReplayOptions, ReplayOptionsError, add_replay_arguments, replay_options
from .text_output import print_text, shown_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..language.analysis import Analysis
    from ..language.model.workflow import Participant, Workflow
    from ..live.host import LiveRunHost
    from ..live.sessions import Debug
    from ..runtime.engine.debugging import DebugPort
    from ..runtime.engine.run_workflow import Result
    from ..runtime.events.stream import BackgroundListener, Listener
    from ..runtime.hubs import Connect
    from ..runtime.secrets import Secrets
    from ..trace.view.event_lines import Answer
    from .run_ending import RunEnding
    from .run_summary import RunSummary

OK, NOT_RUN, FAILED, TERMINATED = 0, 1, 2, 143
_MAX_ERROR_LINES = 20
_MAX_PARALLEL = 10_000
_MAX_DEFAULT_TRACES = 100 * 1024 * 1024


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
    tracing = parser.add_mutually_exclusive_group()
    tracing.add_argument(
        "--trace-dir",
        metavar="DIR",
        help="write a trace of the run into this folder (default on a terminal: .duckflux/traces beside FILE)",
    )
    tracing.add_argument("--no-trace", action="store_true", help="write no trace")
    parser.add_argument(
        "--summary",
        metavar="FILE",
        help="write a table of the steps in Markdown (by default into the job's summary under GitHub Actions)",
    )
    parser.add_argument(
        "--max-parallel",
        type=whole_number(_MAX_PARALLEL),
        metavar="NUMBER",
        help="how many steps may run at once, sub-workflows included (default: no limit)",
    )
    parser.add_argument(
        "--no-control",
        action="store_true",
        help="open no socket: the commands ps, attach, logs, cancel and emit do not find the run",
    )
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
        "--trace-output",
        action="store_true",
        help="keep what the steps print with the trace (see `trace show --log`)",
    )
    parser.add_argument(
        "--progress-events",
        metavar="FILE",
        help="write the engine's events as JSON lines while the run lasts; `-` is stderr",
    )
    add_hub_arguments(parser)
    add_replay_arguments(parser)
    add_durable_arguments(parser)
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("-v", "--verbose", action="store_true", help="show the output of steps")
    amount.add_argument("--quiet", action="store_true", help="print only errors and the output")
    # An editor runs an unsaved text by this: the text of this file replaces that of FILE.
    parser.add_argument("--source", help=argparse.SUPPRESS)


def add_durable_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of runs that are kept."""
    durable = parser.add_argument_group("durable runs")
    durable.add_argument(
        "--durable",
        metavar="URL",
        help="keep the run in sqlite:PATH or postgresql://USER@HOST/DATABASE, so that it survives its process",
    )
    # `duckflux server` finds what it has started by this, durable or not.
    durable.add_argument(
        "--id", metavar="ID", type=_run_id, help="the run's id: one that exists is gone on with, or followed"
    )
    durable.add_argument("--detach", action="store_true", help="print the id and do not wait for the end")
    durable.add_argument(
        "--spread",
        choices=("none", "parallel", "all"),
        help="which steps other workers may run (default: those of parallel branches)",
    )
    durable.add_argument(
        "--exclusive",
        action="store_true",
        help="wait until no other exclusive run of this workflow is under way",
    )
    durable.add_argument("--label", metavar="NAME", help="have only workers with this label run it")


def main(args: argparse.Namespace) -> int:
    """Run the workflow and return the exit code (docs/language.md#exit-codes-of-run)."""
    try:
        return _main(args)
    except StartError as refusal:
        print_text(f"{args.file}: error: {refusal}", file=sys.stderr)
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
    _check_durable_options(args)
    from ..runtime.secrets import Secrets

    secrets = Secrets(os.environ)
    replay = NO_REPLAY

    def earlier(overridden: set[str]) -> dict[str, Any]:
        nonlocal replay
        replay = replay_options(args, analysis, overridden)
        if args.reuse is not None:
            _check_marks(args, analysis)
        return replay.inputs

    try:
        inputs = collect(args, analysis.workflow, secrets, lambda text: _note(args, text), earlier)
    except InputOptionsError as error:
        raise StartError(f"\n{args.file}: error: ".join(error.problems)) from None
    except ReplayOptionsError as error:
        raise StartError(str(error)) from None
    return _run(_PlannedRun(args, analysis, inputs, secrets, _hub(args, secrets), replay))


def _check_marks(args: argparse.Namespace, analysis: Analysis) -> None:
    """Warn if no step can be reused; the files of called workflows may have marks of their own."""
    from ..runtime.engine.reuse_marks import MARK

    calls_others = any(one.type == "workflow" for one in _participants(analysis.workflow))
    if MARK not in analysis.document.text and not calls_others:
        _note(args, f"nothing is reused: no step has the comment `# {MARK}`")


def _hub(args: argparse.Namespace, secrets: Secrets) -> Connect | None:
    from ..runtime.hubs import HubError

    try:
        return chosen_hub(args)
    except HubError as error:
        raise StartError(secrets.mask(str(error))) from None


def _analysis_of_source(args: argparse.Namespace) -> Analysis:
    from ..language.analysis import analyse

    try:
        return analyse(read_named_file(args.source, MAX_BYTES).decode(), args.file)
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"--source {args.source}: {error}") from None


def _check_requirements(args: argparse.Namespace, workflow: Workflow) -> None:
    from ..runtime.participants.runners import unavailable_reason

    if args.cwd is not None and not os.path.isdir(args.cwd):
        raise StartError(f"--cwd {args.cwd} is not a folder")
    for participant in _participants(workflow):
        if (reason := unavailable_reason(participant.type)) is not None:
            raise StartError(reason)


def _participants(workflow: Workflow) -> Iterator[Participant]:
    """Yield what the steps of a workflow run, declared or inline."""
    from ..language.model.workflow import Call, walk

    yield from workflow.participants.values()
    for step in walk(workflow.flow):
        if isinstance(step, Call) and step.inline is not None:
            yield step.inline


def _run_id(text: str) -> str:
    from ..runtime.ids import is_id

    if not is_id(text):
        raise argparse.ArgumentTypeError(
            f"'{text}' can't be an id: use up to 100 letters, digits, `.`, `_` and `-`, first a letter or digit"
        )
    return text


def _note(args: argparse.Namespace, text: str) -> None:
    if not args.quiet:
        print_text(f"{args.file}: warning: {text}", file=sys.stderr)


class _PlannedRun(msgspec.Struct, frozen=True):
    """A run that is ready to start; `hub` is None for one of its own memory."""

    args: argparse.Namespace
    analysis: Analysis
    inputs: dict[str, Any]
    secrets: Secrets
    hub: Connect | None
    replay: ReplayOptions

    def warn(self, text: str) -> None:
        """Print a warning of the run."""
        _note(self.args, self.secrets.mask(text))


def _run(plan: _PlannedRun) -> int:
    """Run the workflow, show the run and how it ended, and return the exit code. Raises StartError."""
    from ..runtime.hubs import HubError

    args = plan.args
    folder = _trace_folder(args)
    recording = _recording(plan, folder)
    spans = _span_sender(plan)
    if spans is not None:
        recording.append(spans)
    watching: list[Listener] = []
    display = None
    if not args.quiet and args.progress_events != "-":
        from .run_display import display_for
        from .run_ending import RunEnding

        display, ending = display_for(sys.stderr, args.verbose, _answer(args)), RunEnding()
        watching += (display, ending)
    summary = _summary(args)
    if summary is not None:
        watching.append(summary)
    try:
        listeners = [*recording, *watching]
        if args.durable is not None:
            code, result = _run_durable(plan, listeners, folder)
        else:
            code, result = asyncio.run(_run_cancellable(plan, listeners, folder, has_spans=spans is not None))
    except HubError as error:
        raise StartError(plan.secrets.mask(str(error))) from None
    finally:
        if display is not None:
            display.close(timeout=1.0)
        for listener in recording:
            listener.close()
    _print_error(plan, result)
    if summary is not None:
        _write_summary(plan, summary, result)
    if display is not None:
        _print_ending(plan, ending, folder, result)
    _prune(folder)
    if result is None or result.error is not None:
        return code
    if plan.replay.until is not None and not plan.replay.until.is_reached:
        _note(args, f"the run ended before it reached {args.until}")
    _print_output(plan.analysis.workflow, result.output)
    return code


def _answer(args: argparse.Namespace) -> Answer | None:
    """Return what tells how waits are answered, None if they can't be."""
    if args.durable is not None:
        from .durable.options import answer_command as answer_to_kept_run

        return answer_to_kept_run(args.durable)
    from ..trace.view.event_lines import answer_command

    return None if args.no_control else answer_command


def _trace_folder(args: argparse.Namespace) -> str | None:
    """Return where the trace goes: on a terminal, a run can always be looked at and continued later."""
    if args.trace_dir is not None:
        return str(args.trace_dir)
    if args.no_trace or not sys.stderr.isatty() or os.environ.get("CI"):
        return None
    return os.path.join(os.path.dirname(args.file), DEFAULT_FOLDER)


def _recording(plan: _PlannedRun, folder: str | None) -> list[BackgroundListener]:
    """Return the listeners that write the run down, to be closed after it."""
    args, listeners = plan.args, []
    if args.trace_output and folder is None:
        raise StartError("--trace-output needs a trace to keep it with: give --trace-dir")
    if args.trace_output and args.trace_no_values:
        raise StartError("--trace-output keeps what --trace-no-values leaves out: give one of them")
    if folder is not None:
        from pathlib import Path

        from ..trace.recorder import record_trace

        values = not args.trace_no_values
        listeners.append(
            record_trace(
                Path(folder),
                args.trace_format,
                plan.secrets,
                plan.warn,
                values=values,
                output=args.trace_output,
            )
        )
    if args.progress_events is not None:
        from .progress_events import progress

        listeners.append(progress(_events_file(args.progress_events), plan.secrets, plan.warn))
    return listeners


def _span_sender(plan: _PlannedRun) -> BackgroundListener | None:
    """Return what sends spans to the endpoint that OpenTelemetry's variables name, None without one."""
    if not _are_spans_wanted():
        return None
    try:
        from ..trace.live_spans import SpanSender
    except ImportError:
        plan.warn("spans are not sent: pip install 'duckflux-ls[otel]'")
        return None
    return SpanSender(plan.secrets, plan.warn)


def _are_spans_wanted() -> bool:
    """Return whether OpenTelemetry's variables say where spans go."""
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    endpoints = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    exporter = os.environ.get("OTEL_TRACES_EXPORTER", "otlp")
    return exporter != "none" and any(os.environ.get(name) for name in endpoints)


def _summary(args: argparse.Namespace) -> RunSummary | None:
    if args.summary is None and not _is_github():
        return None
    from .run_summary import RunSummary

    return RunSummary()


def _is_github() -> bool:
    """Return whether the program runs in a job of GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def _write_summary(plan: _PlannedRun, summary: RunSummary, result: Result | None) -> None:
    from .run_summary import annotate_failure, job_target, write_summaries

    targets = [(str(plan.args.summary), "w")] if plan.args.summary is not None else []
    if _is_github():
        targets += job_target()
    for problem in write_summaries(targets, summary.markdown(plan.secrets)):
        plan.warn(problem)
    if _is_github() and result is not None and result.error is not None:
        annotate_failure(result.error, plan.secrets)


def _print_error(plan: _PlannedRun, result: Result | None) -> None:
    if result is None:
        print_text(f"{plan.args.file}: error: cancelled", file=sys.stderr)
    elif result.error is not None:
        from ..trace.view.error_lines import error_lines

        for error in (*result.error.earlier, result.error):
            message = printable(_with_given_path(str(error), plan.args.file))
            # A log keeps all that there is; a screen has the result to show too, and the trace the rest.
            lines = error_lines(message, _MAX_ERROR_LINES) if sys.stderr.isatty() else [message]
            print(*lines, sep="\n", file=sys.stderr)


def _print_ending(plan: _PlannedRun, ending: RunEnding, folder: str | None, result: Result | None) -> None:
    from .run_ending import ending_lines, trace_file

    trace = trace_file(plan.args, folder, ending.execution_id) if folder is not None else None
    step = result.error.step if result is not None and result.error is not None else None
    for line in ending_lines(plan.args, ending, trace, step):
        print_text(plan.secrets.mask(line), file=sys.stderr)


def _prune(folder: str | None) -> None:
    """Keep the default folder for traces, which nobody tidies up, below its size."""
    if folder is None:
        return
    # The run may have removed the folder, or the current one.
    with contextlib.suppress(OSError):
        if os.path.abspath(folder).endswith(f"/{DEFAULT_FOLDER}"):
            from pathlib import Path

            from ..trace.folder import prune_to_size

            prune_to_size([Path(folder)], _MAX_DEFAULT_TRACES)


def _check_durable_options(args: argparse.Namespace) -> None:
    """Raise StartError for an option that means nothing for a run that is not kept."""
    given = {
        "--detach": args.detach,
        "--spread": args.spread,
        "--exclusive": args.exclusive,
        "--label": args.label,
    }
    unused = [name for name, value in given.items() if value]
    if args.durable is None and unused:
        raise StartError(f"{unused[0]} is for durable runs: give --durable too")


def _run_durable(
    plan: _PlannedRun, listeners: list[Listener], folder: str | None
) -> tuple[int, Result | None]:
    """Return the exit code and the result of a run that is kept. Raises StartError."""
    from .durable.options import DurableError, location

    args = plan.args
    try:
        if plan.replay.controller is not None:
            raise DurableError(
                "--durable goes on with runs by itself: it takes no option that builds on an earlier run"
            )
        if plan.hub is not None:
            raise DurableError("durable runs have an event hub of their own: it takes no --event-backend")
        location(args.durable)
        from .durable.run import request_of, run_durable

        request = request_of(args, plan.analysis.workflow, plan.inputs)
        return run_durable(args, request, listeners, plan.warn, _live_host(plan, folder))
    except DurableError as error:
        raise StartError(plan.secrets.mask(str(error))) from None


async def _run_cancellable(
    plan: _PlannedRun, listeners: list[Listener], folder: str | None, *, has_spans: bool
) -> tuple[int, Result | None]:
    """Return the exit code and the result of the run, None for a run that a signal cancelled."""
    from ..runtime.engine.debugging import DebugPort
    from ..runtime.engine.loading import WorkflowLoader
    from ..runtime.engine.run import Begun
    from ..runtime.engine.run_workflow import run
    from ..runtime.signals import CancelledBySignal

    args = plan.args
    port = DebugPort()
    host = _live_host(plan, folder)
    if host is not None:
        host.debug = _debug(plan, host, port)
    task = asyncio.ensure_future(
        run(
            plan.analysis.workflow,
            args.file,
            plan.inputs,
            load=WorkflowLoader(),
            listeners=listeners if host is None else [*listeners, host],
            warn=plan.warn,
            secrets=plan.secrets,
            cwd=args.cwd,
            controller=plan.replay.controller,
            resumed_from=plan.replay.resumed_from,
            hub=plan.hub if host is None else host.shared(plan.hub),
            gate=None if host is None else host.gate,
            max_parallel=args.max_parallel,
            debug=port,
            has_spans=has_spans,
            begun=None if args.id is None else Begun(args.id),
        )
    )
    cancelled = CancelledBySignal(task)
    if host is not None:
        host.cancel = lambda: cancelled.cancel(TERMINATED)
    if args.progress_events is not None:
        from .progress_events import on_reader_gone

        on_reader_gone(args.progress_events, lambda: cancelled.cancel(TERMINATED))
    try:
        result = await task
    except asyncio.CancelledError:
        if cancelled.code is None:
            raise
        return cancelled.code, None
    finally:
        if host is not None:
            await host.close()
    return OK if result.success else FAILED, result


def _live_host(plan: _PlannedRun, folder: str | None) -> LiveRunHost | None:
    """Return what lets other programs watch the run, where that is wanted and possible."""
    if plan.args.no_control or os.name != "posix":
        return None
    from ..live.host import LiveRunHost

    def trace_of(id_: str) -> str | None:
        return os.path.abspath(f"{folder}/{id_}.{plan.args.trace_format}") if folder is not None else None

    return LiveRunHost(plan.secrets, trace_of)


def _debug(plan: _PlannedRun, host: LiveRunHost, port: DebugPort) -> Debug:
    """Return what serves a debugger of the run."""

    async def debug(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from ..debug.adapter.own_run import serve_own_run

        await serve_own_run(port, plan.secrets, host.cancel, reader, writer)

    return debug


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


def _print_output(workflow: Workflow, output: Any) -> None:
    if output is None or (workflow.output is None and sys.stdout.isatty() and _is_empty(output)):
        return
    if isinstance(output, str):
        text = output
    else:
        import json

        text = json.dumps(output, indent=2, ensure_ascii=False) + "\n"
    sys.stdout.write(shown_on(sys.stdout, text))
    sys.stdout.flush()


def _is_empty(output: Any) -> bool:
    """Return whether an output is what `parallel` gives where no branch has a result: nothing to look at."""
    return output is None or (isinstance(output, list) and all(map(_is_empty, output)))

"""Implements `duckflux trace show FILE`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from ...terminal_text import printable, printable_line
from ...trace.folder import newest_trace, read_with_state
from ...trace.model import Step, Trace, mark_interrupted
from ...trace.output_log import log_path, read_output
from ...trace.readers import recover
from ...trace.view.annotate import annotate
from ...trace.view.error_lines import error_lines
from ...trace.view.labels import results
from ...trace.view.locate_steps import locate_steps
from ...trace.view.printed_lines import printed_lines
from ...trace.view.rows import headline, rows
from ...trace.view.tree import path_to
from ..diagnostics_output import load_file, wants_color
from ..json_output import indented_json
from ..text_output import print_text
from .trace_argument import add_trace_argument

_COLORS = {"⟳": "36", "⏸": "36", "✓": "32", "✗": "31", "⊘": "33"}
_MAX_ERROR = 200
_MAX_ERROR_LINES = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `trace show`."""
    add_trace_argument(parser, "file", "FILE", "a trace file, or a folder, which means its newest trace")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--tree", action="store_true", help="print each execution of each step")
    how.add_argument(
        "--log", action="store_true", help="print what the steps have printed, with times, if it was kept"
    )
    parser.add_argument("--step", metavar="NAME", help="with --log: of one step alone")
    how.add_argument("--json", action="store_true", help="print the whole trace as one JSON document")
    parser.add_argument(
        "--workflow", metavar="FILE", help="the workflow file, if it has been moved since the run"
    )


def main(args: argparse.Namespace) -> int:
    """Print a trace and return 0. Raises TraceError."""
    path = newest_trace(args.file)
    trace, state = read_with_state(path, recover)
    if args.json:
        sys.stdout.write(indented_json(trace) + "\n")
        return 0
    if args.log:
        return _print_log(path, trace, args.step)
    text = "".join(_header(trace, state))
    trace = mark_interrupted(trace) if state == "interrupted" else trace
    text += "".join(_tree_lines(trace)) if args.tree else _annotated_workflow(trace, args.workflow)
    text = printable(text)
    sys.stdout.write(_color(text) if wants_color(sys.stdout) else text)
    return 0


def _print_log(path: Path, trace: Trace, step: str | None) -> int:
    """Print the lines that steps have printed and return 0; 1 if there are none."""
    names = {one.seq: one.name for one in trace.steps if step is None or one.name == step}
    if not names and step is not None:
        print_text(f"error: the trace has no step '{step}'", file=sys.stderr)
        return 1
    lines = read_output(path, names)
    if not lines and not log_path(path).exists():
        print_text(
            f"note: {path} has nothing that steps have printed: `duckflux run --trace-output` keeps it",
            file=sys.stderr,
        )
        return 1
    colors = wants_color(sys.stdout)
    sys.stdout.writelines(printed_lines(lines, names if step is None else None, colors=colors))
    return 0


def _annotated_workflow(trace: Trace, file: str | None) -> str:
    """Return the workflow and its sub-workflows with the results, or a tree if they cannot be read."""
    path = file or trace.execution.workflow_path
    analysis = load_file(path) if path is not None else None
    if analysis is None or analysis.document.root is None:
        return "".join(_tree_lines(trace))
    trace = locate_steps(trace, analysis.workflow)
    if trace.execution.workflow_hash not in (None, analysis.document.digest):
        print_text(
            f"note: {path} has changed since this run: results may be shown at the wrong steps",
            file=sys.stderr,
        )
    if missing := sum(step.path is None for step in trace.steps):
        print_text(
            f"note: {missing} of {len(trace.steps)} steps cannot be located in the file: see --tree",
            file=sys.stderr,
        )
    return annotate(analysis, results(trace.steps)) + "".join(_sub_workflows(trace))


def _sub_workflows(trace: Trace) -> Iterator[str]:
    for path in dict.fromkeys(step.workflow for step in trace.steps if step.workflow is not None):
        analysis = load_file(path)
        if analysis is not None:
            yield f"\n# {path}\n\n" + annotate(analysis, results(trace.steps, path))


def _header(trace: Trace, state: str) -> Iterator[str]:
    yield f"# {printable_line(headline(trace, state))}\n"
    if state == "interrupted":
        yield from (f"# interrupted {where}\n" for where in _interruptions(trace))
    if trace.execution.error:
        error = f"{_failed_in(trace)}{trace.execution.error}"
        yield from (f"# {line}\n" for line in error_lines(error, _MAX_ERROR_LINES))
    yield "\n"


def _failed_in(trace: Trace) -> str:
    """Return where the step is that failed the run, empty if no step has its error."""
    failed = [step for step in trace.steps if step.error == trace.execution.error]
    return f"in {' > '.join(map(_step_label, path_to(trace, failed[-1])))}: " if failed else ""


def _interruptions(trace: Trace) -> Iterator[str]:
    """Yield where the run was interrupted: the innermost running steps."""
    running = [step for step in trace.steps if step.status == "running"]
    outer = {step.parent for step in running}
    for step in running:
        if step.seq not in outer:
            yield "in: " + " > ".join(map(_step_label, path_to(trace, step)))
    if not running and trace.steps:
        yield f"after: {_step_label(max(trace.steps, key=lambda step: step.finished_at))}"


def _step_label(step: Step) -> str:
    name = printable_line(step.name)
    return f"{name} (iteration {step.iterations[-1] + 1})" if step.iterations else name


def _tree_lines(trace: Trace) -> Iterator[str]:
    for row in rows(trace):
        indent = "  " * row.depth
        yield f"{indent}{printable_line(row.title)}  {row.label}".rstrip() + "\n"
        if row.step is not None and row.step.error:
            lines = error_lines(row.step.error, _MAX_ERROR_LINES)
            yield from (f"{indent}    {line[:_MAX_ERROR]}\n" for line in lines)


def _color(text: str) -> str:
    lines = []
    for line in text.removesuffix("\n").split("\n"):
        at = max(line.rfind(f"  {symbol} ") for symbol in _COLORS)
        lines.append(line if at < 0 else f"{line[:at]}  \x1b[{_COLORS[line[at + 2]]}m{line[at + 2 :]}\x1b[0m")
    return "\n".join(lines) + "\n"

"""`duckflux trace show FILE`."""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import msgspec

from ..language.analysis import Analysis
from ..trace.annotate import annotated
from ..trace.labels import SYMBOLS, duration_text, label, results
from ..trace.model import Execution, Trace
from ..trace.reader import TraceError, fold, interrupted, read
from .report import load_file, wants_colour

_COLOURS = {"⟳": "36", "✓": "32", "✗": "31", "⊘": "33"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `trace`."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    show = verbs.add_parser("show", help="print the workflow with the results of a run on its lines")
    show.add_argument("file", type=Path, metavar="FILE", help="a trace file")
    show.add_argument("--json", action="store_true", help="print the trace itself, as one JSON document")
    show.add_argument("--workflow", metavar="FILE", help="the workflow file, if it is not where it was")


def main(args: argparse.Namespace) -> int:
    """Show a trace. 0: shown; 1: it can't be read."""
    try:
        broke_off = interrupted(args.file, read(args.file).execution)
        trace = fold(args.file)
    except TraceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if args.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(trace), indent=2).decode() + "\n")
        return 0
    sys.stdout.write(_headline(trace, broke_off))
    analysis = _workflow(trace, args.workflow)
    text = _plain(trace) if analysis is None else annotated(analysis, results(trace.steps))
    sys.stdout.write(_coloured(text) if wants_colour(sys.stdout) else text)
    return 0


def _workflow(trace: Trace, path: str | None) -> Analysis | None:
    """The workflow's analysis; None, with a note, when its file is gone or the steps have no places in it."""
    if all(step.path is None for step in trace.steps):
        return None
    path = path or trace.execution.workflow_path
    if path is None:
        return None
    analysis = load_file(path)
    if analysis is not None and _hash(analysis) != trace.execution.workflow_hash:
        print(f"note: {path} has changed since this run: results may stand on other steps", file=sys.stderr)
    return analysis


def _hash(analysis: Analysis) -> str:
    return hashlib.sha256(analysis.document.text.encode("utf-8", "surrogatepass")).hexdigest()


def _headline(trace: Trace, broke_off: bool) -> str:
    execution: Execution = trace.execution
    name = execution.workflow_name or execution.workflow_id or execution.workflow_path or "workflow"
    state = "interrupted" if broke_off else execution.status
    spent = f" in {duration_text(execution.duration)}" if execution.finished_at else ""
    lines = [f"# {name}: {state}{spent}, {len(trace.steps)} steps, {execution.started_at}"]
    running = [step.name for step in trace.steps if step.status == "running"]
    if broke_off and running:
        lines.append(f"# interrupted in: {' > '.join(running)}")
    if execution.error:
        lines.append(f"# {execution.error.splitlines()[0]}")
    return "\n".join(lines) + "\n\n"


def _plain(trace: Trace) -> str:
    """The steps one by one, for a trace whose workflow is not at hand."""
    rows = []
    for step in trace.steps:
        result = results([msgspec.structs.replace(step, path="", workflow=None, parent=None)])[""]
        rows.append(f"{step.seq:>4}  {step.name} ({step.type})  {label(result)}\n")
    return "".join(rows)


def _coloured(text: str) -> str:
    lines = []
    for line in text.splitlines():
        at = max(line.rfind(f"  {symbol} ") for symbol in SYMBOLS.values())
        lines.append(
            line if at < 0 else f"{line[:at]}  \x1b[{_COLOURS[line[at + 2]]}m{line[at + 2 :]}\x1b[0m"
        )
    return "\n".join(lines) + "\n"

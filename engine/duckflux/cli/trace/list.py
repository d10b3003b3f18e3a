"""Implements `duckflux trace list DIR`."""

from __future__ import annotations

import argparse
import contextlib
import sys

from ...trace.folder import TraceFile, list_traces
from ...trace.index import TraceIndex
from ...trace.view.labels import duration_text
from ..json_output import indented_json
from ..text_output import print_text
from .table import print_table
from .trace_argument import add_trace_argument


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `trace list`."""
    add_trace_argument(parser, "folder", "DIR", "a folder with traces")
    parser.add_argument("--json", action="store_true", help="print a JSON array")


def main(args: argparse.Namespace) -> int:
    """List the traces and return 0, also if there are none. Raises TraceError."""
    if args.json:
        found, unreadable = list_traces(args.folder)
        records = [
            {"file": str(trace.path), "state": trace.state, "execution": trace.execution} for trace in found
        ]
        print(indented_json(records))
    else:
        with contextlib.closing(TraceIndex(args.folder)) as index:
            index.refresh()
            found, _ = index.find()
            unreadable = index.unreadable()
        if found:
            print_table(("STARTED", "STATUS", "DURATION", "WORKFLOW", "FILE"), map(_row, found))
        else:
            print_text(f"no traces in {args.folder}", file=sys.stderr)
    if unreadable:
        names = ", ".join(path.name for path in unreadable)
        print_text(f"note: not a readable trace: {names}", file=sys.stderr)
    return 0


def _row(trace: TraceFile) -> tuple[str, ...]:
    execution = trace.execution
    spent = duration_text(execution.duration) if execution.finished_at else ""
    started = execution.started_at.replace("T", " ")[:19]
    return started, trace.state, spent, execution.title, str(trace.path)

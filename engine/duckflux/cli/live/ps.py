"""Implements `duckflux ps`: lists the runs that are going on."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime
from typing import Any

from ...live.client import LiveRun, LiveRunError, live_runs
from ...trace.view.event_lines import SHORT_ID
from ...trace.view.labels import duration_text
from ..json_output import indented_json
from ..text_output import print_text
from ..trace.table import print_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `ps`."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print a JSON list, with an object for each run")
    how.add_argument("-q", "--quiet", action="store_true", help="print the ids alone")


def main(args: argparse.Namespace) -> int:
    """Print the live runs and return 0."""
    runs = []
    for run in live_runs():
        try:
            if isinstance(run, LiveRunError):
                raise run
            runs.append(_status(run))
        except LiveRunError as error:
            print_text(f"warning: {error}", file=sys.stderr)
    runs.sort(key=lambda run: str(run["startedAt"]))
    if args.json:
        print(indented_json(runs))
        return 0
    if args.quiet:
        print(*(run["id"] for run in runs), sep="\n", end="\n" if runs else "")
        return 0
    rows = [("ID", "WORKFLOW", "SINCE", "RUNNING", "WAITING FOR"), *map(_row, runs)]
    if not runs:
        print("no run is going on")
        return 0
    print_table(rows[0], rows[1:])
    return 0


def _status(run: LiveRun) -> dict[str, Any]:
    """Return what a run is doing. Raises LiveRunError."""
    try:
        status = run.ask("status")
    finally:
        run.close()
    about = {key: run.about.get(key) for key in ("id", "workflow", "path", "startedAt", "pid")}
    return about | {
        "running": [step["name"] for step in status["running"]],
        "waiting": status["waiting"],
        "paused": status["paused"],
    }


def _row(run: dict[str, Any]) -> tuple[str, ...]:
    waiting = ", ".join(f"{wait['event']} ({_since(wait['since'])})" for wait in run["waiting"])
    running = ", ".join(run["running"]) + (" (paused)" if run["paused"] else "")
    cells = (run["id"][:SHORT_ID], run["workflow"], _since(run["startedAt"]), running, waiting)
    return tuple("".join(char if char.isprintable() else "�" for char in cell) for cell in cells)


def _since(time_: str) -> str:
    return duration_text(max(0, int((time.time() - datetime.fromisoformat(time_).timestamp()) * 1000)))

"""Implements `duckflux ps`: lists the runs that are going on."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime
from typing import Any

import msgspec

from ...live.client import LiveRun, LiveRunError, live_runs
from ...trace.view.labels import duration_text

_SHORT_ID = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `ps`."""
    parser.add_argument("--json", action="store_true", help="print a JSON list, with an object for each run")


def main(args: argparse.Namespace) -> int:
    """Print the live runs and return 0."""
    runs = []
    for run in live_runs():
        try:
            if isinstance(run, LiveRunError):
                raise run
            runs.append(_status(run))
        except LiveRunError as error:
            print(f"warning: {error}", file=sys.stderr)
    runs.sort(key=lambda run: str(run["startedAt"]))
    if args.json:
        print(msgspec.json.format(msgspec.json.encode(runs), indent=2).decode())
        return 0
    rows = [("ID", "WORKFLOW", "SINCE", "RUNNING", "WAITING FOR"), *map(_row, runs)]
    if not runs:
        print("no run is going on")
        return 0
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
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
    cells = (run["id"][:_SHORT_ID], run["workflow"], _since(run["startedAt"]), running, waiting)
    return tuple("".join(char if char.isprintable() else "�" for char in cell) for cell in cells)


def _since(time_: str) -> str:
    return duration_text(max(0, int((time.time() - datetime.fromisoformat(time_).timestamp()) * 1000)))

"""Implements `duckflux attach`: shows a run that is going on as `duckflux run` does."""

from __future__ import annotations

import argparse
import sys

import msgspec

from ...live.client import LiveRunError, find_run
from ...runtime.events import Event, ExecutionFinished, decode
from ...trace.view.labels import duration_text
from ..run import FAILED, NOT_RUN, OK
from ..run_display import display_for
from ..text_output import print_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `attach`."""
    parser.add_argument("id", metavar="ID", help="the id of the run, or the beginning of it")
    parser.add_argument("--verbose", action="store_true", help="show what the steps print")


def main(args: argparse.Namespace) -> int:
    """Show a run until it ends; return 0 if it succeeded, 2 if it failed, 1 if it could not be watched."""
    display = display_for(sys.stdout, args.verbose)
    ended: ExecutionFinished | None = None
    try:
        run = find_run(args.id)
        run.send("follow", output=args.verbose)
        for line in run.lines():
            event = _event(line)
            if event is not None:
                display.notify(event)
            if isinstance(event, ExecutionFinished):
                ended = event
                break
    except LiveRunError as error:
        print_text(f"error: {error}", file=sys.stderr)
        return NOT_RUN
    finally:
        display.close(timeout=1.0)
    if ended is None:
        print_text(
            f"error: the run {run.id} is gone: its process has ended, or was too fast to follow",
            file=sys.stderr,
        )
        return NOT_RUN
    print_text(
        f"{ended.status} in {duration_text(ended.duration)}" + (f": {ended.error}" if ended.error else "")
    )
    return OK if ended.status == "success" else FAILED


def _event(line: bytes) -> Event | None:
    """Return the event of a line, None for an answer."""
    try:
        return decode(line)
    except msgspec.MsgspecError:
        return None

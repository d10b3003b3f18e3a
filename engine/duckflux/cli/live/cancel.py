"""Implements `duckflux cancel`: ends a run that is going on, with everything that it has started."""

from __future__ import annotations

import argparse
import sys

from ...live.client import LiveRunError, find_run
from ..text_output import print_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `cancel`."""
    parser.add_argument("id", metavar="ID", help="the id of the run, or the beginning of it")


def main(args: argparse.Namespace) -> int:
    """Cancel a run, wait until it has ended, and return 0; 1 if there is no such run."""
    try:
        run = find_run(args.id)
        run.ask("cancel")
    except LiveRunError as error:
        print_text(f"error: {error}", file=sys.stderr)
        return 1
    for _ in run.lines():
        pass
    print_text(f"cancelled {run.id}")
    return 0

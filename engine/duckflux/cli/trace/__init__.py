"""Implements `duckflux trace VERB`, one verb a module."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from importlib import import_module

from ...trace import DEFAULT_FOLDER
from ...trace.readers.error import TraceError
from ..argument_parser import add_command
from ..text_output import print_text

# Each module has `add_arguments(parser)` and `main(args) -> exit code`, which may raise TraceError.
VERBS = {
    "list": "list the traces in a folder, newest first",
    "show": "print a workflow with the results of a run beside its steps",
    "compare": "compare two runs, step by step",
    "prune": "remove old traces",
    "export": "convert a trace for Perfetto, OpenTelemetry or a browser",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verbs and their arguments."""
    verbs = parser.add_subparsers(title="verbs", dest="verb", metavar="VERB", required=True)
    for verb, summary in VERBS.items():
        import_module(f".{verb}", __package__).add_arguments(add_command(verbs, verb, summary))


def main(args: argparse.Namespace) -> int:
    """Run a verb and return its exit code, 1 if a trace cannot be read."""
    try:
        return int(import_module(f".{args.verb}", __package__).main(args))
    except TraceError as error:
        print_text(f"error: {error}{_hint(str(error))}", file=sys.stderr)
        return 1


def _hint(error: str) -> str:
    """Return what to do about an error, empty if that is not known."""
    is_first = error == f"{DEFAULT_FOLDER}: {os.strerror(errno.ENOENT)}"
    return ": `duckflux run` on a terminal writes a trace of each run there" if is_first else ""

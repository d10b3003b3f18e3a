"""Implements `duckflux trace prune DIR`."""

from __future__ import annotations

import argparse
import time
from datetime import datetime
from pathlib import Path

from ...trace.folder import TraceFile, list_traces, remove_trace
from ...trace.readers.error import TraceError
from ..argument_parser import duration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `trace prune`."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder with traces")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--keep", type=_count, metavar="N", help="keep only the newest N traces")
    which.add_argument(
        "--older-than",
        type=duration,
        metavar="DURATION",
        help="remove traces of runs that started longer ago, for example 7d",
    )
    parser.add_argument("--dry-run", action="store_true", help="only print what would be removed")


def main(args: argparse.Namespace) -> int:
    """Remove traces, print their paths, and return 0. Raises TraceError.

    The trace of a run that is still running is never removed.
    """
    found, _ = list_traces(args.folder)
    for trace in _outdated(found, args):
        if trace.state == "running":
            continue
        print(trace.path)
        if not args.dry_run:
            try:
                remove_trace(trace.path)
            except OSError as error:
                raise TraceError(f"{trace.path}: cannot be removed: {error.strerror}") from None
    return 0


def _outdated(found: list[TraceFile], args: argparse.Namespace) -> list[TraceFile]:
    if args.keep is not None:
        return found[args.keep :]
    limit = time.time() - args.older_than
    return [trace for trace in found if _started(trace) < limit]


def _started(trace: TraceFile) -> float:
    """Return the start of a run in seconds since 1970, or the file's last change if the start is not a time."""
    try:
        return datetime.fromisoformat(trace.execution.started_at).timestamp()
    except ValueError:
        return trace.path.stat().st_mtime


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"invalid number of traces {text!r}: use a whole number such as 20")
    return int(text)

"""`duckflux trace prune DIR`."""

from __future__ import annotations

import argparse
import time
from datetime import datetime
from pathlib import Path

from ...runtime.durations import parse_duration
from ...trace.folder import TraceFile, list_traces, remove_trace
from ...trace.readers.error import TraceError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder with traces")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--keep", type=_count, metavar="N", help="keep the newest N")
    which.add_argument(
        "--older-than", type=_duration, metavar="DURATION", help="remove what started before that, as in 7d"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")


def main(args: argparse.Namespace) -> int:
    """Remove traces and say which; never that of a run that goes on. Raises TraceError."""
    found, _ = list_traces(args.folder)
    for trace in _old(found, args):
        if trace.state == "running":
            continue
        print(trace.path)
        if not args.dry_run:
            try:
                remove_trace(trace.path)
            except OSError as error:
                raise TraceError(f"{trace.path}: can't be removed: {error.strerror}") from None
    return 0


def _old(found: list[TraceFile], args: argparse.Namespace) -> list[TraceFile]:
    if args.keep is not None:
        return found[args.keep :]
    limit = time.time() - args.older_than
    return [trace for trace in found if _started(trace) < limit]


def _started(trace: TraceFile) -> float:
    """Seconds since 1970; for a start that is no time, that of the file's last change."""
    try:
        return datetime.fromisoformat(trace.execution.started_at).timestamp()
    except ValueError:
        return trace.path.stat().st_mtime


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of traces to keep, such as 20")
    return int(text)


def _duration(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None

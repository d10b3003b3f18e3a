"""Implements `duckflux runs schedule`: a workflow runs at the times of a cron expression."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import TYPE_CHECKING

from ..diagnostics_output import load_named_file, print_diagnostics
from ..input_options import InputOptionsError, add_input_arguments, collect
from ..text_output import print_text
from .options import DurableError, location_of

if TYPE_CHECKING:
    from ...durable.store import Client

_OK, _NOT_SCHEDULED = 0, 1


def add_schedule_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `runs schedule`."""
    parser.add_argument("file", metavar="FILE", help="the workflow file")
    parser.add_argument(
        "--cron",
        required=True,
        metavar="EXPRESSION",
        help="when, as in '0 6 * * 1-5' (six fields: with seconds)",
    )
    parser.add_argument("--name", metavar="NAME", help="the schedule's name (default: that of the file)")
    parser.add_argument("--timezone", metavar="ZONE", help="as in Europe/Berlin (default: UTC)")
    parser.add_argument("--spread", choices=("none", "parallel", "all"), help="as for `run --durable`")
    parser.add_argument("--label", metavar="NAME", help="as for `run --durable`")
    parser.add_argument("--exclusive", action="store_true", help="as for `run --durable`")
    add_input_arguments(parser)


def add_schedule(args: argparse.Namespace, client: Client) -> int:
    """Add a schedule, or replace the one of its name, and return the exit code. Raises DurableError."""
    if not location_of(args).is_postgres:
        raise DurableError("schedules need workers, and SQLite has none: use Postgres")
    from ...durable.store import Schedule
    from ...runtime.secrets import Secrets
    from .run import request_of

    analysis = load_named_file(args.file)
    if analysis is None:
        return _NOT_SCHEDULED
    if analysis.errors:
        print_diagnostics(analysis, args.file, analysis.errors, sys.stderr)
        return _NOT_SCHEDULED
    try:
        inputs = collect(args, analysis.workflow, Secrets(os.environ), _note, lambda _: {})
    except InputOptionsError as error:
        raise DurableError("\n".join(error.problems)) from None
    name = args.name or os.path.basename(args.file).partition(".")[0]
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise DurableError(f"'{name}' can't be a schedule's name: use letters, digits, `.`, `_` and `-`")
    # The ids of its runs begin with the schedule's name.
    args.id, args.cwd, args.max_parallel = name, None, None
    client.schedule(Schedule(name, args.cron, args.timezone), request_of(args, analysis.workflow, inputs))
    print_text(f"scheduled {args.file} as {name}")
    return _OK


def _note(text: str) -> None:
    print_text(f"warning: {text}", file=sys.stderr)

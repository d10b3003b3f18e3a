"""Implements `duckflux debug FILE`: a debugger in the terminal, also for scripts that give commands by a pipe."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from .input_options import InputOptionsError, add_input_arguments, from_file, from_options
from .text_output import print_text

if TYPE_CHECKING:
    from ..debug.launch import PlannedRun
    from .debug_console import Console

_NOT_RUN = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `debug`."""
    parser.add_argument("file", metavar="FILE", help="the workflow file")
    add_input_arguments(parser)
    parser.add_argument("--cwd", metavar="DIR", help="where commands run if the workflow does not say")
    parser.add_argument(
        "--trace-dir", metavar="DIR", help="write a trace of the run into this folder (default: none)"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--resume", metavar="TRACE", help="continue the run of this trace, or of the newest one in a folder"
    )
    what.add_argument(
        "--replay", metavar="TRACE", help="run no participants: take their outputs from this trace"
    )
    what.add_argument("--trace", metavar="TRACE", help="walk through this trace: nothing runs")
    parser.add_argument(
        "--mock", metavar="FILE", help="a YAML or JSON file with outputs by the names of steps"
    )
    parser.add_argument(
        "-b",
        "--break",
        dest="breaks",
        metavar="LINE",
        action="append",
        default=[],
        help="stop at this line, FILE:LINE or the name of a step (may be repeated)",
    )


def main(args: argparse.Namespace) -> int:
    """Debug the workflow and return the exit code: that of the run, 1 if nothing ran."""
    if os.name != "posix":
        print_text("duckflux debug: running workflows needs a POSIX system: use WSL", file=sys.stderr)
        return _NOT_RUN
    from ..debug.client import DebugError
    from ..runtime.signals import EndedBySignalError, until_signal
    from .debug_console import Console

    try:
        console = Console(args.file, args.breaks)
        return asyncio.run(until_signal(_work(console, args)))
    except (DebugError, InputOptionsError) as error:
        print_text(f"{args.file}: error: {error}", file=sys.stderr)
        return _NOT_RUN
    except EndedBySignalError as end:
        return end.code


def _work(console: Console, args: argparse.Namespace) -> Coroutine[Any, Any, int]:
    return console.walk(args.trace) if args.trace else console.run(lambda: _planned(args), args.trace_dir)


def _planned(args: argparse.Namespace) -> PlannedRun:
    from ..debug.launch import RunOptions, plan_run

    inputs = from_file(args.input_file) | from_options(args.input)
    return plan_run(
        RunOptions(
            program=args.file,
            inputs=inputs,
            cwd=args.cwd,
            resume=args.resume,
            replay=args.replay,
            mock=args.mock,
        )
    )

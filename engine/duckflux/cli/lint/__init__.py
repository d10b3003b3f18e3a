"""Implements `duckflux lint PATH...`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator

from ..file_arguments import expand
from ..stdin import STDIN
from ..text_output import print_text
from .check import FixMode, Options, Report, check_all
from .formats import FORMATS, writer
from .progress_bar import ProgressBar

_SEVERITIES = ("error", "warning", "information")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lint`."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="workflow files, folders, or quoted globs; `-` checks stdin",
    )
    parser.add_argument("--quiet", action="store_true", help="print only errors")
    parser.add_argument("--format", choices=FORMATS, default="text", help="the output format (default: text)")
    parser.add_argument(
        "--fail-on",
        choices=_SEVERITIES,
        default="error",
        help="the least severity that makes a file invalid (default: error)",
    )
    parser.add_argument("--fix", action="store_true", help="apply the safe fixes")
    parser.add_argument(
        "--diff", action="store_true", help="change nothing; print what --fix would change as a diff"
    )
    parser.add_argument(
        "--unsafe-fixes", action="store_true", help="also apply fixes that make up a value or remove a field"
    )
    parser.add_argument("--watch", action="store_true", help="check again after each change of a file")


def main(args: argparse.Namespace) -> int:
    """Print the diagnostics of files and return 0, or 1 if a file is invalid or cannot be read."""
    if STDIN in args.files and (args.watch or (args.fix and not args.diff)):
        print_text("stdin: error: it cannot be watched or changed: name a file", file=sys.stderr)
        return 1
    if args.watch:
        from .watch import watch

        watch(args.files, lambda: _lint(args))
    return _lint(args)


def _lint(args: argparse.Namespace) -> int:
    paths = expand(args.files)
    fails = frozenset(_SEVERITIES[: _SEVERITIES.index(args.fail_on) + 1])
    fix = FixMode(unsafe=args.unsafe_fixes, writes=not args.diff) if args.fix or args.diff else None
    options = Options(fails=fails, quiet=args.quiet, fix=fix)
    failed = False

    def counted(reports: Iterable[Report]) -> Iterator[Report]:
        nonlocal failed
        with ProgressBar(len(paths), sys.stderr) as bar:
            for report in reports:
                failed = failed or bool(report.difference) or (report.failed and not args.diff)
                failed = failed or report.unreadable is not None
                bar.step()
                yield report

    write = writer("diff" if args.diff else args.format)
    write(counted(check_all(paths, options)), options, sys.stdout)
    return 1 if failed or not paths else 0

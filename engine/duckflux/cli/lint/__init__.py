"""`duckflux lint PATH...`: checks files and folders, for people and for other programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator

from ..file_arguments import expand
from .check import FixMode, Options, Report, check_all
from .formats import FORMATS, writer
from .progress_bar import ProgressBar

_SEVERITIES = ("error", "warning", "information")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `lint`."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="workflow files, folders, or globs in quotes"
    )
    parser.add_argument("--quiet", action="store_true", help="print errors only")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument(
        "--fail-on", choices=_SEVERITIES, default="error", help="what makes a file invalid; default: error"
    )
    parser.add_argument("--fix", action="store_true", help="mend what can be mended for sure")
    parser.add_argument("--diff", action="store_true", help="show what --fix would do, and change nothing")
    parser.add_argument(
        "--unsafe-fixes", action="store_true", help="mend also by guessing a value or taking a field away"
    )
    parser.add_argument("--watch", action="store_true", help="check again whenever a file changes")


def main(args: argparse.Namespace) -> int:
    """Print every file's diagnostics. 0: no file has an error; 1: one has, or can't be read."""
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

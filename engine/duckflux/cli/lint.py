"""`duckflux lint FILE...`."""

from __future__ import annotations

import argparse
import sys

from .report import load_file, show


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `lint`."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="workflow files")
    parser.add_argument("--quiet", action="store_true", help="print errors only")


def main(args: argparse.Namespace) -> int:
    """Print every file's diagnostics. 0: no file has an error; 1: one has, or can't be read."""
    failed = False
    for path in args.files:
        analysis = load_file(path)
        if analysis is None:
            failed = True
            continue
        shown = analysis.errors if args.quiet else analysis.diagnostics
        show(analysis, path, shown, sys.stdout)
        if analysis.errors:
            failed = True
        elif not args.quiet:
            print("valid" if len(args.files) == 1 else f"{path}: valid")
    return 1 if failed else 0

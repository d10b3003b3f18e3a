"""Implements `duckflux migrate FILE...`: rewrites workflows of older versions of the language."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..ide.migration import Migration, migration
from ..language.analysis import Analysis
from ..language.syntax.edits import apply
from .diagnostics_output import load_file_or_stdin, print_diagnostics
from .file_arguments import expand
from .stdin import STDIN, shown_name
from .text_output import print_text, shown_on
from .unified_diff import unified

OK, TO_DO = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `migrate`."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="workflow files, folders, or quoted globs; `-` rewrites stdin to stdout",
    )
    parser.add_argument(
        "--diff", action="store_true", help="change nothing; print what would be changed as a diff"
    )


def main(args: argparse.Namespace) -> int:
    """Rewrite files and return 0, or 1 if one cannot be read or written, or has something left to decide."""
    paths = expand(args.files)
    codes = [_migrate(path, diff=args.diff) for path in paths]
    return max(codes, default=TO_DO)


def _migrate(path: str, *, diff: bool) -> int:
    analysis = load_file_or_stdin(path)
    if analysis is None:
        return TO_DO
    if unreadable := tuple(error for error in analysis.errors if error.code.startswith("DF1")):
        print_diagnostics(analysis, shown_name(path), unreadable, sys.stderr)
        return TO_DO
    found = migration(analysis)
    after = apply(analysis.document.text, found.edits)
    if diff:
        sys.stdout.write(shown_on(sys.stdout, unified(shown_name(path), analysis.document.text, after)))
    elif path == STDIN:
        sys.stdout.write(shown_on(sys.stdout, after))
    elif found.edits and not _write(path, after):
        return TO_DO
    _tell(shown_name(path), analysis, found, changed=not diff)
    return TO_DO if found.remarks else OK


def _write(path: str, text: str) -> bool:
    try:
        Path(path).write_bytes(text.encode("utf-8"))
    except OSError as error:
        print_text(f"{path}: error: cannot be written: {error.strerror}", file=sys.stderr)
        return False
    return True


def _tell(path: str, analysis: Analysis, found: Migration, *, changed: bool) -> None:
    for remark in found.remarks:
        line, column = analysis.document.lines.position(remark.offset)
        print_text(f"{path}:{line + 1}:{column + 1}: to decide: {remark.message}", file=sys.stderr)
    if changed and found.edits:
        count = len(found.edits)
        print_text(f"migrated: {path}: {count} change{'s' * (count != 1)}", file=sys.stderr)

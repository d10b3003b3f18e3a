"""Implements `duckflux fmt PATH...`: formats workflow files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..files import read_file
from ..ide.formatting import Unformattable, formatted
from ..language.syntax import MAX_BYTES
from .diagnostics_output import read_error_message
from .file_arguments import expand
from .stdin import read_stdin
from .text_output import print_text, shown_on
from .unified_diff import unified


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fmt`."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="workflow files, folders, or quoted globs; `-` formats stdin to stdout",
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; print the files that would be changed"
    )
    parser.add_argument(
        "--diff", action="store_true", help="change nothing; print what would be changed as a diff"
    )


def main(args: argparse.Namespace) -> int:
    """Format files and return 0, or 1 if a file cannot be formatted or would be changed by --check or --diff."""
    if args.files == ["-"]:
        return _format_stdin()
    paths = expand(args.files)
    results = [_format_file(path, args) for path in paths]
    return 0 if paths and all(results) else 1


def _format_stdin() -> int:
    try:
        after = formatted(read_stdin(MAX_BYTES))
    except Unformattable as error:
        print_text(f"stdin: error: {error}", file=sys.stderr)
        return 1
    except (OSError, UnicodeDecodeError) as error:
        print_text(f"stdin: error: {read_error_message(error)}", file=sys.stderr)
        return 1
    # A workflow is UTF-8, whatever the terminal takes.
    after = shown_on(sys.stdout, after)
    sys.stdout.buffer.write(after.encode("utf-8"))
    sys.stdout.buffer.flush()
    return 0


def _format_file(path: str, args: argparse.Namespace) -> bool:
    """Return whether a file is formatted now."""
    try:
        before = read_file(path, MAX_BYTES).decode("utf-8")
        after = formatted(before)
        if after == before:
            return True
        if args.diff:
            sys.stdout.write(shown_on(sys.stdout, unified(path, before, after)))
        elif args.check:
            print_text(f"{path}: would be formatted")
        else:
            return _write(path, after)
    except Unformattable as error:
        print_text(f"{path}: error: {error}", file=sys.stderr)
        return False
    except (OSError, UnicodeDecodeError) as error:
        print_text(f"{path}: error: {read_error_message(error)}", file=sys.stderr)
        return False
    return not (args.diff or args.check)


def _write(path: str, text: str) -> bool:
    try:
        Path(path).write_bytes(text.encode("utf-8"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        print_text(f"{path}: error: may not be written: {reason}", file=sys.stderr)
        return False
    print_text(f"{path}: formatted")
    return True

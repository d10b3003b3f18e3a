"""Implements `duckflux test [PATH...]`: runs the tests of workflows."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from ..files import read_file
from ..language.analysis import Analysis
from ..language.syntax import MAX_BYTES
from ..language.test_files import Tests, check, read
from ..language.workflow_files import TEST_SUFFIXES, test_files
from ..runtime.signals import EndedBySignalError, until_signal
from ..terminal_text import printable_line
from ..testing.runner import CaseResult, run_case
from .diagnostics_output import load_file, print_diagnostics, wants_color
from .text_output import print_text

_SYMBOLS = {True: ("✓", "32"), False: ("✗", "31")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `test`."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="FILE",
        default=["."],
        help="test files (*.ducktest.yaml) or folders (default: the current folder)",
    )
    parser.add_argument("--junit", metavar="FILE", type=Path, help="also write the results as JUnit XML")


def main(args: argparse.Namespace) -> int:
    """Run the tests and return 0, 1 if one fails or there is none, or 129, 130 or 143 after a signal."""
    try:
        return _main(args)
    except EndedBySignalError as ended:
        print("error: cancelled", file=sys.stderr)
        return ended.code


def _main(args: argparse.Namespace) -> int:
    paths = map(Path, args.paths)
    found = (file for path in paths for file in (test_files(path) if path.is_dir() else (path,)))
    files = list(dict.fromkeys(found))
    if not files:
        print_text(f"no test files (*{TEST_SUFFIXES[0]}) found in {', '.join(args.paths)}", file=sys.stderr)
        return 1
    results: list[tuple[Path, tuple[CaseResult, ...]]] = []
    unusable = 0
    for file in files:
        file_results = _run(file)
        if file_results is None:
            unusable += 1
        else:
            results.append((file, file_results))
    if args.junit is not None:
        from ..testing.junit import write

        try:
            write(args.junit, results)
        except OSError as error:
            print_text(f"--junit {args.junit}: {error.strerror}", file=sys.stderr)
            return 1
    failed = sum(bool(result.problems) for _, file_results in results for result in file_results)
    passed = sum(len(file_results) for _, file_results in results) - failed
    unread = f", {unusable} files not run" if unusable else ""
    print_text(f"{passed} passed, {failed} failed{unread}")
    return 1 if failed or unusable else 0


def _run(file: Path) -> tuple[CaseResult, ...] | None:
    """Return the results of a file's tests, None if they cannot run: then the reasons are on stderr."""
    loaded = _load(file)
    if loaded is None:
        return None
    tests, workflow = loaded
    print_text(str(file))
    file_results = []
    for case in tests.cases:
        result = asyncio.run(until_signal(run_case(case, workflow, str(tests.workflow))))
        _print(result)
        file_results.append(result)
    return tuple(file_results)


def _load(file: Path) -> tuple[Tests, Analysis] | None:
    try:
        found = check(read_file(file, MAX_BYTES).decode(), file)
    except (OSError, UnicodeDecodeError) as error:
        print_text(
            f"{file}: error: {error.strerror if isinstance(error, OSError) else error}", file=sys.stderr
        )
        return None
    if found.diagnostics:
        print_diagnostics(found, str(file), found.diagnostics, sys.stderr)
    if found.errors:
        return None
    tests = read(found.document, file)
    workflow = load_file(str(tests.workflow))
    if workflow is None:
        return None
    if workflow.errors:
        print_diagnostics(workflow, str(tests.workflow), workflow.errors, sys.stderr)
        return None
    return tests, workflow


def _print(result: CaseResult) -> None:
    symbol, color = _SYMBOLS[not result.problems]
    if wants_color(sys.stdout):
        symbol = f"\x1b[{color}m{symbol}\x1b[0m"
    print(f"  {symbol} {printable_line(result.case.name)} ({result.seconds * 1000:.0f}ms)")
    for problem in result.problems:
        print_text("\n".join(f"      {line}" for line in problem.splitlines()))

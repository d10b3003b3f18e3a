"""`duckflux test [PATH...]`: run the tests of workflows."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from ..language.analysis import Analysis
from ..language.workflow_files import TEST_SUFFIXES, test_files
from ..runtime.signals import CancelledBySignal
from ..testing.files import Case, Tests, check, read
from ..testing.runner import CaseResult, run_case
from .diagnostics_output import load_file, print_diagnostics, wants_colour

_MARKS = {True: ("✓", "32"), False: ("✗", "31")}


class _CancelledError(Exception):
    """A signal asked for the end; `code` is the exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `test`."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="FILE",
        default=["."],
        help="test files (*.ducktest.yaml) or folders; default: here",
    )
    parser.add_argument("--junit", metavar="FILE", type=Path, help="write the outcomes as JUnit XML too")


def main(args: argparse.Namespace) -> int:
    """Run the tests. 0: all as expected; 1: some not, or none there; 129, 130, 143: a signal."""
    try:
        return _main(args)
    except _CancelledError as cancelled:
        print("error: cancelled", file=sys.stderr)
        return cancelled.code


def _main(args: argparse.Namespace) -> int:
    paths = map(Path, args.paths)
    found = (file for path in paths for file in (test_files(path) if path.is_dir() else (path,)))
    files = list(dict.fromkeys(found))
    if not files:
        print(f"no tests: there is no *{TEST_SUFFIXES[0]} in {', '.join(args.paths)}", file=sys.stderr)
        return 1
    results: list[tuple[Path, tuple[CaseResult, ...]]] = []
    broken = 0
    for file in files:
        outcomes = _run(file)
        if outcomes is None:
            broken += 1
        else:
            results.append((file, outcomes))
    if args.junit is not None:
        from ..testing.junit import write

        try:
            write(args.junit, results)
        except OSError as error:
            print(f"--junit {args.junit}: {error.strerror}", file=sys.stderr)
            return 1
    failed = sum(bool(outcome.problems) for _, outcomes in results for outcome in outcomes)
    passed = sum(len(outcomes) for _, outcomes in results) - failed
    unread = f", {broken} files not run" if broken else ""
    print(f"{passed} passed, {failed} failed{unread}")
    return 1 if failed or broken else 0


def _run(file: Path) -> tuple[CaseResult, ...] | None:
    """The outcomes of a file's tests; None, with the reasons on stderr, for a file that can't be run."""
    loaded = _load(file)
    if loaded is None:
        return None
    tests, workflow = loaded
    print(file)
    outcomes = []
    for case in tests.cases:
        outcome = asyncio.run(_outcome(case, workflow, str(tests.workflow)))
        _print(outcome)
        outcomes.append(outcome)
    return tuple(outcomes)


async def _outcome(case: Case, workflow: Analysis, file: str) -> CaseResult:
    """Return the outcome of a test. Raises _CancelledError at a signal, after the end of what it started."""
    task = asyncio.ensure_future(run_case(case, workflow, file))
    cancelled = CancelledBySignal(task)
    await asyncio.wait({task})
    if cancelled.code is not None:
        raise _CancelledError(cancelled.code)
    return task.result()


def _load(file: Path) -> tuple[Tests, Analysis] | None:
    try:
        found = check(file.read_bytes().decode(), file)
    except (OSError, UnicodeDecodeError) as error:
        print(f"{file}: error: {error.strerror if isinstance(error, OSError) else error}", file=sys.stderr)
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


def _print(outcome: CaseResult) -> None:
    mark, colour = _MARKS[not outcome.problems]
    if wants_colour(sys.stdout):
        mark = f"\x1b[{colour}m{mark}\x1b[0m"
    print(f"  {mark} {outcome.case.name} ({outcome.seconds * 1000:.0f}ms)")
    for problem in outcome.problems:
        print("\n".join(f"      {line}" for line in problem.splitlines()))

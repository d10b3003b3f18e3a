"""Counts the trials of each promise in SECURITY.md: the tests that bear the mark `promise`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest

_TRIALS: Counter[str] = Counter()
_FAILURES: Counter[str] = Counter()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[pytest.TestReport]:
    """Write the promise of a test into its report, which comes from the process that ran it."""
    report = yield
    for mark in item.iter_markers("promise"):
        report.user_properties.append(("promise", mark.args[0]))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    for name, promise in report.user_properties:
        if name == "promise" and (report.when == "call" or report.failed):
            _TRIALS[promise] += 1
            _FAILURES[promise] += report.failed


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the promises with their trials and failures, as SECURITY.md has them."""
    if os.environ.get("DUCKFLUX_HOSTILE") != "full" or not _TRIALS:
        return
    terminalreporter.section("promises")
    terminalreporter.write_line("| Promise | Trials | Failures |\n|---|---:|---:|")
    for promise, trials in sorted(_TRIALS.items()):
        terminalreporter.write_line(f"| {promise} | {trials} | {_FAILURES[promise]} |")

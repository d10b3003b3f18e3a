"""Writes workflow commands of GitHub Actions, which become annotations of a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from ...github_commands import annotation
from ..check import Options, Report

_COMMANDS = {"error": "error", "warning": "warning", "information": "notice"}


def write(reports: Iterator[Report], options: Options, out: TextIO) -> None:
    """Write one `::error file=...::message` for each diagnostic."""
    for report in reports:
        if report.unreadable is not None:
            print(annotation("error", report.unreadable, file=report.path), file=out)
        for found in report.diagnostics:
            # GitHub supports columns only within one line.
            same = found.line == found.end_line
            columns = {"col": found.column, "endColumn": found.end_column} if same else {}
            place: dict[str, str | int] = {"file": report.path, "line": found.line, "endLine": found.end_line}
            message = f"{found.field}: {found.message}" if found.field else found.message
            kind = _COMMANDS[found.severity]
            print(annotation(kind, message, **place, **columns, title=found.code), file=out)

"""Writes workflow commands of GitHub Actions, which become annotations of a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from ....terminal_text import printable
from ..check import Options, Report

_COMMANDS = {"error": "error", "warning": "warning", "information": "notice"}


def write(reports: Iterator[Report], options: Options, out: TextIO) -> None:
    """Write one `::error file=...::message` for each diagnostic."""
    for report in reports:
        if report.unreadable is not None:
            print(f"::error file={_property(report.path)}::{_data(report.unreadable)}", file=out)
        for found in report.diagnostics:
            # GitHub supports columns only within one line.
            same = found.line == found.end_line
            columns = f",col={found.column},endColumn={found.end_column}" if same else ""
            location = f"file={_property(report.path)},line={found.line},endLine={found.end_line}{columns}"
            message = f"{found.field}: {found.message}" if found.field else found.message
            print(f"::{_COMMANDS[found.severity]} {location},title={found.code}::{_data(message)}", file=out)


def _data(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""Writes each diagnostic with its source line and carets, also in a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from ..check import Options, Report
from .text import write_lines


def write(reports: Iterator[Report], options: Options, out: TextIO) -> None:
    """Write diagnostics, always with excerpts."""
    write_lines(reports, options, out, excerpts=True)

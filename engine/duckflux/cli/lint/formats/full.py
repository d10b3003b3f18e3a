"""For people, also in a pipe: under each line the source line and a caret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from ..check import Options, Report
from .text import write_lines


def write(reports: Iterator[Report], options: Options, out: TextIO) -> None:
    """Excerpts everywhere."""
    write_lines(reports, options, out, excerpts=True)

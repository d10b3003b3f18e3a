"""Writes a line for each diagnostic; on a terminal also the source line with carets."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain, islice
from typing import TextIO

from ... import diagnostics_output as lines
from ...text_output import print_text
from ..check import Options, Report


def write(reports: Iterator[Report], options: Options, out: TextIO) -> None:
    """Write diagnostics, with excerpts only on a terminal."""
    write_lines(reports, options, out, excerpts=out.isatty())


def write_lines(reports: Iterator[Report], options: Options, out: TextIO, *, excerpts: bool) -> None:
    """Write diagnostics and valid files to `out`, unreadable files to stderr."""
    first = list(islice(reports, 2))
    several = len(first) > 1
    for report in chain(first, reports):
        if report.unreadable is not None:
            print_text(f"{report.path}: error: {report.unreadable}", file=sys.stderr)
            continue
        lines.write(report.path, report.diagnostics, out, excerpts=excerpts)
        if report.fixed:
            print_text(f"{report.path}: {report.fixed} fixed", file=out)
        if not report.failed and not options.quiet:
            print_text(f"{report.path}: valid" if several else "valid", file=out)

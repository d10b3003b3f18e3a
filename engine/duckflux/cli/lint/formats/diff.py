"""Implements `--diff`: prints what fixes would change, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TextIO

from ...text_output import print_text, shown_on
from ..check import Options, Report


def write(reports: Iterator[Report], options: Options, out: TextIO) -> None:
    """Write the unified diffs of all files, one after another."""
    for report in reports:
        if report.unreadable is not None:
            print_text(f"{report.path}: error: {report.unreadable}", file=sys.stderr)
        out.write(shown_on(out, report.difference))

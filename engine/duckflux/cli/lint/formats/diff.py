"""Implements `--diff`: prints what fixes would change, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TextIO

from ..check import Options, Report


def write(reports: Iterator[Report], options: Options, out: TextIO) -> None:
    """Write the unified diffs of all files, one after another."""
    for report in reports:
        if report.unreadable is not None:
            print(f"{report.path}: error: {report.unreadable}", file=sys.stderr)
        out.write(report.difference)

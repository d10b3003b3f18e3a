"""Defines the argument that names a trace; without it, the traces of runs on a terminal are meant."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...trace import DEFAULT_FOLDER


def add_trace_argument(parser: argparse.ArgumentParser, dest: str, metavar: str, what: str) -> None:
    """Add the argument, which is described by `what`."""
    default = Path(DEFAULT_FOLDER)
    parser.add_argument(
        dest, type=Path, nargs="?", default=default, metavar=metavar, help=f"{what} (default: {default})"
    )

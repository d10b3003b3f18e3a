"""Implements `duckflux version`."""

from __future__ import annotations

import argparse

from ..version import __version__


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add no arguments."""


def main(args: argparse.Namespace) -> int:
    """Print the version and return 0."""
    print(f"duckflux {__version__}")
    return 0

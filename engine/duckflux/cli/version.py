"""`duckflux version`."""

from __future__ import annotations

import argparse

from ..version import __version__


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def main(args: argparse.Namespace) -> int:
    """Print the version."""
    print(f"duckflux {__version__}")
    return 0

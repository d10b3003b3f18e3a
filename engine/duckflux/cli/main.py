"""The command `duckflux`: finds the subcommand and imports that one alone."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from ..version import __version__


class Command(NamedTuple):
    """A subcommand: its module has `add_arguments(parser)` and `main(args) -> exit code`."""

    module: str
    summary: str


COMMANDS = {
    "run": Command("run", "run a workflow"),
    "lint": Command("lint", "check workflow files"),
    "validate": Command("validate", "check a workflow file and the inputs for it"),
    "trace": Command("trace", "look at the traces of runs"),
    "cel": Command("cel", "evaluate or check one expression"),
    "version": Command("version", "print the version"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code (LANGUAGE section 8)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] not in COMMANDS and not arguments[0].startswith("-"):
        arguments.insert(0, "run")
    try:
        return _dispatch(arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _dispatch(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="duckflux",
        description="Run and check duckflux workflows. `duckflux FILE` is short for `duckflux run FILE`.",
        epilog="`duckflux COMMAND --help` says more.",
    )
    parser.add_argument("--version", action="version", version=f"duckflux {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = next((name for name in arguments if name in COMMANDS), None)
    for name, command in COMMANDS.items():
        subparser = commands.add_parser(
            name, help=command.summary, description=f"{command.summary.capitalize()}."
        )
        if name == chosen:
            module = import_module(f".{command.module}", __package__)
            module.add_arguments(subparser)
    try:
        args = parser.parse_args(arguments)
    except SystemExit as usage:
        return 1 if usage.code else 0
    return int(module.main(args))

"""Implements the command `duckflux`: finds the subcommand and imports only that one's module."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Container, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from ..version import __version__


class Command(NamedTuple):
    """A subcommand: its module has `add_arguments(parser)` and `main(args) -> exit code`."""

    module: str
    summary: str


COMMANDS = {
    "run": Command("run", "run a workflow"),
    "lint": Command("lint", "check workflow files"),
    "fmt": Command("fmt", "format workflow files"),
    "explain": Command("explain", "explain a diagnostic"),
    "validate": Command("validate", "check a workflow file and the inputs for it"),
    "test": Command("test", "run the tests of workflows"),
    "trace": Command("trace", "inspect the traces of runs"),
    "cel": Command("cel", "evaluate or check one expression"),
    "mcp": Command("mcp", "list the MCP servers of workflows, or serve workflows as tools"),
    "completion": Command("completion", "print the completion script for a shell"),
    "version": Command("version", "print the version"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code (docs/language.md#8-command-line)."""
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
    chosen = next((name for name in arguments if name in COMMANDS), "")
    try:
        args = parser({chosen}).parse_args(arguments)
    except SystemExit as usage:
        return 1 if usage.code else 0
    return int(_module(chosen).main(args))


def parser(commands: Container[str] = COMMANDS) -> argparse.ArgumentParser:
    """Return the parser of the command line.

    All commands are known by name, but only those in `commands` are imported and have their arguments.
    """
    root = argparse.ArgumentParser(
        prog="duckflux",
        description="Run and check duckflux workflows. `duckflux FILE` is short for `duckflux run FILE`.",
        epilog="See `duckflux COMMAND --help` for the options of a command.",
        formatter_class=_formatter,
    )
    root.add_argument("--version", action="version", version=f"duckflux {__version__}")
    subparsers = root.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        subparser = subparsers.add_parser(
            name,
            help=command.summary,
            description=f"{command.summary.capitalize()}.",
            formatter_class=_formatter,
        )
        if name in commands:
            _module(name).add_arguments(subparser)
    return root


def _module(command: str) -> Any:
    return import_module(f".{COMMANDS[command].module}", __package__)


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Return argparse's formatter with a given width.

    Without one it imports shutil to find out, which takes 3 ms.
    """
    try:
        columns = os.get_terminal_size().columns
    except OSError:
        columns = 100
    return argparse.HelpFormatter(prog, width=columns - 2)

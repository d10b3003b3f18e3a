"""Implements the command `duckflux`: finds the subcommand and imports only that one's module."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import sys
from collections.abc import Callable, Container, Iterable, Sequence
from importlib import import_module
from typing import Any

import msgspec

from ..version import __version__
from .argument_parser import Parser, add_command
from .text_output import print_text

# Why nothing more can be written: the disk or the quota is used up.
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Command(msgspec.Struct, frozen=True):
    """A subcommand: its module has `add_arguments(parser)` and `main(args) -> exit code`."""

    module: str
    summary: str


COMMANDS = {
    "run": Command("run", "run a workflow"),
    "new": Command("new", "write a workflow to begin with"),
    "lint": Command("lint", "check workflow files"),
    "fmt": Command("fmt", "format workflow files"),
    "explain": Command("explain", "explain a diagnostic"),
    "validate": Command("validate", "check a workflow file and the inputs for it"),
    "test": Command("test", "run the tests of workflows"),
    "debug": Command("debug", "run a workflow step by step, or walk through a trace"),
    "graph": Command("graph", "draw the flow of a workflow"),
    "migrate": Command("migrate", "rewrite workflows of older versions of the language"),
    "import": Command("import_workflow", "make workflows out of pipelines of GitHub Actions or GitLab"),
    "trace": Command("trace", "inspect the traces of runs"),
    "ps": Command("live.ps", "list the runs that are going on"),
    "attach": Command("live.attach", "watch a run that is going on"),
    "logs": Command("live.logs", "print what the steps of a run have printed"),
    "emit": Command("live.emit", "send an event to a run that waits for it, or to an event hub"),
    "cancel": Command("live.cancel", "cancel a run that is going on"),
    "runs": Command("durable.runs", "list, watch, cancel and delete durable runs"),
    "worker": Command("durable.worker", "execute durable runs"),
    "server": Command("server", "show workflows and their runs in the browser"),
    "cel": Command("cel", "evaluate or check one expression"),
    "mcp": Command("mcp", "list the MCP servers of workflows, or serve workflows as tools"),
    "completion": Command("completion", "print the completion script for a shell"),
    "version": Command("version", "print the version"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code (docs/language.md#8-command-line)."""
    return guarded(_main, list(sys.argv[1:] if argv is None else argv))


def guarded(main: Callable[[list[str]], int], arguments: list[str]) -> int:
    """Return the exit code of a command, also where its reader has gone or Ctrl-C ends it."""
    # What an output cannot show, as in a file name or where it is not UTF-8, is escaped.
    with contextlib.suppress(AttributeError, ValueError):
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = main(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        return _without_output()
    except OSError as error:
        if error.errno not in _FULL:
            raise
        print_text(
            f"{error.filename or 'stdout'}: error: cannot be written: {error.strerror}", file=sys.stderr
        )
        return _without_output()
    except KeyboardInterrupt:
        return 130


def _without_output() -> int:
    """Drop what stdout still holds, which cannot be written, and return the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _main(arguments: list[str]) -> int:
    if not arguments:
        _help([])
        return 1
    return _help(arguments[1:]) if arguments[0] == "help" else _dispatch(_with_command(arguments))


def _help(about: list[str]) -> int:
    """Print the commands, or the help of one, and return 0."""
    return _dispatch([*about, "--help"] if about[:1] and about[0] in COMMANDS else ["--help"])


def _with_command(arguments: list[str]) -> list[str]:
    """Return the arguments with the command `run` before a file."""
    first = arguments[0]
    return arguments if first in COMMANDS or first.startswith("-") else ["run", *arguments]


def _mistake(arguments: list[str]) -> str | None:
    """Return what is wrong with arguments that no command can work on, None for others."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return "the current folder does not exist any more: change to another one"
    name = arguments[1] if arguments[:1] == ["run"] and len(arguments) > 1 else ""
    if not name or name.startswith("-") or not name.replace("-", "").isalpha() or os.path.lexists(name):
        return None
    from ..language.suggest import closest

    suggestion = closest(name, (*COMMANDS, "help"))
    hint = f"did you mean `duckflux {suggestion}`?" if suggestion else "`duckflux help` lists the commands"
    return f"no command and no file is called '{name}': {hint}"


def _dispatch(arguments: list[str]) -> int:
    chosen = next((name for name in arguments if name in COMMANDS), "")
    if (mistake := _mistake(arguments)) is not None:
        print_text(f"duckflux: error: {mistake}", file=sys.stderr)
        return 1
    if chosen == "cel" and arguments[0] == "cel":
        arguments = ["cel", *_module("cel").expression_last(arguments[1:])]
    return execute(chosen, arguments)


def execute(command: str, arguments: list[str]) -> int:
    """Run a command with arguments that begin with its name, and return its exit code."""
    known = (command,) if arguments[0] == command else COMMANDS
    try:
        args = parser(known, {command}).parse_args(arguments)
    except SystemExit as usage:
        return 1 if usage.code else 0
    return int(_module(command).main(args))


def parser(known: Iterable[str] = COMMANDS, imported: Container[str] = COMMANDS) -> argparse.ArgumentParser:
    """Return the parser of a command line with the commands `known`.

    Only those that are `imported` too have their arguments: each command takes time.
    """
    root = Parser(
        prog="duckflux",
        description="Run and check duckflux workflows. `duckflux FILE` is short for `duckflux run FILE`.",
        epilog="See `duckflux COMMAND --help` for the options of a command.",
    )
    root.add_argument(
        "--version", action="version", version=f"duckflux {__version__}", help="show the version and exit"
    )
    subparsers = root.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    for name in known:
        subparser = add_command(subparsers, name, COMMANDS[name].summary)
        if name in imported:
            _module(name).add_arguments(subparser)
    return root


def _module(command: str) -> Any:
    return import_module(f".{COMMANDS[command].module}", __package__)

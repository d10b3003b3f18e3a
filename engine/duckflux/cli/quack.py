"""Implements the command `quack`: the reference runtime's command line, for programs that call it.

Its commands, options, outputs and exit codes are those that the reference documents (docs/quack.md).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence

from ..files import read_named_file
from ..language.analysis import Analysis, load
from ..terminal_text import printable_line
from .argument_parser import Parser
from .diagnostics_output import LocatedDiagnostic, locate_diagnostics, read_error_message
from .input_options import InputOptionsError, collect
from .main import execute, guarded
from .text_output import print_text

REFERENCE_VERSION = "0.7.3"
COMMANDS = ("run", "lint", "validate", "version", "server")
_OK, _FAILED = 0, 1
_INPUTS = "[--input k=v] [--input-file file.json]"
_USAGES = {
    "run": f"Usage: quack run <workflow.yaml> {_INPUTS} [--cwd dir]",
    "lint": "Usage: quack lint <workflow.yaml>",
    "validate": f"Usage: quack validate <workflow.yaml> {_INPUTS}",
}
# The options of `run`, passed on as they are.
_RUN_OPTIONS = (
    "input-file",
    "cwd",
    "event-backend",
    "nats-url",
    "nats-stream",
    "redis-addr",
    "redis-db",
    "trace-dir",
    "trace-format",
)
_SERVER_OPTIONS = ("workflow-dir", "trace-dir", "port")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    return guarded(_main, list(sys.argv[1:] if argv is None else argv))


def _main(arguments: list[str]) -> int:
    try:
        parser = _parser()
        args, unknown = parser.parse_known_intermixed_args(arguments)
        if unknown:
            parser.refuse(unknown[0])
    except SystemExit as usage:
        return _FAILED if usage.code else _OK
    command, *files = args.words or ["run"]
    if command.endswith((".yaml", ".yml")):
        command, files = "run", [command]
    if command not in COMMANDS:
        print_text(f"Unknown command: {command}", file=sys.stderr)
        print_text(f"Available commands: {', '.join(COMMANDS)}", file=sys.stderr)
        return _FAILED
    if command in _USAGES and not files:
        print_text(_USAGES[command], file=sys.stderr)
        return _FAILED
    return _HANDLERS[command](args, *files[:1])


def _parser() -> Parser:
    """Return the parser: every command takes every option, before and after its name."""
    parser = Parser(
        prog="quack",
        usage="quack run|lint|validate|version|server [FILE] [options]",
        description="Run and check workflows with the command line of the reference runtime.",
        allow_abbrev=False,
        epilog="The options mean what `duckflux run --help` and `duckflux server --help` say.",
    )
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("-i", "--input", metavar="k=v", action="append", default=[])
    for option in _RUN_OPTIONS:
        parser.add_argument(f"--{option}", metavar="VALUE")
    for option in _SERVER_OPTIONS:
        if option not in _RUN_OPTIONS:
            parser.add_argument(f"--{option}", metavar="VALUE")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    return parser


def _run(args: argparse.Namespace, file: str) -> int:
    values = {option: getattr(args, option.replace("-", "_")) for option in _RUN_OPTIONS}
    options = [f"--{option}={value}" for option, value in values.items() if value is not None]
    options += [f"--input={value}" for value in args.input]
    if args.quiet or not (args.verbose or sys.stderr.isatty()):
        # The reference reports no progress.
        options.append("--quiet")
    elif args.verbose:
        options.append("--verbose")
    if args.trace_dir is None:
        options.append("--no-trace")
    return execute("run", ["run", *options, "--", file])


def _lint(args: argparse.Namespace, file: str) -> int:
    analysis = _checked("lint", file, "  - ")
    if analysis is None:
        return _FAILED
    warnings = [found for found in analysis.diagnostics if found.severity == "warning"]
    _report("Warnings:", file, locate_diagnostics(analysis, warnings), "  - ")
    print("valid")
    return _OK


def _validate(args: argparse.Namespace, file: str) -> int:
    from ..runtime.secrets import Secrets

    analysis = _checked("validate", file, "- ")
    if analysis is None:
        return _FAILED
    try:
        collect(args, analysis.workflow, Secrets(os.environ), lambda note: None)
    except InputOptionsError as error:
        print(
            "Input validation failed:",
            *(f"- {problem}" for problem in error.problems),
            sep="\n",
            file=sys.stderr,
        )
        return _FAILED
    print("valid")
    return _OK


def _checked(command: str, file: str, bullet: str) -> Analysis | None:
    """Return the analysis of a valid file, None for others: then what is wrong is printed."""
    try:
        analysis = load(file, read=read_named_file)
    except (OSError, UnicodeDecodeError) as error:
        print_text(f"Error during {command}: {file}: {read_error_message(error)}", file=sys.stderr)
        return None
    if not analysis.errors:
        return analysis
    errors = locate_diagnostics(analysis, analysis.errors)
    _report("Schema validation failed:", file, filter(_is_of_schema, errors), bullet)
    _report(
        "Semantic validation failed:", file, (error for error in errors if not _is_of_schema(error)), bullet
    )
    return None


def _is_of_schema(error: LocatedDiagnostic) -> bool:
    """Return whether an error is one of the text or its structure: their codes begin with 1 and 2."""
    return error.code.startswith(("DF1", "DF2"))


def _report(title: str, file: str, found: Iterable[LocatedDiagnostic], bullet: str) -> None:
    lines = [f"{bullet}{_line(file, diagnostic)}" for diagnostic in found]
    if lines:
        print(title, *lines, sep="\n", file=sys.stderr)


def _line(file: str, found: LocatedDiagnostic) -> str:
    what = f"{found.field or 'workflow'}: {found.message}"
    return printable_line(f"{what} [{found.code}] ({file}:{found.line}:{found.column})")


def _version(args: argparse.Namespace, *files: str) -> int:
    print(REFERENCE_VERSION)
    return _OK


def _server(args: argparse.Namespace, *files: str) -> int:
    values = {option: getattr(args, option.replace("-", "_")) for option in _SERVER_OPTIONS}
    return execute(
        "server", ["server", *(f"--{name}={value}" for name, value in values.items() if value is not None)]
    )


_HANDLERS: dict[str, Callable[..., int]] = {
    "run": _run,
    "lint": _lint,
    "validate": _validate,
    "version": _version,
    "server": _server,
}

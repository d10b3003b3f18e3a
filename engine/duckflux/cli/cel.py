"""Implements `duckflux cel`: evaluates or checks an expression."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import cel
from ..cel import types
from ..files import INPUTS_BYTES, read_named_file
from ..json_text import JsonError, parse_json
from ..terminal_text import printable_json, printable_line
from .stdin import read_stdin
from .text_output import print_text

_NO_VARIABLES: Mapping[str, Any] = {}
_OPTIONS = ("--data", "--trace", "--at", "--check", "--help")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `cel`."""
    parser.add_argument("expression", metavar="EXPR", help="a CEL expression")
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--data", metavar="FILE", help="a JSON file, an object with the variables; `-` reads stdin"
    )
    source.add_argument(
        "--trace", metavar="TRACE", help="a trace, or a folder for its newest one: the variables of that run"
    )
    parser.add_argument(
        "--at",
        metavar="STEP[@ITERATION]",
        help="with --trace: as this step saw them, by default at the end; iterations count from 0, and the last "
        "one is the default",
    )
    parser.add_argument("--check", action="store_true", help="print the type instead of the value")


def expression_last(arguments: list[str]) -> list[str]:
    """Return the arguments of `cel` with an expression that begins with `-` put after `--`."""
    if "--" in arguments:
        return arguments
    expressions = [text for text in arguments if text.startswith("-") and not _is_option(text)]
    return [text for text in arguments if text not in expressions] + (
        ["--", *expressions] if expressions else []
    )


def _is_option(text: str) -> bool:
    name = text.partition("=")[0]
    return text in ("-", "-h") or (len(name) > 2 and any(option.startswith(name) for option in _OPTIONS))


def main(args: argparse.Namespace) -> int:
    """Print the value of an expression as JSON, or its type, and return 0, or 1 after an error."""
    if args.at is not None and args.trace is None:
        print_text("error: --at names a step of a run: give its trace with --trace", file=sys.stderr)
        return 1
    if args.trace is not None:
        return _evaluate_in_run(args)
    try:
        data = _read(args.data)
    except JsonError as error:
        print_text(
            f"{args.data}:{error.line}:{error.column}: error: not JSON: {error.reason}", file=sys.stderr
        )
        return 1
    except (OSError, ValueError) as error:
        print_text(f"{args.data}: error: {error}", file=sys.stderr)
        return 1
    return _evaluate(args.expression, data, check=args.check)


def _evaluate_in_run(args: argparse.Namespace) -> int:
    from ..replay.recorded_state import recorded_variables
    from ..trace.readers.error import TraceError

    try:
        variables = recorded_variables(Path(args.trace), args.at)
    except TraceError as error:
        print_text(f"error: {error}", file=sys.stderr)
        return 1
    return _evaluate(args.expression, variables, check=args.check)


def _evaluate(expression: str, data: Mapping[str, Any] | None, *, check: bool) -> int:
    """Print the value of an expression, or its type."""
    ast = cel.parse(expression)
    if ast.errors:
        return _report(ast.text, ast.errors)
    if check:
        return _check(ast, data)
    try:
        value = cel.compile(ast)(_NO_VARIABLES if data is None else data)
    except cel.EvaluationError as error:
        return _report(ast.text, [cel.Problem(error.code, error.message, error.start, error.end)])
    print(printable_json(json.dumps(cel.to_json(value), indent=2, ensure_ascii=False)))
    return 0


def _read(name: str | None) -> dict[str, Any] | None:
    if name is None:
        return None
    data = parse_json(read_stdin(INPUTS_BYTES) if name == "-" else read_named_file(name, INPUTS_BYTES))
    if not isinstance(data, dict):
        raise ValueError("the data must be a JSON object")
    return data


def _check(ast: cel.Ast, data: Mapping[str, Any] | None) -> int:
    """Check an expression with the types of the data; without data every variable has an unknown type."""
    scope = dict.fromkeys(cel.free_names(ast), types.DYN) if data is None else _types_of(data)
    checked = cel.check(ast, scope)
    if checked.problems:
        return _report(ast.text, checked.problems)
    print_text(str(checked.type))
    return 0


def _types_of(data: Mapping[str, Any]) -> dict[str, types.Type]:
    return {name: types.of_value(value) for name, value in data.items()}


def _report(text: str, problems: tuple[cel.Problem, ...] | list[cel.Problem]) -> int:
    for problem in problems:
        before = text[: problem.start]
        line = before.count("\n")
        column = problem.start - (before.rfind("\n") + 1)
        print_text(
            f"EXPR:{line + 1}:{column + 1}: error: {problem.message} [{problem.code}]", file=sys.stderr
        )
        source = text.split("\n")[line]
        print_text(f"  {printable_line(source)}", file=sys.stderr)
        width = len(printable_line(text[problem.start : problem.end]))
        indent = len(printable_line(source[:column]))
        print_text(f"  {' ' * indent}{'^' * max(width, 1)}", file=sys.stderr)
    return 1

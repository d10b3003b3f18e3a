"""The inputs of a run, as the command line gives them: options over file over stdin (LANGUAGE section 6)."""

from __future__ import annotations

import select
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from ..runtime.engine.inputs import InputError, TypedInput, missing, resolve

if TYPE_CHECKING:
    import argparse

    from ..language.model.workflow import Workflow
    from ..runtime.secrets import Secrets


class InputOptionsError(Exception):
    """Inputs that can't be read or are not accepted; `problems` are sentences for people."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems


def add_input_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that give inputs, the same for each command that takes them."""
    parser.add_argument(
        "-i",
        "--input",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="an input: JSON, else text; without `=` it is true (may be repeated)",
    )
    parser.add_argument(
        "--input-file", metavar="FILE", help="a JSON file with the inputs; `-` reads stdin to its end"
    )


def collect(
    args: argparse.Namespace,
    workflow: Workflow,
    secrets: Secrets,
    note: Callable[[str], None],
    earlier: Callable[[set[str]], dict[str, Any]] = lambda given: {},
) -> dict[str, Any]:
    """The inputs for a workflow, from everywhere they can be given, checked. Raises GivenError.

    `earlier` has those of an earlier run, but for the ones given by hand.
    """
    given = from_file(args.input_file) | from_options(args.input)
    given = earlier(set(given)) | given
    if args.input_file != "-":
        given = from_stdin(bool(missing(workflow.inputs, given)), note) | given
    for name in given:
        if workflow.inputs and name not in workflow.inputs:
            note(f"input '{name}' is not declared by the workflow; it is passed on")
    try:
        return resolve(workflow.inputs, given, secrets)
    except InputError as error:
        raise InputOptionsError(*map(_with_hint, error.problems)) from None


def _with_hint(problem: str) -> str:
    return f"{problem}: give it with --input NAME=VALUE" if problem.endswith(" is required") else problem


def from_options(options: list[str]) -> dict[str, Any]:
    """`NAME=VALUE` texts as inputs; without `=` the value is true. Raises GivenError."""
    given = {}
    for option in options:
        name, has_value, text = option.partition("=")
        if not name:
            raise InputOptionsError(f"--input {option}: it must begin with a name")
        given[name] = TypedInput(text if has_value else "true")
    return given


def from_file(path: str | None) -> dict[str, Any]:
    """The inputs of a JSON file, or with `-` of stdin. Raises GivenError."""
    if path is None:
        return {}
    try:
        if path == "-":
            content = sys.stdin.buffer.read()
        else:
            with open(path, "rb") as file:
                content = file.read()
    except OSError as error:
        raise InputOptionsError(f"--input-file {path}: {error.strerror}") from None
    inputs = _object(content)
    if inputs is None and (path != "-" or content.strip()):
        raise InputOptionsError(f"--input-file {path}: it must hold a JSON object with a key for each input")
    return inputs or {}


def from_stdin(needed: bool, note: Callable[[str], None]) -> dict[str, Any]:
    """The inputs piped to stdin; an open, silent pipe is waited for only when they are `needed`."""
    stdin = sys.stdin
    if stdin is None or stdin.closed or stdin.isatty():
        return {}
    try:
        if not needed and not select.select([stdin], [], [], 0)[0]:
            return {}
        content = stdin.buffer.read()
    except (OSError, ValueError):
        return {}
    inputs = _object(content)
    if inputs is None and content.strip():
        note("stdin holds no JSON object and is ignored")
    return inputs or {}


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None

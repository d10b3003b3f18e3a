"""Collects the inputs of a run from options, a file and stdin (docs/language.md#6-inputs)."""

from __future__ import annotations

import os
import select
import stat
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from ..files import INPUTS_BYTES, FileTooLargeError, read_named_file, read_stream
from ..json_text import JsonError, NumberError, parse_json
from ..runtime.engine.inputs import InputError, TypedInput, missing, resolve

if TYPE_CHECKING:
    import argparse

    from ..language.model.workflow import Workflow
    from ..runtime.secrets import Secrets


class InputOptionsError(Exception):
    """Inputs cannot be read or are invalid; `problems` are sentences for users."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems


def add_input_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that give inputs."""
    parser.add_argument(
        "-i",
        "--input",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="an input; the value is JSON if it parses, else text, and true without `=` (may be repeated)",
    )
    parser.add_argument("--input-file", metavar="FILE", help="a JSON file with the inputs; `-` reads stdin")


def collect(
    args: argparse.Namespace,
    workflow: Workflow,
    secrets: Secrets,
    note: Callable[[str], None],
    earlier: Callable[[set[str]], dict[str, Any]] = lambda overridden: {},
) -> dict[str, Any]:
    """Return the checked inputs for a workflow, from all sources. Raises InputOptionsError.

    Options win over the file, the file over stdin, and stdin over `earlier`, which returns the inputs of an
    earlier run without those that are overridden. `note` is called with warnings.
    """
    inputs = from_file(args.input_file) | from_options(args.input)
    inputs = earlier(set(inputs)) | inputs
    if args.input_file != "-" and workflow.inputs:
        inputs = from_stdin(bool(missing(workflow.inputs, inputs)), note) | inputs
    for name in inputs:
        if workflow.inputs and name not in workflow.inputs:
            note(f"input '{name}' is not declared by the workflow, but passed on")
    try:
        return resolve(workflow.inputs, inputs, secrets)
    except InputError as error:
        raise InputOptionsError(*map(_with_hint, error.problems)) from None


def _with_hint(problem: str) -> str:
    return f"{problem}: give it with --input NAME=VALUE" if problem.endswith(" is required") else problem


def from_options(options: list[str]) -> dict[str, Any]:
    """Return the inputs of `NAME=VALUE` options; without `=` the value is true. Raises InputOptionsError."""
    inputs = {}
    for option in options:
        name, has_value, text = option.partition("=")
        if not name:
            raise InputOptionsError(f"--input {option}: must start with a name")
        inputs[name] = TypedInput(text if has_value else "true")
    return inputs


def from_file(path: str | None) -> dict[str, Any]:
    """Return the inputs of a JSON file, or of stdin for `-`. Raises InputOptionsError."""
    if path is None:
        return {}
    if path == "-":
        content = _read(sys.stdin.buffer)
    else:
        try:
            content = read_named_file(path, INPUTS_BYTES)
        except OSError as error:
            raise InputOptionsError(f"--input-file {path}: {error.strerror}") from None
    if path == "-" and not content.strip():
        return {}
    try:
        inputs = parse_json(content)
    except JsonError as error:
        where = f"--input-file {path}:{error.line}:{error.column}"
        raise InputOptionsError(f"{where}: not JSON: {error.reason}") from None
    if not isinstance(inputs, dict):
        raise InputOptionsError(f"--input-file {path}: must contain a JSON object with a key for each input")
    return inputs


def from_stdin(needed: bool, note: Callable[[str], None]) -> dict[str, Any]:
    """Return the inputs on stdin, if that is a pipe or a file.

    An open, silent pipe is waited for only if inputs are `needed`. Raises InputOptionsError for too much.
    """
    try:
        if not _is_pipe_or_file(sys.stdin) or not (needed or select.select([sys.stdin], [], [], 0)[0]):
            return {}
    except (AttributeError, OSError, ValueError):
        return {}
    content = _read(sys.stdin.buffer)
    if not content.strip():
        return {}
    try:
        inputs = parse_json(content)
    except NumberError as error:
        raise InputOptionsError(f"stdin: {error}") from None
    except JsonError:
        inputs = None
    if not isinstance(inputs, dict):
        note("stdin is not a JSON object and is ignored")
        return {}
    return inputs


def _is_pipe_or_file(stream: TextIO) -> bool:
    mode = os.fstat(stream.fileno()).st_mode
    # Node.js gives its child processes sockets as pipes.
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def _read(stdin: BinaryIO) -> bytes:
    """Return what is on stdin, to its end. Raises InputOptionsError."""
    try:
        return read_stream(stdin, "stdin", INPUTS_BYTES)
    except FileTooLargeError as error:
        raise InputOptionsError(f"stdin {error.strerror}, the limit for inputs") from None
    except (OSError, ValueError) as error:
        raise InputOptionsError(f"stdin cannot be read: {error}") from None

"""Collects the inputs of a run: from the command's arguments, the settings, or a file beside the workflow.

What is then still missing is asked for by a client that can do so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from duckflux.files import INPUTS_BYTES, read_file
from duckflux.json_text import JsonError, parse_json
from duckflux.language.model.workflow import Input, Workflow
from duckflux.runtime.engine.inputs import InputError, TypedInput, resolve
from duckflux.runtime.secrets import Secrets

from ..session.settings import Settings


class InputsError(Exception):
    """The inputs can't be read; the message is for the user."""


def inputs_file(path: Path) -> Path:
    """Return the file with inputs beside a workflow, such as `ci.duck.yaml.inputs.json`."""
    return path.with_name(f"{path.name}.inputs.json")


def known_inputs(path: Path, settings: Settings, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs given without asking; arguments win over settings, settings over the file.

    Raises InputsError if the file is not a JSON object.
    """
    return _from_file(inputs_file(path)) | settings.inputs_for(path) | arguments


def missing_inputs(workflow: Workflow, known: dict[str, Any]) -> list[Input]:
    """Return the required inputs that have no default and were not given."""
    return [
        declared
        for declared in workflow.inputs.values()
        if declared.required and "default" not in declared.schema and declared.name not in known
    ]


def question(declared: Input, known: dict[str, Any], last: dict[str, Any]) -> dict[str, Any]:
    """Return what a client needs to ask for an input: an entry of `duckflux/askInputs`.

    `default` is the value of the last run, else the one that would be used without asking, never that of a
    secret.
    """
    schema = declared.schema
    secret = schema.get("format") == "password"
    default = last.get(declared.name, known.get(declared.name, schema.get("default")))
    return {
        "name": declared.name,
        "type": declared.type,
        "description": schema.get("description"),
        "default": None if secret else default,
        "enum": schema.get("enum"),
        "secret": secret,
        "required": declared.required and "default" not in schema and declared.name not in known,
    }


def answered(workflow: Workflow, answers: dict[str, Any]) -> dict[str, Any]:
    """Return the answers as values: a list or map was typed in as JSON. Raises InputsError."""
    values = {}
    for name, answer in answers.items():
        typed = _typed(workflow.inputs.get(name), answer)
        try:
            values[name] = typed.value if isinstance(typed, TypedInput) else typed
        except JsonError as error:
            raise InputsError(f"input '{name}' can't be read: {error}") from None
    return values


def _typed(declared: Input | None, value: Any) -> Any:
    is_json = declared is not None and declared.type in ("array", "object") and isinstance(value, str)
    return TypedInput(value) if is_json else value


def input_problem(workflow: Workflow, name: str, value: Any) -> str | None:
    """Return why a value is not valid for an input; None if it is, or there is no such input."""
    declared = workflow.inputs.get(name)
    if declared is None:
        return None
    try:
        resolve({name: declared}, {name: _typed(declared, value)}, Secrets())
    except InputError as error:
        return "; ".join(error.problems)
    return None


def missing_message(path: Path, missing: list[Input]) -> str:
    """Return the message for a client that can't ask."""
    names = ", ".join(f"`{declared.name}`" for declared in missing)
    return (
        f"{path.name} needs the input{'s' if len(missing) > 1 else ''} {names}: "
        f"give values in {inputs_file(path).name} beside it, or in the setting duckflux.inputs"
    )


def _from_file(path: Path) -> dict[str, Any]:
    try:
        content = read_file(path, INPUTS_BYTES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputsError(f"{path.name} can't be read: {error.strerror}") from None
    try:
        values = parse_json(content)
    except JsonError as error:
        raise InputsError(f"{path.name}:{error.line}:{error.column} is not JSON: {error.reason}") from None
    if not isinstance(values, dict):
        raise InputsError(f"{path.name} must hold a JSON object: one key for each input")
    return values

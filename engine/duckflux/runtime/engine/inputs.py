"""What a workflow is given (LANGUAGE section 6): defaults, coercion, validation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from duckflux.language.model.workflow import Input

from ..secrets import Secrets

_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}", re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", re.ASCII)


class InputError(Exception):
    """Inputs that don't fit; `problems` are all of them, a sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class TypedInput(msgspec.Struct, frozen=True):
    """A value as somebody typed it (`--input k=v`): JSON if it is, except where a string is wanted."""

    text: str

    @property
    def value(self) -> Any:
        try:
            return msgspec.json.decode(self.text)
        except (ValueError, RecursionError):
            return self.text


def resolve(declared: Mapping[str, Input], given: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    """The workflow's inputs: `given` (Typed or JSON values) over defaults, coerced. Extra ones pass through.

    Inputs of format `password` become secrets. Raises InputError with all that is wrong.
    """
    values = {name: value.value if isinstance(value, TypedInput) else value for name, value in given.items()}
    problems = []
    for name, input_ in declared.items():
        if name in given:
            values[name] = _coerced(given[name], input_)
        elif "default" in input_.schema:
            values[name] = input_.schema["default"]
        else:
            if input_.required:
                problems.append(f"input '{name}' is required")
            continue
        if input_.schema.get("format") == "password":
            secrets.learn(values[name])
        problems += _violations(name, input_, values[name])
    if problems:
        raise InputError(problems)
    return values


def missing(declared: Mapping[str, Input], given: Mapping[str, Any]) -> list[str]:
    """The names of required inputs that have neither a value nor a default."""
    return [n for n, i in declared.items() if i.required and n not in given and "default" not in i.schema]


def _coerced(value: Any, input_: Input) -> Any:
    if input_.type == "string":
        if isinstance(value, TypedInput):
            return value.text
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return msgspec.json.encode(value).decode() if is_number else value
    if isinstance(value, TypedInput):
        value = value.value
    if isinstance(value, float) and input_.type == "integer" and value.is_integer():
        return int(value)
    return _from_text(value, input_.type) if isinstance(value, str) else value


def _from_text(text: str, type_: str) -> Any:
    if type_ == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if type_ == "number" and _NUMBER.fullmatch(text):
        return int(text) if _INTEGER.fullmatch(text) else float(text)
    if type_ == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _violations(name: str, input_: Input, value: Any) -> list[str]:
    from .validation import violations

    found = violations(input_.schema, value)
    return [f"input '{name}'{'' if what.startswith('[') else ' '}{what}" for what in found]

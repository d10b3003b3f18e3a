"""Resolves the inputs of a workflow: defaults, coercion, validation (docs/language.md#6-inputs)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from duckflux.json_text import JsonError, NumberError, parse_json
from duckflux.language.model.workflow import Input

from ..secrets import Secrets

_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}", re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", re.ASCII)


class InputError(Exception):
    """Inputs are invalid; `problems` are all reasons, a sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class TypedInput(msgspec.Struct, frozen=True):
    """A value as a user typed it (`--input k=v`): JSON if it parses, except where a string is declared."""

    text: str

    @property
    def value(self) -> Any:
        """The value if no type is declared. Raises NumberError for JSON with a number that is out of range."""
        try:
            return parse_json(self.text)
        except NumberError:
            raise
        except JsonError:
            return self.text


def resolve(declared: Mapping[str, Input], values: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    """Return the workflow's inputs: `values` (typed or JSON) over defaults, coerced; undeclared ones are kept.

    Values of format `password` become secrets. Raises InputError with all problems, in which they are masked.
    """
    resolved: dict[str, Any] = {}
    problems = []
    for name, value in values.items():
        try:
            resolved[name] = _coerced(value, declared.get(name))
        except NumberError as error:
            problems.append(f"input '{name}' can't be read: {error}")
    for name, input_ in declared.items():
        if name in values:
            if name not in resolved:
                continue
        elif "default" in input_.schema:
            resolved[name] = input_.schema["default"]
            if resolved[name] is None:
                # It means "no value", whatever the type.
                continue
        else:
            if input_.required:
                problems.append(f"input '{name}' is required")
            continue
        _learn_password(input_.schema, resolved[name], secrets)
        problems += _violations(name, input_, resolved[name])
    if problems:
        raise InputError([*map(secrets.mask, problems)])
    return resolved


def learn_passwords(declared: Mapping[str, Input], resolved: Mapping[str, Any], secrets: Secrets) -> None:
    """Make secrets of those inputs, resolved elsewhere, that have the format `password`."""
    for name, input_ in declared.items():
        if resolved.get(name) is not None:
            _learn_password(input_.schema, resolved[name], secrets)


def _learn_password(schema: Mapping[str, Any], value: Any, secrets: Secrets) -> None:
    """Mask the values of format `password`, also those of items and properties."""
    if schema.get("format") == "password":
        secrets.learn(value)
    items, properties = schema.get("items"), schema.get("properties")
    if isinstance(value, list) and isinstance(items, Mapping):
        for item in value:
            _learn_password(items, item, secrets)
    if isinstance(value, Mapping) and isinstance(properties, Mapping):
        for name, item in value.items():
            if isinstance(properties.get(name), Mapping):
                _learn_password(properties[name], item, secrets)


def missing(declared: Mapping[str, Input], values: Mapping[str, Any]) -> list[str]:
    """Return the names of required inputs that have neither a value nor a default."""
    return [n for n, i in declared.items() if i.required and n not in values and "default" not in i.schema]


def _coerced(value: Any, input_: Input | None) -> Any:
    """Return a value as the type of its input, if it is declared.

    Raises NumberError for a typed number that is out of range.
    """
    if input_ is None:
        return value.value if isinstance(value, TypedInput) else value
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
        number = int(text) if _INTEGER.fullmatch(text) else float(text)
        return number if math.isfinite(number) else text
    if type_ == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _violations(name: str, input_: Input, value: Any) -> list[str]:
    from .validation import violations

    found = violations(input_.schema, value)
    return [f"input '{name}'{'' if what.startswith('[') else ' '}{what}" for what in found]

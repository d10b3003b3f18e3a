"""Implements `--mock`: outputs of named steps from a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ..files import INPUTS_BYTES, read_named_file
from ..json_text import JsonError, parse_json
from ..language.syntax import Mapping as MapNode
from ..language.syntax import parse, plain_value
from ..runtime.engine.controller import Controller, Decision, DelegatingController, Identity, Reuse, StepInfo
from ..runtime.errors import StepError

_WRONG_ROOT = "must be a map from names of steps to their outputs"


class MockError(Exception):
    """A file of mocks is invalid; the message is a sentence for users."""


class Mocks(DelegatingController):
    """Gives named steps mocked outputs; the inner controller decides about all others.

    `outputs` are JSON values by the names of steps. `{$each: [...]}` has one value for each execution, in order;
    `{$error: text}` is a failure.
    """

    def __init__(self, outputs: Mapping[str, Any], inner: Controller) -> None:
        super().__init__(inner)
        self._outputs = outputs
        self._executions: dict[str, int] = {}

    async def before(self, step: Identity, info: StepInfo) -> Decision:
        """Decide to use the mock of the step, if it has one. Raises StepError if its values are used up."""
        if info.name is None or info.name not in self._outputs:
            return await super().before(step, info)
        value = self._outputs[info.name]
        if isinstance(value, Mapping) and "$each" in value:
            value = self._next_value(info.name, value["$each"])
        if isinstance(value, Mapping) and "$error" in value:
            return Reuse(None, error=str(value["$error"]))
        return Reuse(value)

    def _next_value(self, name: str, values: Any) -> Any:
        count = self._executions.get(name, 0)
        if not isinstance(values, list) or count >= len(values):
            raise StepError(
                f"it ran more often than the `$each` of its mock has values ({count})", code="mock"
            )
        self._executions[name] = count + 1
        return values[count]


def read_mocks(path: Path, step_names: Collection[str]) -> dict[str, Any]:
    """Return the outputs in a YAML or JSON file, by the names of steps. Raises MockError."""
    try:
        content = read_named_file(path, INPUTS_BYTES)
    except OSError as error:
        raise MockError(f"--mock {path}: {error.strerror}") from None
    read = _read_json if path.suffix == ".json" or _is_json(content) else _read_yaml
    outputs, lines = read(f"--mock {path}", content)
    for name in outputs:
        if name not in step_names:
            line = f":{lines[name]}" if name in lines else ""
            raise MockError(f"--mock {path}{line}: the workflow has no step '{name}'")
    return outputs


def _is_json(content: bytes) -> bool:
    """Return whether a text is JSON, which YAML would not read in the same way everywhere."""
    try:
        return isinstance(parse_json(content), dict)
    except JsonError:
        return False


def _read_json(where: str, content: bytes) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the outputs in a JSON text; the lines of their names are not known."""
    try:
        outputs = parse_json(content)
    except JsonError as error:
        raise MockError(f"{where}:{error.line}:{error.column}: not JSON: {error.reason}") from None
    if not isinstance(outputs, dict):
        raise MockError(f"{where}: {_WRONG_ROOT}")
    return outputs, {}


def _read_yaml(where: str, content: bytes) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the outputs in a YAML text, and the lines of their names."""
    try:
        document = parse(content.decode())
    except UnicodeDecodeError:
        raise MockError(f"{where}: is not UTF-8 text") from None
    for problem in document.errors():
        raise MockError(f"{where}:{document.position(problem.span)[0] + 1}: {problem.message}")
    if not isinstance(document.root, MapNode):
        raise MockError(f"{where}: {_WRONG_ROOT}")
    return plain_value(document.root), {key.text: document.position(key)[0] + 1 for key, _ in document.root}

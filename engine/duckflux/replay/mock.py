"""`--mock`: outputs of named steps, given by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ..language.syntax import Mapping as MapNode
from ..language.syntax import parse, plain_value
from ..runtime.engine.controller import ConditionKind, Controller, Decision, Identity, Reuse, StepInfo
from ..runtime.errors import StepError


class MockError(Exception):
    """A file of mocks that can't be used; the text is a sentence for people."""


class Mocks(Controller):
    """`outputs` are JSON values by the names of steps; `{$each: [...]}` has one for each execution, in their
    order, `{$error: text}` is a failure. Steps without one are decided by `inner`."""

    def __init__(self, outputs: Mapping[str, Any], inner: Controller) -> None:
        self._outputs = outputs
        self._inner = inner
        self._given: dict[str, int] = {}

    async def before(self, step: Identity, info: StepInfo) -> Decision:
        if info.name is None or info.name not in self._outputs:
            return await self._inner.before(step, info)
        value = self._outputs[info.name]
        if isinstance(value, Mapping) and "$each" in value:
            value = self._next(info.name, value["$each"])
        if isinstance(value, Mapping) and "$error" in value:
            return Reuse(None, error=str(value["$error"]))
        return Reuse(value)

    def recall(self, step: Identity, kind: ConditionKind) -> bool | None:
        return self._inner.recall(step, kind)

    def after(self, step: Identity, name: str | None, output: Any) -> None:
        self._inner.after(step, name, output)

    def _next(self, name: str, values: Any) -> Any:
        count = self._given.get(name, 0)
        if not isinstance(values, list) or count >= len(values):
            raise StepError(f"it ran more often than `$each` of its mock has values ({count})", code="mock")
        self._given[name] = count + 1
        return values[count]


def read_mocks(path: Path, names: Collection[str]) -> dict[str, Any]:
    """The outputs in a YAML or JSON file, a map by the names of steps. Raises MockError."""
    try:
        document = parse(path.read_bytes().decode())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise MockError(f"--mock {path}: {reason}") from None
    if document.problems:
        line = document.position(document.problems[0].span)[0] + 1
        raise MockError(f"--mock {path}:{line}: {document.problems[0].message}")
    if not isinstance(document.root, MapNode):
        raise MockError(f"--mock {path}: it must be a map from names of steps to their outputs")
    outputs: dict[str, Any] = plain_value(document.root)
    for key, _ in document.root:
        if key.text not in names:
            line = document.position(key)[0] + 1
            raise MockError(f"--mock {path}:{line}: no step is called '{key.text}'")
    return outputs

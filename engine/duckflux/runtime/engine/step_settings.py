"""Computes the effective settings of a step: override over participant over the workflow's defaults."""

from __future__ import annotations

from typing import Any

import msgspec

from duckflux.language.model.workflow import Call, Participant, Workflow, object_schema
from duckflux.language.syntax import Mapping, Node, Scalar

FAIL, SKIP, RETRY = "fail", "skip", "retry"


class Retry(msgspec.Struct, frozen=True):
    """At most `max` retries, the n-th after `backoff * factor**n` seconds (n from 0)."""

    max: int
    backoff: float = 0.0
    factor: float = 1.0

    def delay(self, retries: int) -> float:
        """Return the seconds to wait after a number of retries."""
        try:
            return self.backoff * self.factor**retries
        except OverflowError:
            return float("inf") if self.backoff else 0.0


class StepSettings(msgspec.Struct, frozen=True):
    """The effective settings of a step; `timeout` is in seconds.

    `name` is the name that results are kept under, None for an anonymous step. `fields` are the effective
    fields except `input`, whose two sources are merged when the step runs.
    """

    name: str | None
    label: str
    type: str
    path: str
    node: Node
    fields: dict[str, Node]
    when: Scalar | None
    inputs: tuple[tuple[str, Node], ...]
    timeout: float | None
    on_error: str
    retry: Retry | None
    output_schema: dict[str, Any] | None

    @property
    def definition(self) -> dict[str, Node | None]:
        """The fields that say what the step does, and on what."""
        inputs = {f"input{number or ''}": node for number, (_, node) in enumerate(self.inputs)}
        return {**self.fields, "when": self.when, **inputs}

    def text(self, field: str) -> str | None:
        """Return the text of a field, None if it is not given."""
        node = self.fields.get(field)
        return node.text if isinstance(node, Scalar) else None


def settings_of(workflow: Workflow, call: Call) -> StepSettings:
    """Return the settings of a step that runs a participant. The workflow must have no static errors."""
    participant = call.inline or workflow.participants[call.name.text if call.name else ""]
    overrides = call.overrides if call.inline is None else None
    return _settings(workflow, participant, overrides, call.when, call.pointer, call.node)


def settings_of_fallback(workflow: Workflow, name: str) -> StepSettings:
    """Return the settings of a participant that an `onError` or `onTimeout` names."""
    participant = workflow.participants[name]
    return _settings(workflow, participant, None, None, participant.pointer, participant.node)


def _settings(
    workflow: Workflow,
    participant: Participant,
    overrides: Mapping | None,
    when: Scalar | None,
    path: str,
    node: Node,
) -> StepSettings:
    own = _fields(participant.node)
    over = _fields(overrides)
    fields = own | over
    defaults = _fields(workflow.defaults)
    on_error = _on_error(participant, fields, defaults)
    output = fields.get("output")
    sources = {"the step's input": own, "the override's input": over}
    return StepSettings(
        name=participant.name,
        label=participant.name or participant.type,
        type=participant.type,
        path=path,
        node=node,
        fields=fields,
        when=when,
        inputs=tuple((name, node["input"]) for name, node in sources.items() if "input" in node),
        timeout=_duration(fields.get("timeout") or defaults.get("timeout")),
        on_error=on_error,
        retry=_retry(fields.get("retry") or defaults.get("retry")) if on_error == RETRY else None,
        output_schema=object_schema(output) if isinstance(output, Mapping) and output.pairs else None,
    )


def _fields(node: Mapping | None) -> dict[str, Node]:
    return {pair.key.text: pair.value for pair in node} if node is not None else {}


def _on_error(participant: Participant, fields: dict[str, Node], defaults: dict[str, Node]) -> str:
    own = fields.get("onError")
    if isinstance(own, Scalar):
        return own.text
    default = defaults.get("onError")
    if not isinstance(default, Scalar) or default.text == participant.name:
        # Otherwise the participant that `defaults.onError` names would be its own fallback.
        return FAIL
    return default.text


def _retry(node: Node | None) -> Retry | None:
    if not isinstance(node, Mapping):
        return None
    maximum, backoff, factor = node.get("max"), node.get("backoff"), node.get("factor")
    return Retry(
        max=int(maximum.text) if isinstance(maximum, Scalar) else 0,
        backoff=_duration(backoff) or 0.0,
        factor=float(factor.text) if isinstance(factor, Scalar) else 1.0,
    )


def _duration(node: Node | None) -> float | None:
    if not isinstance(node, Scalar):
        return None
    from ...language.schema.durations import parse_duration

    return parse_duration(node.text)

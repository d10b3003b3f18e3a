"""The keys of an `input` that goes to another workflow: that workflow's inputs, required ones first."""

from __future__ import annotations

from collections.abc import Iterator

from duckflux.ide.cursor import Probe
from duckflux.language.semantics.semantic_model import SemanticModel
from duckflux.language.semantics.workflow_interface import WorkflowInterface
from duckflux.language.syntax import Mapping, Scalar
from lsprotocol.types import CompletionItemKind

from ...documents import Edit
from .candidate import Candidate

# Before the variables: where an `input` begins it may also be an expression.
_REQUIRED, _OTHER = -2, -1


def child_inputs(probe: Probe, edit: Edit, model: SemanticModel, *, colon: bool) -> Iterator[Candidate]:
    """The inputs that are not given yet; none where the key is not in such an `input`."""
    cursor = probe.cursor
    # The first key of all is still the value of `input`.
    up = 1 if cursor.role == "value" else 2
    if cursor.role not in ("key", "value") or len(cursor.keys) <= up or cursor.keys[-up] != "input":
        return
    path = _path(cursor.parents[-up], str(cursor.keys[-up - 1]), model)
    interface = model.interface(path) if path else None
    if not isinstance(interface, WorkflowInterface):
        return
    given = cursor.parents[-1] if cursor.role == "key" else None
    for name in interface.inputs:
        if isinstance(given, Mapping) and name in given:
            continue
        required = name in interface.required
        yield Candidate(
            label=name,
            kind=CompletionItemKind.Property,
            edit=edit._replace(text=name if colon else f"{name}: "),
            detail="input (required)" if required else "input",
            group=_REQUIRED if required else _OTHER,
            doc=interface.deprecated.get(name, ""),
            deprecated=name in interface.deprecated,
        )


def _path(holder: object, name: str, model: SemanticModel) -> str | None:
    """The workflow file that the holder of an `input` runs: its own `path`, or that of the participant it
    overrides."""
    for node in (holder, participant.node if (participant := model.participant(name)) else None):
        path = node.get("path") if isinstance(node, Mapping) else None
        if isinstance(path, Scalar) and path.text:
            return path.text
    return None

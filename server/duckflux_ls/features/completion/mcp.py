"""The tools of an MCP server, and the arguments of a tool in `input`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from duckflux.ide.cursor import Probe
from duckflux.language.semantics.semantic_model import SemanticModel
from duckflux.language.syntax import Mapping, Scalar
from duckflux.language.syntax.edits import as_yaml
from lsprotocol.types import CompletionItemKind

from ...documents import Edit
from ...mcp_tools import Tool
from .candidate import Candidate

Tools: TypeAlias = Callable[[str], Sequence[Tool]]
"""The tools of a server, as far as they are known."""

# Before the variables: where an `input` begins it may also be an expression.
_REQUIRED, _OTHER = -2, -1


def tool_names(probe: Probe, edit: Edit, model: SemanticModel, tools: Tools) -> Iterator[Candidate]:
    """The tools of the server that the same participant names."""
    cursor = probe.cursor
    if not any(rule.get("x-kind") == "tool" for rule in cursor.rules) or len(cursor.keys) < 2:
        return
    server = _field("server", cursor.parents[-1], str(cursor.keys[-2]), model)
    for tool in tools(server) if server else ():
        yield Candidate(
            label=tool.name,
            kind=CompletionItemKind.Function,
            edit=edit._replace(text=as_yaml(tool.name)),
            detail="MCP tool",
            doc=tool.description,
        )


def tool_arguments(
    probe: Probe, edit: Edit, model: SemanticModel, tools: Tools, *, colon: bool
) -> Iterator[Candidate]:
    """The arguments that are not given yet, required ones first; none where the key is not in such an `input`."""
    cursor = probe.cursor
    # The first key of all is still the value of `input`.
    up = 1 if cursor.role == "value" else 2
    if cursor.role not in ("key", "value") or len(cursor.keys) <= up or cursor.keys[-up] != "input":
        return
    holder, name = cursor.parents[-up], str(cursor.keys[-up - 1])
    server, called = (_field(field, holder, name, model) for field in ("server", "tool"))
    tool = next((tool for tool in (tools(server) if server else ()) if tool.name == called), None)
    if tool is None:
        return
    given = cursor.parents[-1] if cursor.role == "key" else None
    required = tool.input_schema.get("required")
    needed = required if isinstance(required, list) else []
    for argument, schema in _properties(tool).items():
        if isinstance(given, Mapping) and argument in given:
            continue
        kind = str(schema.get("type", "any")) if isinstance(schema, dict) else "any"
        yield Candidate(
            label=argument,
            kind=CompletionItemKind.Property,
            edit=edit._replace(text=as_yaml(argument) if colon else f"{as_yaml(argument)}: "),
            detail=f"{kind} (required)" if argument in needed else kind,
            doc=str(schema.get("description", "")) if isinstance(schema, dict) else "",
            group=_REQUIRED if argument in needed else _OTHER,
        )


def _properties(tool: Tool) -> dict[str, Any]:
    properties = tool.input_schema.get("properties")
    return properties if isinstance(properties, dict) else {}


def _field(field: str, holder: object, name: str, model: SemanticModel) -> str | None:
    """A field of a participant, or of the one of this name that is overridden."""
    for node in (holder, participant.node if (participant := model.participant(name)) else None):
        value = node.get(field) if isinstance(node, Mapping) else None
        if isinstance(value, Scalar) and value.text:
            return value.text
    return None

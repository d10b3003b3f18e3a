"""Completes the tools of an MCP server, and the arguments of a tool as keys of `input`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...language.syntax.edits import as_yaml
from .completion import Completion
from .context import CompletionContext
from .input_holder import OPTIONAL_GROUP, REQUIRED_GROUP, InputHolder, input_holder
from .workspace_data import Tool


def contribute_names(context: CompletionContext) -> Iterator[Completion]:
    """Yield the tools of the server that the same participant names."""
    cursor = context.cursor
    is_tool = any(one.get("x-kind") == "tool" for one in cursor.schemas)
    if not context.takes_values or not is_tool or len(cursor.keys) < 2:
        return
    holder = InputHolder(cursor.parents[-1], str(cursor.keys[-2]))
    server = holder.field("server", context.model)
    for tool in context.workspace.tools(server) if server else ():
        yield Completion(
            label=tool.name,
            kind="function",
            edit=context.value_edit._replace(text=as_yaml(tool.name)),
            detail="MCP tool",
            documentation=tool.description,
        )


def contribute_arguments(context: CompletionContext) -> Iterator[Completion]:
    """Yield the arguments that are not given yet, required ones first."""
    holder = input_holder(context)
    if holder is None:
        return
    server, called = (holder.field(field, context.model) for field in ("server", "tool"))
    tools = context.workspace.tools(server) if server else ()
    tool = next((tool for tool in tools if tool.name == called), None)
    if tool is None:
        return
    given = context.present_fields
    required = tool.input_schema.get("required")
    needed = required if isinstance(required, list) else []
    for argument, schema in _properties(tool).items():
        if given is not None and argument in given:
            continue
        type_ = str(schema.get("type", "any")) if isinstance(schema, dict) else "any"
        key = as_yaml(argument)
        yield Completion(
            label=argument,
            kind="property",
            edit=context.word_edit._replace(text=key if context.has_colon else f"{key}: "),
            detail=f"{type_} (required)" if argument in needed else type_,
            documentation=str(schema.get("description", "")) if isinstance(schema, dict) else "",
            group=REQUIRED_GROUP if argument in needed else OPTIONAL_GROUP,
        )


def _properties(tool: Tool) -> dict[str, Any]:
    properties = tool.input_schema.get("properties")
    return properties if isinstance(properties, dict) else {}

"""Describes the participant types: one descriptor for each, for built-in types and those of plugins alike."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import msgspec


class Dependency(msgspec.Struct, frozen=True):
    """A module that a participant type needs, and the extra of duckflux-ls that installs it."""

    module: str
    extra: str


class ParticipantType(msgspec.Struct, frozen=True):
    """The descriptor of a participant type: what an entry point of the group `duckflux.participants` gives.

    `description` continues after the type's name (`posts a message`). `run` names an async function,
    `package.module:function`, which is imported when a step first runs; those of built-in types may name a
    Performable. A plugin's function receives a `duckflux.PluginStep` and returns the output, a JSON value.
    `fields` are JSON Schemas by field, with the notes of schema.json (`{"$ref": "#/$defs/text"}` is CEL or text);
    a field that another type has already is shared with it. The fields of built-in types are in schema.json
    itself, where `x-types` names the types of a field; so are their `required` ones.

    What completion and type checking use:
    `snippet` is the body that completion inserts, from `type:` on, with LSP's tab stops; `output` the JSON Schema
    (an object) of the output, where it is always the same; `has_cwd` tells that results have a `cwd`;
    `runs_for_output` that a step whose output nobody reads is suspicious.

    What the engine uses:
    `default_timeout` (seconds) applies where no timeout is given; `handles_timeout` tells that the function ends
    itself at the timeout. `dependency` is what may not be installed.

    What resume, replay and tests use:
    `runs_steps` tells that a step contains the steps of another workflow, so that it is entered again and its
    inner steps are reused one by one; `needs_mock` that a test must mock it; `outputs_when_skipped` that an
    execution that ended as skipped has an output too. `restore` names the function that takes over a reused or
    mocked output, for types whose output has effects inside the run; plugins leave it out.
    """

    description: str
    run: str
    fields: dict[str, dict[str, Any]] = {}
    required: tuple[str, ...] = ()
    snippet: str | None = None
    output: dict[str, Any] | None = None
    has_cwd: bool = False
    runs_for_output: bool = False
    default_timeout: float | None = None
    handles_timeout: bool = False
    dependency: Dependency | None = None
    runs_steps: bool = False
    needs_mock: bool = True
    outputs_when_skipped: bool = False
    restore: str | None = None


BUILT_IN: dict[str, ParticipantType] = {
    "exec": ParticipantType(
        description="runs a shell command",
        run="duckflux.runtime.participants.exec:COMMAND",
        restore="duckflux.runtime.participants.exec:restore",
        snippet="type: exec\n  run: $0",
        has_cwd=True,
        runs_for_output=True,
    ),
    "http": ParticipantType(
        description="sends a request",
        run="duckflux.runtime.participants.http:REQUEST",
        snippet="type: http\n  url: ${1:https://}\n  method: ${2|GET,POST,PUT,PATCH,DELETE|}$0",
        runs_for_output=True,
        dependency=Dependency("httpx2", "http"),
    ),
    "mcp": ParticipantType(
        description="calls a tool of an MCP server",
        run="duckflux.runtime.participants.mcp:TOOL",
        snippet="type: mcp\n  server: ${1:server}\n  tool: ${0:tool}",
        runs_for_output=True,
        dependency=Dependency("mcp", "mcp"),
    ),
    "workflow": ParticipantType(
        description="runs another workflow file",
        run="duckflux.runtime.participants.workflow:run",
        snippet="type: workflow\n  path: ${0:./other.duck.yaml}",
        runs_for_output=True,
        runs_steps=True,
        needs_mock=False,
    ),
    "emit": ParticipantType(
        description="sends an event",
        run="duckflux.runtime.participants.emit:run",
        restore="duckflux.runtime.participants.emit:restore",
        snippet="type: emit\n  event: ${1:name}\n  payload:\n    ${2:key}: ${0:expression}",
        output={
            "type": "object",
            "properties": {
                "event": {"type": "string", "description": "The event's name."},
                "payload": {"description": "What was sent with it."},
                "ack": {"type": "boolean", "description": "False if the hub did not confirm it in time."},
            },
            "required": ["event", "payload", "ack"],
        },
        default_timeout=30.0,
        handles_timeout=True,
        needs_mock=False,
        outputs_when_skipped=True,
    ),
}

_PLAIN = ParticipantType(description="", run="")


@cache
def find(name: str) -> ParticipantType | None:
    """Return the participant type of this name, None if there is none. Raises PluginError."""
    if name in BUILT_IN or not name:
        return BUILT_IN.get(name)
    from . import plugins

    found = plugins.load(plugins.PARTICIPANTS, name)
    if found is None or isinstance(found, ParticipantType):
        return found
    raise plugins.PluginError(f"the plugin for {name} gives no duckflux.ParticipantType")


@cache
def find_or_default(name: str) -> ParticipantType:
    """Return the participant type of this name; one with all defaults if it is unknown or cannot be loaded."""
    if name in BUILT_IN or not name:
        return BUILT_IN.get(name, _PLAIN)
    from .plugins import PluginError

    try:
        return find(name) or _PLAIN
    except PluginError:
        return _PLAIN


def load_function(name: str) -> Any:
    """Return the function `package.module:function`, imported. Raises what its import raises."""
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)

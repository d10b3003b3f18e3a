"""The schema of workflows, schema.json: the one definition of the fields, their values and their meaning.

Beside the keywords of JSON Schema it uses its own: `x-cel` (the text is CEL: `condition`, `value`, or
`text`/`body` where it may also be literal), `x-nested` (so are the texts inside), `x-types` (the participant
types that take the field), `x-kind` (what a name or text refers to), `x-extends`/`x-without` (an object with
another one's fields), `x-select` (keys that choose this branch of a union), `x-plugins` (the words are the
participant types, and plugins add more).
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

if TYPE_CHECKING:
    from .participant_types import ParticipantType

Schema: TypeAlias = dict[str, Any]
CONSTRUCTS = ("loop", "parallel", "if", "set", "wait")
"""The keys of the steps that are not participants."""


@cache
def root() -> Schema:
    """Return the schema of a workflow with `x-extends` expanded: plain JSON Schema 2020-12."""
    schema: Schema = msgspec.json.decode(_content())
    definitions = schema["$defs"]
    for name, definition in definitions.items():
        if base := definition.get("x-extends"):
            definitions[name] = _extend(definitions[base.rpartition("/")[2]], definition)
    return schema


def _content() -> bytes:
    # Without pathlib, whose import takes 10 ms in every run.
    with open(os.path.join(os.path.dirname(__file__), "schema.json"), "rb") as file:
        return file.read()


def _extend(base: Schema, own: Schema) -> Schema:
    without = own.get("x-without", ())
    fields = {name: field for name, field in base["properties"].items() if name not in without}
    extended = {key: value for key, value in base.items() if key not in ("required", "allOf") or not without}
    return extended | own | {"properties": own["properties"] | fields | own["properties"]}


def add_plugin_type(type_: str) -> str | None:
    """Add a participant type and its fields to the schema if a plugin provides it.

    Return the reason why that plugin cannot be used, or None.
    """
    participant = root()["$defs"]["participant"]
    if type_ in participant["properties"]["type"]["enum"]:
        return None
    from . import participant_types, plugins

    try:
        plugin = participant_types.find(type_)
    except plugins.PluginError as error:
        return str(error)
    if plugin is None:
        return None
    common = [name for name in plugin.fields if _is_common(participant["properties"].get(name))]
    if common:
        return f"the plugin for {type_} can't be used: `{common[0]}` is a field of all participants"
    _add_fields(type_, plugin)
    return None


def listed_values(rule: Schema) -> list[Any]:
    """Return the values that a schema lists, including the participant types of plugins."""
    if rule.get("x-plugins"):
        from . import plugins

        for name in plugins.names(plugins.PARTICIPANTS):
            add_plugin_type(name)
    values: list[Any] = rule.get("enum", [])
    return values


def _is_common(field: Schema | None) -> bool:
    return field is not None and "x-types" not in field


def _add_fields(type_: str, plugin: ParticipantType) -> None:
    """Add the fields of a plugin's type, in place: resolved schemas share these lists and maps."""
    definitions = root()["$defs"]
    participant = definitions["participant"]
    kind = participant["properties"]["type"]
    kind["enum"].append(type_)
    kind["description"] = f"{kind['description'].rstrip('.')}; `{type_}` {plugin.description.rstrip('.')}."
    for name, field in plugin.fields.items():
        known = participant["properties"].get(name)
        if known is not None:
            known["x-types"].append(type_)
            continue
        own = field | {"x-types": [type_]}
        for holder in ("participant", "inline", "overrides"):
            definitions[holder]["properties"][name] = own
    if plugin.required:
        condition = {"properties": {"type": {"const": type_}}, "required": ["type"]}
        participant["allOf"].append({"if": condition, "then": {"required": list(plugin.required)}})


_resolved: dict[int, Schema] = {}


def resolve(schema: Schema) -> Schema:
    """Return a schema with its `$ref` followed; keywords beside the reference win."""
    if "$ref" not in schema:
        return schema
    resolved = _resolved.get(id(schema))
    if resolved is None:
        own = {key: value for key, value in schema.items() if key != "$ref"}
        resolved = resolve(root()["$defs"][schema["$ref"].rpartition("/")[2]]) | own
        _resolved[id(schema)] = resolved
    return resolved


def definition(name: str) -> Schema:
    """Return a named part of the schema: `participant`, `loop`, ..."""
    return resolve(root()["$defs"][name])


def field(schema: Schema, key: str) -> Schema | None:
    """Return the schema of one field of an object, or None when it has no such field."""
    rule = schema.get("properties", {}).get(key)
    if rule is None:
        rule = schema.get("additionalProperties")
    return resolve(rule) if isinstance(rule, dict) else None

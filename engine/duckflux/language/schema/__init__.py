"""schema.json: which fields there are, what they take and what they mean. The one place of these facts.

Beside JSON Schema's keywords it has notes of its own: `x-cel` (the text is CEL: `condition`, `value`, or
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
    """The schema of a workflow, with `x-extends` worked in: plain JSON Schema 2020-12."""
    schema: Schema = msgspec.json.decode(_content())
    definitions = schema["$defs"]
    for name, definition in definitions.items():
        if base := definition.get("x-extends"):
            definitions[name] = _extend(definitions[base.rpartition("/")[2]], definition)
    return schema


def _content() -> bytes:
    # Without pathlib, which takes 10 ms: every run comes by here.
    with open(os.path.join(os.path.dirname(__file__), "schema.json"), "rb") as file:
        return file.read()


def _extend(base: Schema, own: Schema) -> Schema:
    without = own.get("x-without", ())
    fields = {name: field for name, field in base["properties"].items() if name not in without}
    extended = {key: value for key, value in base.items() if key not in ("required", "allOf") or not without}
    return extended | own | {"properties": own["properties"] | fields | own["properties"]}


def admit(type_: str) -> str | None:
    """Make a participant type known, with its fields, if a plugin has it. Gives why that plugin can't be used,
    None where nothing is wrong."""
    participant = root()["$defs"]["participant"]
    if type_ in participant["properties"]["type"]["enum"]:
        return None
    from . import participant_types, plugins

    try:
        found = participant_types.find(type_)
    except plugins.PluginError as error:
        return str(error)
    if found is None:
        return None
    common = [name for name in found.fields if _is_common(participant["properties"].get(name))]
    if common:
        return f"the plugin for {type_} can't be used: `{common[0]}` is a field of all participants"
    _add(type_, found)
    return None


def words(rule: Schema) -> list[Any]:
    """The values that a schema lists; all types of participants with those of plugins."""
    if rule.get("x-plugins"):
        from . import plugins

        for name in plugins.names(plugins.PARTICIPANTS):
            admit(name)
    found: list[Any] = rule.get("enum", [])
    return found


def _is_common(field: Schema | None) -> bool:
    return field is not None and "x-types" not in field


def _add(type_: str, plugin: ParticipantType) -> None:
    """In place: what has been resolved shares these lists and maps."""
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
    """A schema with its `$ref` followed; what stands beside the reference wins."""
    if "$ref" not in schema:
        return schema
    known = _resolved.get(id(schema))
    if known is None:
        own = {key: value for key, value in schema.items() if key != "$ref"}
        known = resolve(root()["$defs"][schema["$ref"].rpartition("/")[2]]) | own
        _resolved[id(schema)] = known
    return known


def definition(name: str) -> Schema:
    """A named part of the schema: `participant`, `loop`, ..."""
    return resolve(root()["$defs"][name])


def field(schema: Schema, key: str) -> Schema | None:
    """The schema of one field of an object, or None when it has no such field."""
    found = schema.get("properties", {}).get(key)
    if found is None:
        found = schema.get("additionalProperties")
    return resolve(found) if isinstance(found, dict) else None

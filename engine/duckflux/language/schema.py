"""schema.json: which fields there are, what they take and what they mean. The one place of these facts.

Beside JSON Schema's keywords it has notes of its own: `x-cel` (the text is CEL: `condition`, `value`, or
`text`/`body` where it may also be literal), `x-nested` (so are the texts inside), `x-types` (the participant
types that take the field), `x-kind` (what a name or text refers to), `x-extends`/`x-without` (an object with
another one's fields), `x-select` (keys that choose this branch of a union).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

Schema: TypeAlias = dict[str, Any]


@cache
def root() -> Schema:
    """The schema of a workflow, with `x-extends` worked in: plain JSON Schema 2020-12."""
    schema: Schema = msgspec.json.decode(Path(__file__).with_name("schema.json").read_bytes())
    definitions = schema["$defs"]
    for name, definition in definitions.items():
        if base := definition.get("x-extends"):
            definitions[name] = _extend(definitions[base.rpartition("/")[2]], definition)
    return schema


def _extend(base: Schema, own: Schema) -> Schema:
    without = own.get("x-without", ())
    fields = {name: field for name, field in base["properties"].items() if name not in without}
    extended = {key: value for key, value in base.items() if key not in ("required", "allOf") or not without}
    return extended | own | {"properties": own["properties"] | fields | own["properties"]}


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

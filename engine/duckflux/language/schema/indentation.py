"""Finds fields that stand beside the empty field that they belong under, for lack of indentation."""

from __future__ import annotations

from collections.abc import Container

from .. import schema
from ..syntax import Mapping, Node, Scalar
from . import CONSTRUCTS, Schema
from .json_types import accepted_types, branches, type_of


def fields_beside(node: Mapping, rule: Schema) -> dict[Scalar, list[Scalar]]:
    """Return, by the key of an empty field, the keys of those that belong under it and are wrong beside it."""
    owner: Scalar | None = None
    found: dict[Scalar, list[Scalar]] = {}
    fields: Container[str] = ()
    for key, value in node.pairs:
        is_beside = owner is not None and key.text in fields and _is_below(owner, key)
        if owner is not None and is_beside and (owner in found or not _is_accepted(key, value, rule)):
            found.setdefault(owner, []).append(key)
            continue
        owner, fields = None, ()
        if _is_missing(value):
            owner, fields = key, _fields_under(schema.field(rule, key.text))
    return found


def fields_beside_step(node: Mapping, union: Schema) -> list[Scalar]:
    """Return the keys of the fields that stand beside the name of a step, where a step is a branch of a union."""
    if len(node.pairs) < 2:
        return []
    (owner, value), *others = node.pairs
    if not _is_missing(value) or not _is_below(owner, others[0].key):
        return []
    objects = [branch for branch in branches(union) if branch.get("type") == "object"]
    if not any("loop" in branch.get("properties", ()) for branch in objects):
        return []
    fields = _fields_of_step(owner.text, objects)
    keys = [pair.key for pair in others]
    return keys if owner.text == "set" or all(key.text in fields for key in keys) else []


def _is_missing(value: Node) -> bool:
    return isinstance(value, Scalar) and value.value is None and value.start == value.end


def _is_below(above: Scalar, key: Scalar) -> bool:
    """Return whether a key stands on a later line than another one, and so in no brackets with it."""
    return key.block is not above.block or "\n" in key.block.text[above.end : key.start]


def _is_accepted(key: Scalar, value: Node, rule: Schema) -> bool:
    """Return whether a map may have a field with a value of this type."""
    part = schema.field(rule, key.text)
    if part is None:
        return rule.get("additionalProperties", True) is not False
    types = set(accepted_types(part))
    return not types or type_of(value) in types


def _fields_under(part: Schema | None) -> Container[str]:
    """Return the fields that a map as the value of a field may have."""
    return {name for branch in branches(part) for name in branch.get("properties", ())} if part else ()


def _fields_of_step(name: str, objects: list[Schema]) -> Container[str]:
    """Return the fields that belong under the name of a step; nothing if it is a field itself."""
    if name in CONSTRUCTS:
        construct = next(branch for branch in objects if name in branch.get("required", ()))
        return _fields_under(schema.field(construct, name))
    inline = next(branch for branch in objects if "type" in branch.get("properties", ()))
    return () if name in inline["properties"] else _fields_under(schema.field(objects[-1], name))

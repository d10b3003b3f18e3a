"""The types of the keys of `execution.context`, inferred from the `set` steps that write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ...cel.types import DYN, STRING, EnumType, ListType, MapType, RecordType, Type, list_of, map_of
from ..model.expression_fields import ExpressionField
from .expression_reads import mentions_of
from .items import Item


class SetEntry(NamedTuple):
    """One entry of a `set`: the item it is in, and the expression that gives the key its value."""

    item: Item
    expression_field: ExpressionField

    @property
    def key(self) -> str:
        """Return the context key."""
        return self.expression_field.field


InferType = Callable[[SetEntry, Mapping[str, Type]], Type]
"""The type of an entry's text, where the context has these keys."""


def key_types(entries: Sequence[SetEntry], infer: InferType) -> dict[str, Type]:
    """Return the types of all keys: the type on which all entries of a key agree, else dyn.

    A key that is computed from keys (`n: execution.context.n + 1`) first gets the type of its other entries.
    If that turns out wrong, the key and everything computed from it are dyn.
    """
    unknown = dict.fromkeys((entry.key for entry in entries), DYN)
    dependent = [entry for entry in entries if _reads_keys(entry)]
    found: dict[str, Type] = {}
    for entry in entries:
        if entry not in dependent:
            type_ = _loose(infer(entry, unknown))
            found[entry.key] = _joined(found[entry.key], type_) if entry.key in found else type_
    types = {**unknown, **found}
    settled = False
    while not settled:
        settled = True
        for entry in dependent:
            if types[entry.key] != DYN and _loose(infer(entry, types)) != types[entry.key]:
                types[entry.key] = DYN
                settled = False
    return types


def _reads_keys(entry: SetEntry) -> bool:
    return any(member.startswith("execution") for member in mentions_of(entry.expression_field.node.text))


def _loose(type_: Type) -> Type:
    """Return a list or map type without its element types: later steps may add elements of other types."""
    if isinstance(type_, ListType):
        return list_of(DYN)
    if isinstance(type_, MapType | RecordType):
        return map_of(STRING, DYN)
    return STRING if isinstance(type_, EnumType) else type_


def _joined(one: Type, other: Type) -> Type:
    return one if one == other else DYN

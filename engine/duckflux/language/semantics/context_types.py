"""What `set` steps write: the types of the keys of `execution.context`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ...cel.types import DYN, STRING, EnumType, ListType, MapType, RecordType, Type, list_of, map_of
from ..model.expression_fields import ExpressionField
from ..model.items import Item
from .expression_reads import mentions_of


class SetEntry(NamedTuple):
    """An entry of a `set`, as the text that gives the key its value."""

    item: Item
    expression_field: ExpressionField

    @property
    def key(self) -> str:
        return self.expression_field.field


InferType = Callable[[SetEntry, Mapping[str, Type]], Type]
"""The type of an entry's text, where the context has these keys."""


def key_types(entries: Sequence[SetEntry], infer: InferType) -> dict[str, Type]:
    """The types of all keys. A key has the type on which all texts agree that give it a value, else dyn.

    A key that is made from keys (`n: execution.context.n + 1`) is taken to have the type of its other texts
    first; where that does not come out, it and what is made from it are dyn.
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
    return any(thing.startswith("execution") for thing in mentions_of(entry.expression_field.node.text))


def _loose(type_: Type) -> Type:
    """A type without those of its elements: lists and maps may grow by others."""
    if isinstance(type_, ListType):
        return list_of(DYN)
    if isinstance(type_, MapType | RecordType):
        return map_of(STRING, DYN)
    return STRING if isinstance(type_, EnumType) else type_


def _joined(one: Type, other: Type) -> Type:
    return one if one == other else DYN

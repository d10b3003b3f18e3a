"""The types of the keys of `execution.context`, inferred from the `set` steps that write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from ...cel.types import DYN, STRING, EnumType, Field, ListType, MapType, RecordType, Type, list_of, map_of
from ..model.expression_fields import ExpressionField
from .builtin_variables import execution_variable
from .expression_reads import mentions_of
from .items import Item


class SetEntry(msgspec.Struct, frozen=True):
    """One entry of a `set`: the item it is in, and the expression that gives the key its value."""

    item: Item
    expression_field: ExpressionField

    @property
    def key(self) -> str:
        """Return the context key."""
        return self.expression_field.field


InferType = Callable[[SetEntry, Field], Type]
"""The type of an entry's text, where `execution` is this variable."""
# So many keys may turn out to have another type than was assumed, before all that are computed from keys are dyn.
_MAX_WRONG = 32


def key_types(entries: Sequence[SetEntry], infer: InferType) -> dict[str, Type]:
    """Return the types of all keys: the type on which all entries of a key agree, else dyn.

    A key that is computed from keys (`n: execution.context.n + 1`) first gets the type of its other entries.
    If that turns out wrong, the key and everything computed from it are dyn.
    """
    unknown = dict.fromkeys((entry.key for entry in entries), DYN)
    dependent: list[SetEntry] = []
    found: dict[str, Type] = {}
    execution = execution_variable(unknown)
    for entry in entries:
        if _reads_keys(entry):
            dependent.append(entry)
            continue
        type_ = _loose(infer(entry, execution))
        found[entry.key] = _joined(found[entry.key], type_) if entry.key in found else type_
    types = {**unknown, **found}
    for _ in range(_MAX_WRONG):
        wrong = _first_wrong(dependent, types, infer)
        if wrong is None:
            return types
        types[wrong.key] = DYN
    return {**types, **dict.fromkeys((entry.key for entry in dependent), DYN)}


def _first_wrong(
    dependent: Sequence[SetEntry], types: Mapping[str, Type], infer: InferType
) -> SetEntry | None:
    """Return the first entry whose text does not have the type that its key is assumed to have."""
    execution = execution_variable(types)
    return next(
        (
            entry
            for entry in dependent
            if types[entry.key] != DYN and _loose(infer(entry, execution)) != types[entry.key]
        ),
        None,
    )


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

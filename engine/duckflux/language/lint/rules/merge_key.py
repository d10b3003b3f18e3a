"""`<<` is not used, because the reference runtime does not support it: see docs/language.md#yaml."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...semantics.items import Item, Section
from ...semantics.query_context import QueryContext
from ...syntax import Mapping, Node, Problem, Sequence

SUBJECTS = (Item, Section)


def check(item: Item | Section, context: QueryContext) -> Iterator[Problem]:
    if "<<" not in item.node.block.text:
        return
    for node in _maps(item.node):
        for key in node.merges:
            message = "the reference runtime does not support `<<`: repeat the fields to run there too"
            yield Problem(registry.MERGE_KEY, message, key)


def _maps(node: Node) -> Iterator[Mapping]:
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _maps(item)
    elif isinstance(node, Mapping):
        yield node
        for pair in node:
            yield from _maps(pair.value)

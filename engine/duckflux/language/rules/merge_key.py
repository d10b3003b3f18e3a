"""`<<` works here; the reference runtime refuses it (section 1)."""

from __future__ import annotations

from collections.abc import Iterator

from .. import codes
from ..context import Context
from ..source import Mapping, Node, Problem, Sequence


def check(context: Context) -> Iterator[Problem]:
    root = context.workflow.document.root
    if "<<" not in context.workflow.document.text or root is None:
        return
    for node in _maps(root):
        for key in node.merges:
            message = "the reference runtime refuses `<<`: repeat the fields to run there too"
            yield Problem(codes.MERGE_KEY, message, key)


def _maps(node: Node) -> Iterator[Mapping]:
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _maps(item)
    elif isinstance(node, Mapping):
        yield node
        for pair in node:
            yield from _maps(pair.value)

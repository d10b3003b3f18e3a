"""Loops and waits that never end or never begin, times of nothing, and circles of fallbacks."""

from __future__ import annotations

from collections.abc import Iterator

from ...language.analysis import Analysis, Diagnostic
from ...language.syntax import Mapping, Scalar
from ...language.syntax.ancestors import ancestors_at
from ...language.syntax.edits import TextEdit, add_fields, remove_field
from .fix import Fix

_LIMITS = {"loop": ("max", "10"), "wait": ("timeout", "1h")}


def limit(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Let what never ends have an end."""
    for related in diagnostic.related:
        link = ancestors_at(analysis.document, related.start).last
        if link is None or not isinstance(link.pair.value, Mapping) or link.pair.value.alias:
            continue
        kind = link.pair.key.text
        field, value = _LIMITS[kind]
        edit = add_fields(analysis.document, link.pair.value, {field: value})
        yield Fix(f"Add `{field}: {value}` to the {kind}", (edit,), safe=False)


def known_last(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Give the loop a `max`, with which its last round is known."""
    name = analysis.document.text[diagnostic.start : diagnostic.end].partition(".")[0]
    for link in reversed(ancestors_at(analysis.document, diagnostic.start).links):
        body = link.pair.value
        if link.pair.key.text != "loop" or not isinstance(body, Mapping) or body.alias:
            continue
        alias = body.get("as")
        if name == "loop" or (isinstance(alias, Scalar) and alias.text == name):
            edit = add_fields(analysis.document, body, {"max": "10"})
            yield Fix("Add `max: 10` to the loop", (edit,), safe=False)
            return


def one_round(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """At least one round."""
    node = ancestors_at(analysis.document, diagnostic.start).scalar
    if node is not None and not node.alias:
        yield Fix("Change to 1", (TextEdit(*analysis.document.offsets(node), "1"),), safe=False)


def some_time(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """A short time instead of none; for a step a longer one."""
    links = ancestors_at(analysis.document, diagnostic.start).links
    inside_wait = len(links) > 1 and links[-2].pair.key.text == "wait"
    time = "1s" if inside_wait else "1m"
    edit = TextEdit(diagnostic.start, diagnostic.end, time)
    yield Fix(f"Change to `{time}`", (edit,), safe=False)


def no_way_back(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """End the circle here. Of two that lead to each other either one may do it."""
    links = ancestors_at(analysis.document, diagnostic.start).links
    if len(links) < 2 or links[-1].holder.alias:
        return
    edit = remove_field(analysis.document, *links[-1])
    target = links[-1].pair.value
    if edit is not None and isinstance(target, Scalar):
        alone = target.text == links[-2].pair.key.text
        yield Fix(f"Remove `onError: {target.text}`", (edit,), preferred=alone, safe=False)

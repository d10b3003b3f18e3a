"""Fixes loops and waits without an end, loops that never run, durations of zero, and cycles of fallbacks."""

from __future__ import annotations

from collections.abc import Iterator

from ...language.analysis import Analysis, Diagnostic
from ...language.syntax import Mapping, Scalar
from ...language.syntax.ancestors import ancestors_at
from ...language.syntax.edits import TextEdit, add_fields, remove_field
from .fix import Fix

_LIMITS = {"loop": ("max", "10"), "wait": ("timeout", "1h")}


def add_limit(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Add a limit to what never ends."""
    for related in diagnostic.related:
        link = ancestors_at(analysis.document, related.start).last
        if link is None or not isinstance(link.pair.value, Mapping) or link.pair.value.alias:
            continue
        kind = link.pair.key.text
        field, value = _LIMITS[kind]
        edit = add_fields(analysis.document, link.pair.value, {field: value})
        yield Fix(f"Add `{field}: {value}` to the {kind}", (edit,), safe=False)


def add_loop_max(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Add `max` to the loop, so that its last iteration is known."""
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


def allow_one_iteration(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Let the loop run once."""
    node = ancestors_at(analysis.document, diagnostic.start).scalar
    if node is not None and not node.alias:
        yield Fix("Change to 1", (TextEdit(*analysis.document.offsets(node), "1"),), safe=False)


def lengthen_duration(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Change a duration of zero to a short one, or a longer one for a step."""
    links = ancestors_at(analysis.document, diagnostic.start).links
    inside_wait = len(links) > 1 and links[-2].pair.key.text == "wait"
    time = "1s" if inside_wait else "1m"
    edit = TextEdit(diagnostic.start, diagnostic.end, time)
    yield Fix(f"Change to `{time}`", (edit,), safe=False)


def break_cycle(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Remove the fallback that closes the cycle; in a cycle of several there is no preferred one."""
    links = ancestors_at(analysis.document, diagnostic.start).links
    if len(links) < 2 or links[-1].holder.alias:
        return
    edit = remove_field(analysis.document, *links[-1])
    target = links[-1].pair.value
    if edit is not None and isinstance(target, Scalar):
        alone = target.text == links[-2].pair.key.text
        yield Fix(f"Remove `onError: {target.text}`", (edit,), preferred=alone, safe=False)

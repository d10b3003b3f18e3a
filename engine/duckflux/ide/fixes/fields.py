"""Fields that are missing, too many, or of the wrong kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...language.analysis import Analysis, Diagnostic
from ...language.syntax import Mapping
from ...language.syntax.ancestors import ancestors_at
from ...language.syntax.edits import TextEdit, add_fields, remove_field
from ...language.syntax.scalars import resolve
from .fix import Fix
from .suggestions import replace

STEP = '[{type: exec, run: "true"}]'
VALUES = {
    "type": "exec",
    "run": '"true"',
    "url": "https://example.com",
    "server": "server",
    "tool": "tool",
    "path": "workflow.duck.yaml",
    "event": "event",
    "flow": STEP,
    "steps": STEP,
    "then": STEP,
    "condition": '"true"',
    "map": "{result: output}",
    "max": "3",
    "timeout": "1m",
}
# What a participant is, by a field that only this type has.
_MARKS = {"run": "exec", "url": "http", "tool": "mcp", "server": "mcp", "path": "workflow", "event": "emit"}
_NUMBER = re.compile(r"[0-9]+")
_AT_LEAST = re.compile(r"must be at least (\d+)$")


def add_missing(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Add the field with a value to start from."""
    field = diagnostic.suggestion
    holder = _lacking(analysis, diagnostic, field)
    if holder is None or holder.alias or field not in VALUES:
        return
    added: dict[str, str | dict[str, str]] = {field: VALUES[field]}
    if field == "type":
        added = {"type": next((type_ for key, type_ in _MARKS.items() if key in holder), "exec")}
        if added["type"] == "exec" and "run" not in holder:
            added["run"] = VALUES["run"]
    edit = add_fields(analysis.document, holder, added)
    yield Fix(f"Add `{field}`", (edit,), safe=False)


def remove_or_rename(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Write the field that was meant; else, or instead, take it away."""
    yield from replace(analysis, diagnostic)
    yield from _removed(analysis, diagnostic, preferred=False)


def remove(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Take a field away that is not to be there."""
    yield from _removed(analysis, diagnostic, preferred=True)


def right_type(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Put a number or word in quotes where text is needed."""
    found = ancestors_at(analysis.document, diagnostic.start)
    node = found.scalar
    if node is None or node.style or node.value is None or isinstance(node.value, str) or node.alias:
        return
    if "in quotes" in diagnostic.message:
        edit = TextEdit(diagnostic.start, diagnostic.end, f'"{node.text}"')
        yield Fix("Put it in quotes", (edit,))


def right_value(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """The value that was meant, or the least one that is accepted."""
    yield from replace(analysis, diagnostic)
    least = _AT_LEAST.search(diagnostic.message)
    if least is not None:
        yield Fix(f"Change to {least[1]}", (TextEdit(diagnostic.start, diagnostic.end, least[1]),))


def duration(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """`5 min` to `5m`, `30` to `30s`."""
    yield from replace(analysis, diagnostic)
    node = ancestors_at(analysis.document, diagnostic.start).scalar
    if node is not None and not node.alias and _NUMBER.fullmatch(node.text):
        for item, preferred in (("s", True), ("ms", False)):
            text = f"{node.text}{item}"
            yield Fix(f"Change to `{text}`", (TextEdit(diagnostic.start, diagnostic.end, text),), preferred)


def add_retry(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Say how often."""
    link = ancestors_at(analysis.document, diagnostic.start).last
    if link is not None and not link.holder.alias:
        edit = add_fields(analysis.document, link.holder, {"retry": {"max": "3"}})
        yield Fix("Add `retry` with `max: 3`", (edit,), safe=False)


def add_max(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Give a loop a limit."""
    link = ancestors_at(analysis.document, diagnostic.start).last
    if link is not None and not link.holder.alias:
        edit = add_fields(analysis.document, link.holder, {"max": "10"})
        yield Fix("Add `max: 10`", (edit,), safe=False)


def remove_condition(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """A step that always runs needs no `when`."""
    if "leave it out" in diagnostic.message:
        yield from _removed(analysis, diagnostic, preferred=True)


def right_default(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """A number without its quotes; else, or instead, no default."""
    node = ancestors_at(analysis.document, diagnostic.start).scalar
    if node is not None and node.style and not node.alias and not isinstance(resolve(node.text), str | None):
        edit = TextEdit(diagnostic.start, diagnostic.end, node.text)
        yield Fix("Take the quotes away", (edit,))
    yield from _removed(analysis, diagnostic, preferred=False)


def remove_entry(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Take a participant or an input away, with the last one the section."""
    links = ancestors_at(analysis.document, diagnostic.start).links
    name = links[-1].pair.key.text if links else ""
    for link in reversed(links):
        edit = None if link.holder.alias else remove_field(analysis.document, *link)
        if edit is not None:
            yield Fix(f"Remove `{name}`", (edit,), safe=False)
            return


def remove_tag(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Leave the value without its tag."""
    text = analysis.document.text
    tag = re.compile(r"!\S*[ \t]*").match(text, diagnostic.start)
    if tag is not None:
        yield Fix("Remove the tag", (TextEdit(tag.start(), tag.end(), ""),))


def remove_character(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Take away what YAML does not allow."""
    yield Fix("Remove the character", (TextEdit(diagnostic.start, diagnostic.end, ""),))


def _removed(analysis: Analysis, diagnostic: Diagnostic, *, preferred: bool) -> Iterator[Fix]:
    link = ancestors_at(analysis.document, diagnostic.start).last
    if link is None or link.holder.alias:
        return
    edit = remove_field(analysis.document, *link)
    if edit is not None:
        yield Fix(f"Remove `{link.pair.key.text}`", (edit,), preferred, safe=False)


def _lacking(analysis: Analysis, diagnostic: Diagnostic, field: str | None) -> Mapping | None:
    """The map that lacks a field; `diagnostic` is at its key, at its type, or at its first field."""
    document = analysis.document
    root = document.root if isinstance(document.root, Mapping) else None
    if field == "flow" or root is None:
        return root
    found = ancestors_at(document, diagnostic.start)
    if isinstance(found.node, Mapping):
        return found.node
    if found.last is None:
        return None
    holder, pair = found.last
    if not isinstance(pair.value, Mapping) or (field == "type" and holder is not root.get("participants")):
        return holder
    return pair.value

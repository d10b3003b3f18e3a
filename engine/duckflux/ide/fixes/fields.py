"""Fixes fields that are missing, not allowed, or of the wrong type."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...language.analysis import Analysis, Diagnostic
from ...language.syntax import Mapping
from ...language.syntax.ancestors import ancestors_at
from ...language.syntax.edits import TextEdit, add_fields, remove_field
from ...language.syntax.scalars import resolve
from ..migration import old_inputs
from . import indentation
from .fix import Fix
from .suggestions import apply_suggestion

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
# The type of a participant, by a field that only this type has.
_TYPE_BY_FIELD = {
    "run": "exec",
    "url": "http",
    "tool": "mcp",
    "server": "mcp",
    "path": "workflow",
    "event": "emit",
}
_NUMBER = re.compile(r"[0-9]+")


def add_missing(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Add the field with a value to start from."""
    field = diagnostic.suggestion
    holder = _map_without(analysis, diagnostic, field)
    if holder is None or holder.alias or field not in VALUES:
        return
    added: dict[str, str | dict[str, str]] = {field: VALUES[field]}
    if field == "type":
        added = {"type": next((type_ for key, type_ in _TYPE_BY_FIELD.items() if key in holder), "exec")}
        if added["type"] == "exec" and "run" not in holder:
            added["run"] = VALUES["run"]
    edit = add_fields(analysis.document, holder, added)
    yield Fix(f"Add `{field}`", (edit,), safe=False)


def remove_or_rename(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Rename the field to the one that was meant, or remove it."""
    yield from apply_suggestion(analysis, diagnostic)
    yield from _removed(analysis, diagnostic, preferred=False)


def remove(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Remove a field that is not allowed."""
    yield from _removed(analysis, diagnostic, preferred=True)


def correct_type(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Put a number or word in quotes where text is needed, and begin the items of a list with dashes."""
    found = ancestors_at(analysis.document, diagnostic.start)
    if diagnostic.suggestion == indentation.DASH:
        values = (link.pair.value for link in found.links)
        starts = (value for value in values if analysis.document.offsets(value)[0] == diagnostic.start)
        yield from indentation.add_dashes(analysis, next(starts, None))
        return
    node = found.scalar
    if node is None or node.style or node.alias or diagnostic.suggestion is None:
        return
    edit = TextEdit(diagnostic.start, diagnostic.end, diagnostic.suggestion)
    yield Fix("Put it in quotes", (edit,))


def change_value(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Change the value to the one that was meant, or to the least that is accepted."""
    if diagnostic.suggestion is not None:
        edit = TextEdit(diagnostic.start, diagnostic.end, diagnostic.suggestion)
        yield Fix(f"Change to `{diagnostic.suggestion}`", (edit,))


def add_unit(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Write `5 min` as `5m`, and `30` as `30s`."""
    yield from apply_suggestion(analysis, diagnostic)
    node = ancestors_at(analysis.document, diagnostic.start).scalar
    if node is not None and not node.alias and _NUMBER.fullmatch(node.text):
        for item, preferred in (("s", True), ("ms", False)):
            text = f"{node.text}{item}"
            yield Fix(f"Change to `{text}`", (TextEdit(diagnostic.start, diagnostic.end, text),), preferred)


def add_retry(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Add `retry` with a number of attempts."""
    link = ancestors_at(analysis.document, diagnostic.start).last
    if link is not None and not link.holder.alias:
        edit = add_fields(analysis.document, link.holder, {"retry": {"max": "3"}})
        yield Fix("Add `retry` with `max: 3`", (edit,), safe=False)


def add_max(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Add `max` to a loop."""
    link = ancestors_at(analysis.document, diagnostic.start).last
    if link is not None and not link.holder.alias:
        edit = add_fields(analysis.document, link.holder, {"max": "10"})
        yield Fix("Add `max: 10`", (edit,), safe=False)


def remove_condition(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Remove the `when` of a step that always runs."""
    if diagnostic.suggestion == "":
        yield from _removed(analysis, diagnostic, preferred=True)


def change_default(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Remove the quotes of a number, or the default."""
    node = ancestors_at(analysis.document, diagnostic.start).scalar
    if node is not None and node.style and not node.alias and not isinstance(resolve(node.text), str | None):
        edit = TextEdit(diagnostic.start, diagnostic.end, node.text)
        yield Fix("Remove the quotes", (edit,))
    yield from _removed(analysis, diagnostic, preferred=False)


def remove_entry(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Remove a participant or an input, and with the last one the section."""
    links = ancestors_at(analysis.document, diagnostic.start).links
    name = links[-1].pair.key.text if links else ""
    for link in reversed(links):
        edit = None if link.holder.alias else remove_field(analysis.document, *link)
        if edit is not None:
            yield Fix(f"Remove `{name}`", (edit,), safe=False)
            return


def use_input(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Read an input as today, where expressions read it as until version 0.2; else remove it."""
    links = ancestors_at(analysis.document, diagnostic.start).links
    name = links[-1].pair.key.text if links else ""
    edits = old_inputs(analysis, name)
    if edits:
        yield Fix(
            f"Read it as `workflow.inputs.{name}`: `input` is the value of the step before", edits, safe=False
        )
        every = old_inputs(analysis)
        if len(every) > len(edits):
            yield Fix("Read all inputs as `workflow.inputs`", every, preferred=False, safe=False)
    for fix in remove_entry(analysis, diagnostic):
        yield fix._replace(preferred=not edits)


def remove_tag(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Remove the tag of a value."""
    text = analysis.document.text
    tag = re.compile(r"!\S*[ \t]*").match(text, diagnostic.start)
    if tag is not None:
        yield Fix("Remove the tag", (TextEdit(tag.start(), tag.end(), ""),))


def remove_directive(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Remove the line of a directive."""
    lines = analysis.document.lines
    line, _ = lines.position(diagnostic.start)
    end = lines.starts[line + 1] if line + 1 < len(lines) else lines.line_end(line)
    yield Fix("Remove the directive", (TextEdit(lines.starts[line], end, ""),))


def remove_character(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Remove what YAML does not allow."""
    yield Fix("Remove the character", (TextEdit(diagnostic.start, diagnostic.end, ""),))


def _removed(analysis: Analysis, diagnostic: Diagnostic, *, preferred: bool) -> Iterator[Fix]:
    link = ancestors_at(analysis.document, diagnostic.start).last
    if link is None or link.holder.alias:
        return
    edit = remove_field(analysis.document, *link)
    if edit is not None:
        yield Fix(f"Remove `{link.pair.key.text}`", (edit,), preferred, safe=False)


def _map_without(analysis: Analysis, diagnostic: Diagnostic, field: str | None) -> Mapping | None:
    """Return the map without a field; the diagnostic is at its key, at its type, or at its first field."""
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

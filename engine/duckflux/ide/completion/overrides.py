"""Completes the fields of an override below a bare `- name` in a list of steps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...language.syntax.edits import TextEdit
from ..cursor import matching_schemas
from .completion import Completion
from .context import CompletionContext, match_length
from .fields import field_completions

_INDENT = re.compile(r"[ \t]*")


def contribute(context: CompletionContext) -> Iterator[Completion]:
    """Yield the fields of an override; choosing one also adds the colon and the indentation that are missing."""
    if context.mode != "override":
        return
    words = context.probe.before.split()
    override = next((one for one in context.schemas if "maxProperties" in one), None)
    if override is None or len(words) not in (1, 2) or not context.is_alone_on_line:
        return
    # The name is written without quotes.
    is_plain = context.document.source(context.node).startswith(words[0])
    if words[0] not in context.model.declared_names() or not is_plain:
        return
    name = context.document.offsets(context.node)[0]
    line = context.offset - len(context.line_before)
    indent = context.lines.position(name)[1] + 2 - match_length(_INDENT.match(context.line_before))
    edits = (
        TextEdit(name + len(words[0]), name + len(words[0]), ":"),
        TextEdit(line, line, " " * max(0, indent)),
    )
    additional = tuple(edit for edit in edits if edit.text)
    schemas = matching_schemas((override["additionalProperties"],), context.node)
    for completion in field_completions(schemas, context.word_edit, None):
        yield completion._replace(additional_edits=additional)

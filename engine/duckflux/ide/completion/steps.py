"""Completes whole steps in a list of steps."""

from __future__ import annotations

from collections.abc import Iterator

from .completion import Completion
from .context import CompletionContext
from .snippets import CONSTRUCTS, PARTICIPANTS, snippet_completion
from .values import participant_names

_GROUP = 4


def contribute(context: CompletionContext) -> Iterator[Completion]:
    """Yield snippets for constructs and inline steps; where the dash is missing, all steps with it."""
    if not any(one.get("x-kind") == "participant" for one in context.item_schemas):
        return
    steps = [snippet_completion(one, context.value_edit, _GROUP) for one in (*CONSTRUCTS, *PARTICIPANTS)]
    if not context.needs_dash:
        yield from steps
        return
    for step in (*participant_names(context.model, context.word_edit, group=1), *steps):
        yield step._replace(edit=context.word_edit._replace(text="- " + step.edit.text))

"""Completes whole steps in a list of steps."""

from __future__ import annotations

from collections.abc import Iterator

from .completion import Completion
from .context import CompletionContext
from .snippets import CONSTRUCTS, PARTICIPANTS, snippet_completion

_GROUP = 4


def contribute(context: CompletionContext) -> Iterator[Completion]:
    """Yield a snippet for each construct, and for an inline step of each type of participant."""
    if not context.takes_values or context.role != "item" or context.is_in_brackets:
        return
    if not any(one.get("x-kind") == "participant" for one in context.schemas):
        return
    for snippet in (*CONSTRUCTS, *PARTICIPANTS):
        yield snippet_completion(snippet, context.value_edit, _GROUP)

"""Completes whole participants in the map that declares them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...language.schema import Schema, resolve
from .completion import Completion
from .context import CompletionContext
from .snippets import PARTICIPANTS, Snippet, snippet_completion

_GROUP = 3


def contribute(context: CompletionContext) -> Iterator[Completion]:
    """Yield a snippet for a new participant of each type."""
    if context.is_in_brackets or context.has_colon or not any(map(_declares, context.key_schemas)):
        return
    for snippet in PARTICIPANTS:
        body = "${1:name}:\n  " + _renumbered(snippet.body)
        named = Snippet(f"{snippet.label} participant", body, snippet.documentation)
        yield snippet_completion(named, context.word_edit, _GROUP)


def _declares(schema: Schema) -> bool:
    """Return whether the entries of such a map are participants."""
    others = schema.get("additionalProperties")
    return isinstance(others, dict) and "x-discriminator" in resolve(others)


def _renumbered(body: str) -> str:
    """Return the body of a snippet with its tab stops after a first one."""
    return re.sub(r"\$(\{?)([1-9])", lambda match: f"${match[1]}{int(match[2]) + 1}", body)

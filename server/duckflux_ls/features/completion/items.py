"""Candidates as LSP has them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from duckflux.language.syntax import LineIndex
from lsprotocol import types

from ...documents import Edit
from ...positions import to_range
from .candidate import Candidate

_TAB_STOP = re.compile(r"\$(?:\{\d+(?::([^}]*)|\|([^,|]*)[^}]*)?\}|\d+)")


def items(
    candidates: Sequence[Candidate],
    lines: LineIndex,
    encoding: types.PositionEncodingKind | str,
    *,
    snippets: bool,
    key: int,
) -> list[types.CompletionItem]:
    """The items, in this order. Their docs are left out; `data` is (`key`, index) to ask for them by. `snippets`
    says whether the client knows tab stops."""

    def text_edit(edit: Edit) -> types.TextEdit:
        return types.TextEdit(to_range(lines, edit.start, edit.end, encoding), edit.text)

    found = []
    for index, candidate in enumerate(candidates):
        edit, snippet = candidate.edit, candidate.snippet and snippets
        if candidate.snippet and not snippets:
            edit = edit._replace(text=plain(edit.text))
        found.append(
            types.CompletionItem(
                label=candidate.label,
                kind=candidate.kind,
                detail=candidate.detail or None,
                sort_text=f"{index:04}",
                text_edit=text_edit(edit),
                insert_text_format=types.InsertTextFormat.Snippet if snippet else None,
                insert_text_mode=types.InsertTextMode.AdjustIndentation if "\n" in edit.text else None,
                tags=[types.CompletionItemTag.Deprecated] if candidate.deprecated else None,
                additional_text_edits=[text_edit(other) for other in candidate.also] or None,
                data=[key, index] if candidate.doc else None,
            )
        )
    return found


def plain(snippet: str) -> str:
    """A snippet without its tab stops, their default texts kept."""
    return _TAB_STOP.sub(lambda match: match[1] or match[2] or "", snippet)

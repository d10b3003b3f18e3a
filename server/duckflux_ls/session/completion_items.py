"""Converts completions to LSP."""

from __future__ import annotations

import re
from collections.abc import Sequence

from duckflux.ide.completion import Completion
from duckflux.language.syntax import LineIndex
from lsprotocol import types

from .conversions import to_text_edits
from .positions import Encoding

_KINDS = {
    "field": types.CompletionItemKind.Field,
    "variable": types.CompletionItemKind.Variable,
    "function": types.CompletionItemKind.Function,
    "method": types.CompletionItemKind.Method,
    "keyword": types.CompletionItemKind.Keyword,
    "value": types.CompletionItemKind.EnumMember,
    "type": types.CompletionItemKind.Class,
    "text": types.CompletionItemKind.Text,
    "property": types.CompletionItemKind.Property,
    "snippet": types.CompletionItemKind.Snippet,
    "file": types.CompletionItemKind.File,
    "folder": types.CompletionItemKind.Folder,
}
_TAB_STOP = re.compile(r"\$(?:\{\d+(?::([^}]*)|\|([^,|]*)[^}]*)?\}|\d+)")


def to_completion_list(
    completions: Sequence[Completion], lines: LineIndex, encoding: Encoding, *, snippets: bool, key: int
) -> types.CompletionList:
    """Return the items, in this order, without documentation: `data` is (`key`, index) to resolve it by.

    `snippets` says whether the client supports tab stops.
    """
    items = []
    for index, completion in enumerate(completions):
        edit, is_snippet = completion.edit, completion.snippet and snippets
        if completion.snippet and not snippets:
            edit = edit._replace(text=without_tab_stops(edit.text))
        (text_edit,) = to_text_edits(lines, (edit,), encoding)
        items.append(
            types.CompletionItem(
                label=completion.label,
                kind=_KINDS[completion.kind],
                detail=completion.detail or None,
                sort_text=f"{index:04}",
                text_edit=text_edit,
                insert_text_format=types.InsertTextFormat.Snippet if is_snippet else None,
                insert_text_mode=types.InsertTextMode.AdjustIndentation if "\n" in edit.text else None,
                tags=[types.CompletionItemTag.Deprecated] if completion.deprecated else None,
                additional_text_edits=to_text_edits(lines, completion.additional_edits, encoding) or None,
                data=[key, index] if completion.documentation else None,
            )
        )
    return types.CompletionList(any(one.is_provisional for one in completions), items)


def without_tab_stops(snippet: str) -> str:
    """Return the text of a snippet, with the default texts of its tab stops."""
    return _TAB_STOP.sub(lambda match: match[1] or match[2] or "", snippet)

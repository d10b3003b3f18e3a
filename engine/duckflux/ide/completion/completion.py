"""Defines a completion: what choosing it does, and how it is listed."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from ...language.syntax.edits import TextEdit

CompletionKind: TypeAlias = Literal[
    "field",
    "variable",
    "function",
    "method",
    "keyword",
    "value",
    "type",
    "text",
    "property",
    "snippet",
    "file",
    "folder",
]


class Completion(NamedTuple):
    """One entry of the list.

    `edit` is what choosing it does, together with the `additional_edits`. A `snippet` has tab stops, `$1` or
    `${1:default}`, and its lines are relative to the line that it is put on. The list is ordered by `group`.
    `is_provisional` means that other entries may take its place as soon as something is typed.
    """

    label: str
    kind: CompletionKind
    edit: TextEdit
    detail: str = ""
    documentation: str = ""
    group: int = 5
    snippet: bool = False
    additional_edits: tuple[TextEdit, ...] = ()
    deprecated: bool = False
    is_provisional: bool = False

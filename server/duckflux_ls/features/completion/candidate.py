"""What a completion offers, before it becomes LSP."""

from __future__ import annotations

from typing import NamedTuple

from lsprotocol.types import CompletionItemKind

from ...documents import Edit


class Candidate(NamedTuple):
    """One offer. `edit` is what choosing it does; a `snippet` has tab stops, and its lines are indented by the
    editor. `group` orders the list first, then the order of the candidates. `also` are further edits."""

    label: str
    kind: CompletionItemKind
    edit: Edit
    detail: str = ""
    doc: str = ""
    group: int = 5
    snippet: bool = False
    also: tuple[Edit, ...] = ()
    deprecated: bool = False

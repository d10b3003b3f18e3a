"""Renames a symbol in all files, or says why it can't be renamed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..language import schema
from ..language.semantics.symbols import Occurrence
from .occurrences import AnyOccurrences, Reference, WorkflowOccurrences, references_to

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[\w./-]+")
_ANCHOR = re.compile(r"[\w-]+")
_YAML_WORDS = ("true", "false", "null", "in", "yes", "no")
_KIND_NAMES = {
    "step": "a step",
    "input": "an input",
    "given": "an input",
    "key": "a key of the context",
    "loop": "a loop",
    "event": "an event",
    "variable": "a variable",
    "anchor": "an anchor",
}


class RenameError(Exception):
    """The symbol can't be renamed; the message is a sentence for the user."""


def renamable(occurrences: WorkflowOccurrences, offset: int) -> Occurrence:
    """Return the occurrence at an offset. Raises RenameError if there is none, or its symbol can't be renamed."""
    here = occurrences.at(offset)
    if here is None:
        raise RenameError("There is no name here that can be renamed.")
    if here.symbol.kind == "file":
        raise RenameError("To rename a workflow, rename its file.")
    if here.symbol.kind == "loop" and here.symbol.owner is not None:
        raise RenameError("`loop` is a keyword. Name the loop with `as`, then rename that name.")
    return here


def rename(
    occurrences: WorkflowOccurrences, offset: int, new: str, workflows: Iterable[AnyOccurrences]
) -> list[Reference]:
    """Return the occurrences to replace by a new name. Raises RenameError where that name can't be given."""
    here = renamable(occurrences, offset)
    _check_form(here.symbol.kind, new)
    found = references_to(occurrences.identity(here.symbol), list(workflows))
    if not any(reference.occurrence.defines for reference in found):
        raise RenameError(f"`{here.symbol.name}` is not defined anywhere, so it can't be renamed.")
    _check_unused(found, new)
    return found


def _check_form(kind: str, new: str) -> None:
    if kind == "event":
        if not _PLAIN.fullmatch(new):
            raise RenameError(f"`{new}` would need quotes: use letters, digits, `.`, `-`, `_` and `/`.")
        return
    if kind == "anchor":
        if not _ANCHOR.fullmatch(new):
            raise RenameError(f"`{new}` is not a name for an anchor: use letters, digits, `-` and `_`.")
        return
    if not _IDENTIFIER.fullmatch(new) or new.lower() in _YAML_WORDS:
        raise RenameError(f"`{new}` is not a name that expressions can read: use letters, digits and `_`.")
    reserved = schema.definition("name")["not"]["enum"]
    if kind in ("step", "key", "loop") and new in reserved:
        raise RenameError(f"`{new}` is the name of a built-in variable: choose another one.")


def _check_unused(references: list[Reference], new: str) -> None:
    """Raise RenameError if the new name is taken where the symbol is defined."""
    for workflow, occurrence in references:
        if not occurrence.defines or occurrence.symbol.kind in ("event", "key"):
            continue
        symbol = occurrence.symbol._replace(name=new)
        # The first of several anchors of a name.
        wanted = workflow.identity(symbol._replace(owner=1) if symbol.kind == "anchor" else symbol)
        if any(other.defines for other in workflow.of(wanted)):
            raise RenameError(f"There is {_KIND_NAMES[occurrence.symbol.kind]} `{new}` already.")

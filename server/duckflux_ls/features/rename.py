"""textDocument/rename: a new name, everywhere at once, or a reason why not."""

from __future__ import annotations

import re
from collections.abc import Iterable

from duckflux.language import schema
from duckflux.language.semantics.symbols import Occurrence
from lsprotocol import types

from .names import AnyNames, Found, Names, occurrences_of

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[\w./-]+")
_WORDS = ("true", "false", "null", "in", "yes", "no")
_WHAT = {
    "step": "a step",
    "input": "an input",
    "given": "an input",
    "key": "a key of the context",
    "loop": "a loop",
    "event": "an event",
    "variable": "a variable",
}


class RenameError(Exception):
    """A name that can't be given; the text is a sentence for people."""


def renamable(names: Names, offset: int) -> Occurrence:
    """The name at an offset that can be changed. Raises RenameError."""
    here = names.at(offset)
    if here is None:
        raise RenameError("There is no name to change here.")
    if here.symbol.kind == "file":
        raise RenameError("To rename a workflow, rename its file.")
    if here.symbol.kind == "loop" and here.symbol.owner is not None:
        raise RenameError("`loop` is a word of the language. With `as` a loop gets a name of its own.")
    return here


def rename(
    names: Names, offset: int, new: str, files: Iterable[AnyNames], encoding: types.PositionEncodingKind | str
) -> types.WorkspaceEdit:
    """The edits that give a new name to what is named at an offset. Raises RenameError."""
    here = renamable(names, offset)
    _check(here.symbol.kind, new)
    everywhere = list(files)
    found = occurrences_of(names.identity(here.symbol), everywhere)
    if not any(one.occurrence.defines for one in found):
        raise RenameError(f"`{here.symbol.name}` is not defined anywhere: nothing to rename.")
    _check_free(found, new)
    changes: dict[str, list[types.TextEdit]] = {}
    for one in found:
        changes.setdefault(one.names.uri, []).append(types.TextEdit(one.range(encoding), new))
    return types.WorkspaceEdit(changes=changes)


def _check(kind: str, new: str) -> None:
    if kind == "event":
        if not _PLAIN.fullmatch(new):
            raise RenameError(f"`{new}` would need quotes: use letters, digits, `.`, `-`, `_` and `/`.")
        return
    if not _IDENTIFIER.fullmatch(new) or new.lower() in _WORDS:
        raise RenameError(f"`{new}` is no name that expressions can read: use letters, digits and `_`.")
    reserved = schema.definition("name")["not"]["enum"]
    if kind in ("step", "key", "loop") and new in reserved:
        raise RenameError(f"`{new}` is the name of a built-in variable: choose another one.")


def _check_free(found: list[Found], new: str) -> None:
    """Whether the name is free where the renamed things are defined."""
    for one in found:
        if not one.occurrence.defines or one.occurrence.symbol.kind in ("event", "key"):
            continue
        wanted = one.names.identity(one.occurrence.symbol._replace(name=new))
        names = (other for other in one.names if other.defines and other.symbol.name == new)
        if any(one.names.identity(other.symbol) == wanted for other in names):
            raise RenameError(f"There is {_WHAT[one.occurrence.symbol.kind]} `{new}` already.")

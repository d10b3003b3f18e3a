"""A fix: a title, and the edits that fix one diagnostic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from ...language.analysis import Analysis, Diagnostic
from ...language.syntax.edits import TextEdit


class Fix(NamedTuple):
    """One way to fix a diagnostic.

    `preferred` is the one sensible way. A `safe` fix makes nothing up and loses nothing: `lint --fix` applies it.
    """

    title: str
    edits: tuple[TextEdit, ...]
    preferred: bool = True
    safe: bool = True


MakeFixes: TypeAlias = Callable[[Analysis, Diagnostic], Iterator[Fix]]

"""A fix: a title and the edits that mend one mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from ...language.analysis import Analysis, Diagnostic
from ...language.syntax.edits import TextEdit


class Fix(NamedTuple):
    """`preferred`: the one sensible way. `safe`: nothing is made up or lost, so it may be done unseen."""

    title: str
    edits: tuple[TextEdit, ...]
    preferred: bool = True
    safe: bool = True


Maker: TypeAlias = Callable[[Analysis, Diagnostic], Iterator[Fix]]

"""A higher recursion limit for deep expressions: ours on nested operators is above Python's on nested calls."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

MAX_DEPTH: Final = 600
"""The greatest depth of a syntax tree, in nodes."""

_SAFE_LENGTH: Final = 150
"""The length, in code points, up to which no expression is deep enough to reach Python's limit."""
_FRAMES_PER_LEVEL: Final = 6
_LOCK: Final = threading.RLock()


def raised_recursion_limit(length: int) -> AbstractContextManager[None]:
    """Return a context in which recursion over the tree of a text of ``length`` code points is safe."""
    return nullcontext() if length <= _SAFE_LENGTH else _raised_limit()


@contextmanager
def _raised_limit() -> Iterator[None]:
    # The limit is the interpreter's, so one thread at a time may move it.
    with _LOCK:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(limit + MAX_DEPTH * _FRAMES_PER_LEVEL)
        try:
            yield
        finally:
            sys.setrecursionlimit(limit)

"""Room for deep expressions: Python's limit on nested calls is lower than ours on nested operators."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

MAX_DEPTH: Final = 600
"""No tree may be deeper."""

_SHORT: Final = 150
_FRAMES_PER_LEVEL: Final = 6
_LOCK: Final = threading.RLock()


def ensure_stack(length: int) -> AbstractContextManager[None]:
    """Within it, recursion over the tree of a text of this length does not reach Python's limit."""
    return nullcontext() if length <= _SHORT else _deeper()


@contextmanager
def _deeper() -> Iterator[None]:
    # The limit is the interpreter's, so one thread at a time may move it.
    with _LOCK:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(limit + MAX_DEPTH * _FRAMES_PER_LEVEL)
        try:
            yield
        finally:
            sys.setrecursionlimit(limit)

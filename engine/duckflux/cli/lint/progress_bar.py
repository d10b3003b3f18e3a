"""Shows the progress of a command on a terminal."""

from __future__ import annotations

import time
from typing import TextIO

from ..diagnostics_output import wants_color

_WIDTH = 30
_AFTER_SECONDS = 0.5
_EVERY_SECONDS = 0.1


class ProgressBar:
    """A progress bar that is redrawn in place, erased at the end, and shown only if the work takes a while."""

    def __init__(self, total: int, out: TextIO) -> None:
        self._total = total
        self._out = out
        self._done = 0
        self._shows = wants_color(out)
        self._next = time.monotonic() + _AFTER_SECONDS

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        self._write("")

    def step(self) -> None:
        """Count one item as done."""
        self._done += 1
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _EVERY_SECONDS
            full = _WIDTH * self._done // self._total
            self._write(f"{'█' * full}{'░' * (_WIDTH - full)} {self._done}/{self._total}")

    def _write(self, text: str) -> None:
        if self._shows:
            self._out.write(f"\r\x1b[K{text}")
            self._out.flush()

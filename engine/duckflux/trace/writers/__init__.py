"""Writes trace files, one format a module."""

from __future__ import annotations

from typing import Protocol

from ..model import Execution, Step


class Writer(Protocol):
    """Writes redacted records, whose values are msgspec.Raw, to a file as they come.

    All methods raise OSError.
    """

    def open(self, execution: Execution) -> None:
        """Begin the file of a run."""

    def step(self, step: Step) -> None:
        """Write a step that has finished, or that runs and has begun or begun again since the last `flush`."""

    def flush(self) -> None:
        """Bring the file up to date as far as it is due. Called often, also if nothing has happened."""

    def close(self, execution: Execution) -> None:
        """Complete the file at the end of the run."""

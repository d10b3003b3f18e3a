"""Trace files, one format a module."""

from __future__ import annotations

from typing import Protocol

from ..model import Execution, Step


class Writer(Protocol):
    """Puts sealed records (values are msgspec.Raw) into a file as they come. Any method may raise OSError."""

    def open(self, execution: Execution) -> None:
        """The run has begun."""

    def step(self, step: Step) -> None:
        """A step has finished; or it runs, and did not when `flush` was last called, or begins again."""

    def flush(self) -> None:
        """Called often, also when nothing happened: bring the file up to date, as far as it is due."""

    def close(self, execution: Execution) -> None:
        """The run is over: complete the file."""

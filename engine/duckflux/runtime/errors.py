"""Defines how a step fails."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple


class SourceLocation(NamedTuple):
    """A position in a file; `line` and `column` count from 1, columns in code points."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class StepError(Exception):
    """A step failed. `message` is for users and names neither file nor step; `code` is a stable slug.

    `field` is the field at fault (`run`, `input`, ...) and `location` its place in the file; `step` is the
    step's name, set while the error propagates; `output` is what a failed command or request returned.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        field: str | None = None,
        location: SourceLocation | None = None,
        exit_code: int | None = None,
        stderr: str | None = None,
        output: Any = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.field = field
        self.location = location
        self.step: str | None = None
        self.exit_code = exit_code
        self.stderr = stderr
        self.output = output

    def __str__(self) -> str:
        """Return `FILE:LINE:COL: error: FIELD: step 'NAME': MESSAGE [CODE]`, as far as known."""
        head = f"{self.location}: error: " if self.location else "error: "
        field = f"{self.field}: " if self.field else ""
        step = f"step '{self.step}': " if self.step else ""
        return f"{head}{field}{step}{self.message} [{self.code}]"


def abort_reason(error: BaseException) -> str:
    """Return the error of a step that was aborted by an exception other than StepError."""
    return "cancelled" if isinstance(error, asyncio.CancelledError) else "internal error"

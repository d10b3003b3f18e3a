"""Defines how a step fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from ..terminal_text import printable_line

if TYPE_CHECKING:
    from .secrets import Secrets


class SourceLocation(msgspec.Struct, frozen=True):
    """A position in a file; `line` and `column` count from 1, columns in code points."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class StepError(Exception):
    """A step failed. `message` is for users and names neither file nor step; `code` is a stable slug.

    `field` is the field at fault (`run`, `input`, ...) and `location` its place in the file; `step` is the
    step's name, set while the error propagates; `output` is what a failed command or request returned;
    `earlier` are the failures whose fallback ended in this one, in the order of their happening;
    `was_asked` tells whether a debugger was asked about it.
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
        self.earlier: tuple[StepError, ...] = ()
        self.was_asked = False

    def masked(self, secrets: Secrets) -> StepError:
        """Return the error as others may see it: with the secrets masked in everything that it holds."""
        error = StepError(
            secrets.mask(self.message),
            code=self.code,
            field=self.field,
            location=self.location,
            exit_code=self.exit_code,
            stderr=secrets.mask(self.stderr) if self.stderr else self.stderr,
            output=secrets.mask_value(self.output),
        )
        error.step = self.step
        error.earlier = tuple(earlier.masked(secrets) for earlier in self.earlier)
        error.__cause__ = self.__cause__
        return error

    def __str__(self) -> str:
        """Return `FILE:LINE:COL: error: FIELD: step 'NAME': MESSAGE [CODE]`, as far as known.

        The code is at the end of the first line; what the message quotes is below it.
        """
        head = f"{self.location}: error: " if self.location else "error: "
        field = f"{self.field}: " if self.field else ""
        step = f"step '{printable_line(self.step)}': " if self.step else ""
        what, newline, quotation = self.message.partition("\n")
        return f"{head}{field}{step}{what} [{self.code}]{newline}{quotation}"


class Redirected(Exception):  # noqa: N818 - no error: a debugger has been told to
    """A debugger sends a thread elsewhere: what it was in ends, and may begin again."""


def quoting(message: str, text: str) -> str:
    """Return a message with what a program said: behind it, or below it if that has several lines."""
    if not text:
        return message
    return f"{message}\n{text}" if "\n" in text else f"{message}: {text}"


def last_lines(text: str, limit: int) -> str:
    """Return the last whole lines of a text in at most `limit` characters, or the end of a longer last line."""
    if len(text) <= limit:
        return text
    end = text[-limit:]
    _, newline, lines = end.partition("\n")
    return end if text[-limit - 1] == "\n" or not newline else lines


def last_words(text: str, limit: int) -> str:
    """Return the last whole words of a text in at most `limit` characters, or the end of a longer last word."""
    if len(text) <= limit:
        return text
    words = text[-limit - 1 :].split(maxsplit=1)[1:]
    return words[0] if words else text[-limit:]


def abort_reason(error: BaseException) -> str:
    """Return the error of a step that was aborted by an exception other than StepError."""
    if isinstance(error, Redirected):
        return "left by the debugger"
    return "cancelled" if isinstance(error, asyncio.CancelledError) else "internal error"

"""Prints diagnostics as `FILE:LINE:COL: error: FIELD: message [code]`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TextIO

import msgspec

from ..files import FileTooLargeError, NotRegularFileError, read_file, read_named_file
from ..language.analysis import Analysis, Diagnostic, analyse, load
from ..language.syntax import MAX_BYTES
from ..language.syntax.ancestors import field_at
from ..terminal_text import printable_line
from .stdin import STDIN, read_stdin
from .text_output import print_text

if TYPE_CHECKING:
    from pathlib import Path

_COLORS = {"error": "31", "warning": "33", "information": "36"}
_MAX_SNIPPET = 160


class LocatedDiagnostic(msgspec.Struct, frozen=True):
    """A diagnostic with its location. Lines and columns count from 1, in code points; the end is exclusive.

    `field` is the path of the field, `source` the line of the text where the diagnostic starts.
    """

    code: str
    severity: str
    message: str
    field: str
    line: int
    column: int
    end_line: int
    end_column: int
    source: str


def load_named_file(path: str) -> Analysis | None:
    """Return the analysis of a file that a person named; see `load_file`.

    For commands that take inputs from stdin, so that the workflow cannot come from there.
    """
    if path == STDIN:
        print_text("-: error: stdin is for inputs: write the workflow into a file", file=sys.stderr)
        return None
    return load_file(path, read_named_file)


def load_file_or_stdin(path: str) -> Analysis | None:
    """Return the analysis of a file that a person named, or of the text on stdin for `-`; see `load_file`."""
    if path != STDIN:
        return load_file(path, read_named_file)
    try:
        return analyse(read_stdin(MAX_BYTES))
    except (OSError, UnicodeDecodeError) as error:
        print_text(f"stdin: error: {read_error_message(error)}", file=sys.stderr)
        return None


def load_file(path: str, read: Callable[[Path | str, int], bytes] = read_file) -> Analysis | None:
    """Return the analysis of a file, None if it cannot be read: then the reason is printed to stderr."""
    try:
        return load(path, read=read)
    except (OSError, UnicodeDecodeError) as error:
        print_text(f"{path}: error: {read_error_message(error)}", file=sys.stderr)
        return None


def read_error_message(error: OSError | UnicodeDecodeError) -> str:
    """Return why a file cannot be read, as a phrase that follows its name."""
    match error:
        case IsADirectoryError():
            return "is a folder, not a workflow file"
        case FileNotFoundError():
            return "file does not exist"
        case PermissionError():
            return "permission denied"
        case UnicodeDecodeError():
            return f"is not UTF-8 text (byte {error.start})"
        case NotRegularFileError() | FileTooLargeError():
            return str(error.strerror)
        case _:
            return f"cannot be read: {error.strerror or error}"


def locate_diagnostics(analysis: Analysis, diagnostics: Iterable[Diagnostic]) -> list[LocatedDiagnostic]:
    """Return diagnostics with their locations and source lines."""
    return [_located(analysis, diagnostic) for diagnostic in diagnostics]


def _located(analysis: Analysis, diagnostic: Diagnostic) -> LocatedDiagnostic:
    lines = analysis.document.lines
    line, column = lines.position(diagnostic.start)
    end_line, end_column = lines.position(diagnostic.end)
    return LocatedDiagnostic(
        code=diagnostic.code,
        severity=str(diagnostic.severity),
        message=diagnostic.message,
        field=field_at(analysis.document, diagnostic.start),
        line=line + 1,
        column=column + 1,
        end_line=end_line + 1,
        end_column=end_column + 1,
        source=lines.line_text(line),
    )


def print_diagnostics(
    analysis: Analysis, path: str, diagnostics: tuple[Diagnostic, ...], out: TextIO
) -> None:
    """Print diagnostics, one line each; on a terminal with the source line and carets."""
    write(path, locate_diagnostics(analysis, diagnostics), out, excerpts=out.isatty())


def write(path: str, found: Iterable[LocatedDiagnostic], out: TextIO, *, excerpts: bool) -> None:
    """Print diagnostics, one line each; with `excerpts` also the source line and carets."""
    color = wants_color(out)
    for diagnostic in found:
        print(_line(path, diagnostic, color), file=out)
        if excerpts:
            print(_excerpt(diagnostic, color), file=out)


def wants_color(out: TextIO) -> bool:
    """Return whether to write colors: to a terminal that supports them, unless NO_COLOR is set."""
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _line(path: str, diagnostic: LocatedDiagnostic, color: bool) -> str:
    location, severity = f"{printable_line(path)}:{diagnostic.line}:{diagnostic.column}", diagnostic.severity
    if color:
        location, severity = f"\x1b[1m{location}\x1b[0m", f"\x1b[{_COLORS[severity]}m{severity}\x1b[0m"
    where = f"{diagnostic.field}: " if diagnostic.field else ""
    return f"{location}: {severity}: {printable_line(f'{where}{diagnostic.message}')} [{diagnostic.code}]"


def _excerpt(diagnostic: LocatedDiagnostic, color: bool) -> str:
    column = diagnostic.column - 1
    text = diagnostic.source[:_MAX_SNIPPET].replace("\t", " ")
    end = diagnostic.end_column - 1 if diagnostic.end_line == diagnostic.line else len(text)
    carets = "^" * max(1, len(printable_line(text[column:end])))
    indent = " " * len(printable_line(text[:column]))
    number = str(diagnostic.line)
    if color:
        carets = f"\x1b[1;32m{carets}\x1b[0m"
    return f"  {number} | {printable_line(text)}\n  {' ' * len(number)} | {indent}{carets}"

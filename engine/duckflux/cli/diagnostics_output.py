"""Diagnostics on a terminal or in a pipe: `FILE:LINE:COL: error: FIELD: what [code]`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TextIO

import msgspec

from ..language.analysis import Analysis, Diagnostic, load
from ..language.syntax.ancestors import field_at

_COLOURS = {"error": "31", "warning": "33", "information": "36"}
_MAX_SNIPPET = 160


class LocatedDiagnostic(msgspec.Struct, frozen=True):
    """A diagnostic as people read it. Lines and columns count from 1, in characters; the end is after the last
    one. `field` is the path of the field, `source` the line of the text where it starts."""

    code: str
    severity: str
    message: str
    field: str
    line: int
    column: int
    end_line: int
    end_column: int
    source: str


def load_file(path: str) -> Analysis | None:
    """The analysis of a file, or None when it can't be read: then the reason is on stderr."""
    try:
        return load(path)
    except (OSError, UnicodeDecodeError) as error:
        print(f"{path}: error: {read_error_message(error)}", file=sys.stderr)
        return None


def read_error_message(error: OSError | UnicodeDecodeError) -> str:
    """Why a file can't be read, to be said after its name."""
    match error:
        case IsADirectoryError():
            return "is a folder, not a workflow file"
        case FileNotFoundError():
            return "no such file"
        case PermissionError():
            return "may not be read: permission denied"
        case UnicodeDecodeError():
            return f"is no UTF-8 text (byte {error.start})"
        case _:
            return f"can't be read: {error.strerror or error}"


def locate_diagnostics(analysis: Analysis, diagnostics: Iterable[Diagnostic]) -> list[LocatedDiagnostic]:
    """Diagnostics with their places and source lines."""
    return [_finding(analysis, diagnostic) for diagnostic in diagnostics]


def _finding(analysis: Analysis, diagnostic: Diagnostic) -> LocatedDiagnostic:
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
    """Write diagnostics, one line each; on a terminal with the source line under it."""
    write(path, locate_diagnostics(analysis, diagnostics), out, excerpts=out.isatty())


def write(path: str, found: Iterable[LocatedDiagnostic], out: TextIO, *, excerpts: bool) -> None:
    """Write findings, one line each; with `excerpts` the source line and a caret under it."""
    colour = wants_colour(out)
    for finding in found:
        print(_line(path, finding, colour), file=out)
        if excerpts:
            print(_excerpt(finding, colour), file=out)


def wants_colour(out: TextIO) -> bool:
    """Whether to colour: a terminal that can, unless NO_COLOR says otherwise."""
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _line(path: str, finding: LocatedDiagnostic, colour: bool) -> str:
    place, severity = f"{path}:{finding.line}:{finding.column}", finding.severity
    if colour:
        place, severity = f"\x1b[1m{place}\x1b[0m", f"\x1b[{_COLOURS[severity]}m{severity}\x1b[0m"
    where = f"{finding.field}: " if finding.field else ""
    return f"{place}: {severity}: {where}{finding.message} [{finding.code}]"


def _excerpt(finding: LocatedDiagnostic, colour: bool) -> str:
    column = finding.column - 1
    text = finding.source[:_MAX_SNIPPET].replace("\t", " ")
    end = finding.end_column - 1 if finding.end_line == finding.line else len(text)
    carets = "^" * max(1, min(end, len(text)) - column)
    number = str(finding.line)
    if colour:
        carets = f"\x1b[1;32m{carets}\x1b[0m"
    return f"  {number} | {text}\n  {' ' * len(number)} | {' ' * min(column, len(text))}{carets}"

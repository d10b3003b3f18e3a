"""Diagnostics on a terminal or in a pipe: `FILE:LINE:COL: error: FIELD: what [code]`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TextIO

from ..language.analysis import Analysis, Diagnostic, load
from ..language.source.path import field_at

_COLOURS = {"error": "31", "warning": "33", "information": "36"}
_MAX_SNIPPET = 160


def load_file(path: str) -> Analysis | None:
    """The analysis of a file, or None when it can't be read: then the reason is on stderr."""
    try:
        return load(Path(path))
    except IsADirectoryError:
        reason = "is a folder, not a workflow file"
    except FileNotFoundError:
        reason = "no such file"
    except PermissionError:
        reason = "may not be read: permission denied"
    except UnicodeDecodeError as error:
        reason = f"is no UTF-8 text (byte {error.start})"
    except OSError as error:
        reason = f"can't be read: {error.strerror or error}"
    print(f"{path}: error: {reason}", file=sys.stderr)
    return None


def show(analysis: Analysis, path: str, diagnostics: tuple[Diagnostic, ...], out: TextIO) -> None:
    """Write diagnostics, one line each; on a terminal with the source line under it."""
    colour = wants_colour(out)
    for diagnostic in diagnostics:
        print(_line(analysis, path, diagnostic, colour), file=out)
        if colour:
            print(_snippet(analysis, diagnostic), file=out)


def wants_colour(out: TextIO) -> bool:
    """Whether to colour: a terminal that can, unless NO_COLOR says otherwise."""
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _line(analysis: Analysis, path: str, diagnostic: Diagnostic, colour: bool) -> str:
    line, column = analysis.document.lines.position(diagnostic.start)
    place, severity = f"{path}:{line + 1}:{column + 1}", str(diagnostic.severity)
    if colour:
        place, severity = f"\x1b[1m{place}\x1b[0m", f"\x1b[{_COLOURS[severity]}m{severity}\x1b[0m"
    field = field_at(analysis.document, diagnostic.start)
    where = f"{field}: " if field else ""
    return f"{place}: {severity}: {where}{diagnostic.message} [{diagnostic.code}]"


def _snippet(analysis: Analysis, diagnostic: Diagnostic) -> str:
    lines = analysis.document.lines
    line, column = lines.position(diagnostic.start)
    text = lines.line_text(line)[:_MAX_SNIPPET].replace("\t", " ")
    width = max(1, min(diagnostic.end - diagnostic.start, len(text) - column))
    number = str(line + 1)
    return f"  {number} | {text}\n  {' ' * len(number)} | {' ' * column}\x1b[1;32m{'^' * width}\x1b[0m"

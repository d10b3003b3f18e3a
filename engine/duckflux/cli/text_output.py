"""Prints texts for people: what comes from files, servers and programs cannot control the terminal."""

from __future__ import annotations

from typing import TextIO

from ..terminal_text import printable


def print_text(text: str, *, file: TextIO | None = None) -> None:
    """Print lines of text, to stdout by default, with control characters as escapes."""
    print(printable(text), file=file)


def shown_on(out: TextIO, text: str) -> str:
    """Return a text as it is for a file or another program, and fit for a terminal if `out` is one."""
    return printable(text) if out.isatty() else text

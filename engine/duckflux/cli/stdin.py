"""Reads a text from stdin, where `-` stands for a file."""

from __future__ import annotations

import sys

from ..files import read_stream

# The name of stdin where a command reads a text that it does not write back.
STDIN = "-"


def shown_name(name: str) -> str:
    """Return the name of a file argument as messages show it."""
    return "stdin" if name == STDIN else name


def read_stdin(limit: int) -> str:
    """Return the text on stdin.

    Raises UnicodeDecodeError if it is not UTF-8, OSError if it cannot be read or is longer than `limit` bytes.
    """
    return read_stream(sys.stdin.buffer, "stdin", limit).decode("utf-8")

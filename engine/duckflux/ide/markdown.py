"""Puts texts of workflows into Markdown so that they stay what they are: no link, no HTML, no end of a block."""

from __future__ import annotations

import re

from ..terminal_text import printable, printable_line


def fenced(text: str, language: str = "") -> str:
    """Return a text as a block of code that its own text can't end."""
    fence = "`" * max(3, 1 + _longest_run(text))
    return f"{fence}{language}\n{printable(text)}\n{fence}"


def code_span(text: str) -> str:
    """Return a text as code inside a line."""
    text = printable_line(text)
    ticks = "`" * (1 + _longest_run(text))
    space = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def plain(text: str) -> str:
    """Return a text as it reads, with what Markdown or HTML would take for its own escaped."""
    escaped = re.sub(r"[\\`*\[\]~]|(?<!\w)_|_(?!\w)", r"\\\g<0>", printable_line(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _longest_run(text: str) -> int:
    """Return the length of the longest run of backticks."""
    return max(map(len, re.findall("`+", text)), default=0)

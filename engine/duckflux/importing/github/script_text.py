"""Puts variables of the environment in place of the expressions in a script."""

from __future__ import annotations

import re
from collections.abc import Callable

# What is not closed ends at the next one that begins: so no text is read more than twice.
EXPRESSION = re.compile(r"\$\{\{((?:[^$}]|\$(?!\{\{)|\}(?!\}))*)\}\}")


def with_variables(script: str, variable: Callable[[str], str]) -> str:
    """Return a script whose expressions are variables, outside of single quotes.

    `variable` takes an expression and returns the name of its variable.
    """
    parts = []
    before = 0
    quote = ""
    for match in EXPRESSION.finditer(script):
        between = script[before : match.start()]
        parts.append(between)
        quote = _quote_after(between, quote)
        name = variable(match[1])
        is_quoted = quote == "'"
        parts.append(f"'\"${{{name}}}\"'" if is_quoted else f"${{{name}}}")
        before = match.end()
    return "".join(parts) + script[before:]


def variable_name(text: str) -> str:
    """Return the name of a shell variable for an expression."""
    names = re.findall(r"[A-Za-z_][\w-]*", text)
    words = names[0] if len(names) == 1 else "_".join(names[-2:] if len(names) < 6 else names[:2])
    name = re.sub(r"\W", "_", words, flags=re.ASCII).upper()[:40]
    return name if name and not name[0].isdigit() else f"VALUE_{name}".rstrip("_")


def _quote_after(text: str, quote: str) -> str:
    """Return the quote that a script is inside of at the end of a text, given the one at its beginning."""
    skip = False
    for character in text:
        if skip:
            skip = False
        elif character == "\\" and quote != "'":
            skip = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
    return quote

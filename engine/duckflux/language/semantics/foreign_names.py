"""Gives the names of what other tools call otherwise: `inputs.x`, `secrets.x`, or an input by its bare name."""

from __future__ import annotations

import re
from collections.abc import Callable

from .builtin_variables import OWNERS

_ROOTS = {**OWNERS, "secrets": "env"}
_ROOT = re.compile(rf"(?<![\w.])({'|'.join(_ROOTS)})\.")


def own_expression(
    template: str, text: str, is_variable: Callable[[str], bool], has_input: Callable[[str], bool]
) -> str:
    """Return the expression of a template, such as `{{ x }}`, with the names that variables have here."""
    text = text.strip()
    is_name = template.startswith(("{{", "${{")) and text.isidentifier()
    if is_name and not is_variable(text) and has_input(text):
        return f"workflow.inputs.{text}"
    return _ROOT.sub(lambda match: match[0] if is_variable(match[1]) else f"{_ROOTS[match[1]]}.", text)

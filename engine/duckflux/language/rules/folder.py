"""A step runs in a folder that is there, or that a command makes first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import codes
from ..context import Context
from ..look import Look, PlainText
from ..source import Problem
from ..source.quoting import part_of

LOOKS_AT = (PlainText,)
_RELATIVE = re.compile(r"(?!/|~)[\w./ -]+")


def check(text: PlainText, look: Look) -> Iterator[Problem]:
    node = text.site.node
    if text.site.field != "cwd" or not _RELATIVE.fullmatch(node.text):
        return
    if look.ask(Context.is_missing_folder, node.text):
        message = f"there is no folder `{node.text}` beside this file, and no command names it"
        yield Problem(codes.FOLDER, message, part_of(node, 0, len(node.text)))

"""The variables that a shell script expands.

This reads quotes and variables just well enough to point at a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# After the name in `${name}`. A default (`${x:-y}`), a message (`${x:?}`) and their like say it may be missing.
_NEEDED = re.compile(r"[}#%/^,@\[]|:[0-9 ]")
_QUOTED_HERE = re.compile(r"<<-?\s*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\(\w+))[^\n]*\n")


class Expansion(msgspec.Struct, frozen=True):
    """One `$name` or `${name}` of a script; `start` and `end` delimit the name."""

    name: str
    start: int
    end: int


def expansions(script: str) -> Iterator[Expansion]:
    """Yield the variables whose values the shell inserts, without those that the script lets be unset."""
    at, in_double = 0, False
    # The quotes around each `$(` or `(` that is open: inside it they begin anew.
    around: list[bool] = []
    while at < len(script):
        character = script[at]
        if character == "\\":
            at += 2
        elif character == '"':
            in_double = not in_double
            at += 1
        elif character == "'" and not in_double:
            at = _after(script, "'", at + 1)
        elif character == "#" and not in_double and (at == 0 or script[at - 1] in " \t\n;("):
            at = _after(script, "\n", at)
        elif character == "<" and not in_double and (here := _QUOTED_HERE.match(script, at)):
            at = _after_here(script, here.end(), here[1] or here[2] or here[3])
        elif script.startswith("$(", at) or (character == "(" and not in_double):
            around.append(in_double)
            in_double = False
            at += 2 if character == "$" else 1
        elif character == ")" and not in_double and around:
            in_double = around.pop()
            at += 1
        elif character == "$":
            found = _expansion(script, at + 1)
            if found is not None:
                yield found
            at = found.end if found is not None else at + 1
        else:
            at += 1


def named_otherwise(script: str, name: str) -> bool:
    """Return whether a script mentions a name other than by expanding it, and so may set it."""
    return re.search(rf"(?<![\w${{]){re.escape(name)}\b", script) is not None


def _expansion(script: str, at: int) -> Expansion | None:
    braced = script.startswith("{", at)
    name = VARIABLE_NAME.match(script, at + braced)
    if name is None or (braced and not _NEEDED.match(script, name.end())):
        return None
    return Expansion(name[0], name.start(), name.end())


def _after(script: str, revision: str, at: int) -> int:
    found = script.find(revision, at)
    return len(script) if found < 0 else found + 1


def _after_here(script: str, at: int, delimiter: str) -> int:
    end = re.compile(rf"^\t*{re.escape(delimiter)}$", re.MULTILINE).search(script, at)
    return len(script) if end is None else end.end()

"""Finds the names of anchors and of the aliases that repeat them."""

from __future__ import annotations

import re
from contextlib import suppress

import msgspec
from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.error import YAMLError
from yaml.tokens import AliasToken, AnchorToken

# As in `key: &name value`; most texts have `&&` in their commands at most, and are not read for that.
_ANCHOR = re.compile(r"[\s\[{,]&[^\s&,\[\]{}]")


class AnchorName(msgspec.Struct, frozen=True):
    """A name behind `&` or `*`, as offsets in the text, in code points.

    A name may be given to several anchors, of which an alias repeats the last one before it; `number` counts
    them, and tells which one it is.
    """

    name: str
    start: int
    end: int
    number: int
    defines: bool


def anchor_names(text: str) -> tuple[AnchorName, ...]:
    """Return the names in a text, up to its first syntax error; without aliases that have no anchor."""
    found: list[AnchorName] = []
    if not _ANCHOR.search(text):
        return ()
    counts: dict[str, int] = {}
    with suppress(YAMLError, ValueError):
        tokens = CParser(text)
        while tokens.check_token():
            token = tokens.get_token()
            if not isinstance(token, AnchorToken | AliasToken):
                continue
            name: str = token.value
            defines = isinstance(token, AnchorToken)
            if defines:
                counts[name] = counts.get(name, 0) + 1
            if name in counts:
                start = token.start_mark.index + 1
                found.append(AnchorName(name, start, start + len(name), counts[name], defines))
    return tuple(found)

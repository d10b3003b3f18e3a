"""Makes text fit for XML."""

from __future__ import annotations

import re

# XML 1.0 allows no other characters.
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """Return a text in which each character that XML cannot hold is replaced by U+FFFD."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)

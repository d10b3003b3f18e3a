"""Makes text fit for XML."""

from __future__ import annotations

import re

# XML 1.0 allows no other characters; of those, C1 and what turns the direction of the text around it can mislead.
_ALLOWED = r"\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff"
_MISLEADING = r"\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_REPLACED = re.compile(f"[^{_ALLOWED}]|[{_MISLEADING}]")


def xml_text(text: str) -> str:
    """Return a text in which each character that XML cannot hold, or that misleads a reader, is U+FFFD."""
    return _REPLACED.sub("\N{REPLACEMENT CHARACTER}", text)

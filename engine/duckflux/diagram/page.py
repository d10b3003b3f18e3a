"""The page on which an editor shows a diagram; its own policy lets it load nothing and run no other script."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from pathlib import Path

from .svg import style_sheet

_PAGE = Path(__file__).parent / "page"
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def diagram_page() -> str:
    """Return the page, which waits for what to draw."""
    script = script_module() + (_PAGE / "page.js").read_text("utf-8")
    style = style_sheet() + (_PAGE / "page.css").read_text("utf-8")
    parts = {
        "policy": f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'",
        "style": style,
        "script": script,
    }
    template = (_PAGE / "page.html").read_text("utf-8")
    return _PLACEHOLDER.sub(lambda match: parts[match[1]], template)


def script_module() -> str:
    """Return the JavaScript module that shows a diagram in a browser."""
    return (_PAGE / "flow_diagram.js").read_text("utf-8")


def _digest(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"

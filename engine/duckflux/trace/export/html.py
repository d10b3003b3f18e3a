"""Exports one self-contained web page that needs no network and runs nothing from the trace."""

from __future__ import annotations

import hashlib
import html
import re
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ..folder import State
from ..follow import News, whole_news
from ..model import Trace
from ..output_log import Piece
from .page_data import page_data, shown_state

_PAGE = Path(__file__).parent / "page"
_SCRIPTS = (
    "times.js",
    "model.js",
    "filter.js",
    "critical_path.js",
    "time_scale.js",
    "usage.js",
    "elements.js",
    "output.js",
    "details.js",
    "rows.js",
    "minimap.js",
    "view.js",
    "links.js",
    "host.js",
    "live.js",
    "start.js",
)
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def export(trace: Trace, state: State, *, printed: Iterable[Piece] = (), earlier: str | None = None) -> bytes:
    """Return the trace as an HTML document, with what its steps have printed.

    `earlier` is the address of the page of the run that this one has resumed.
    """
    return export_news(whole_news(trace, state, printed), earlier=earlier)


def export_news(news: News, *, is_newest: bool = True, earlier: str | None = None) -> bytes:
    """Return what was read first of a trace as an HTML document; it says so if there is a newer run."""
    execution = news.execution
    script = "\n".join((_PAGE / name).read_text("utf-8") for name in _SCRIPTS)
    style = (_PAGE / "page.css").read_text("utf-8")
    data = page_data(news) | {"title": execution.title, "isNewest": is_newest, "earlier": earlier}
    parts = {
        "title": html.escape(f"{execution.title}: {shown_state(execution, news.state)}"),
        "policy": f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'",
        "style": style,
        "script": script,
        "data": msgspec.json.encode(data).decode().replace("<", "\\u003c"),
    }
    template = (_PAGE / "page.html").read_text("utf-8")
    # In one pass, so that a placeholder in the data stays as it is.
    return _PLACEHOLDER.sub(lambda match: parts[match[1]], template).encode()


def _digest(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"

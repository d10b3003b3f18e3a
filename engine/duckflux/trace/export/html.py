"""Exports one self-contained web page that needs no network and runs nothing from the trace."""

from __future__ import annotations

import hashlib
import html
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

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
    script, style = page_script(), page_style()
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        "style": f"<style>{style}</style>",
        "script": f"<script>{script}</script>",
    }
    return _filled(news, parts, {"isNewest": is_newest, "earlier": earlier})


def served_page(news: News, style: str, script: str, more: Mapping[str, Any]) -> bytes:
    """Return the same page with the addresses of its style and script, a module; `more` is added to its data."""
    parts = {
        "policy": "",
        "style": f'<link rel="stylesheet" href="{html.escape(style)}">',
        "script": f'<script type="module" src="{html.escape(script)}"></script>',
    }
    return _filled(news, parts, more)


def page_script(*more: str) -> str:
    """Return the page's script; `more` are parts that come before it starts."""
    *before, start = ((_PAGE / name).read_text("utf-8") for name in _SCRIPTS)
    return "\n".join((*before, *more, start))


def page_style() -> str:
    """Return the page's style."""
    return (_PAGE / "page.css").read_text("utf-8")


def page_module(name: str) -> str:
    """Return one of the parts of the page's script, which other pages use too."""
    return (_PAGE / name).read_text("utf-8")


def _filled(news: News, parts: Mapping[str, str], more: Mapping[str, Any]) -> bytes:
    execution = news.execution
    data = page_data(news) | {"title": execution.title, **more}
    texts = {
        **parts,
        "title": html.escape(f"{data['title']}: {shown_state(execution, news.state)}"),
        "data": msgspec.json.encode(data).decode().replace("<", "\\u003c"),
    }
    template = (_PAGE / "page.html").read_text("utf-8")
    # In one pass, so that a placeholder in the data stays as it is.
    return _PLACEHOLDER.sub(lambda match: texts[match[1]], template).encode()


def _digest(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"

"""Answers with the pages: an empty frame that its script fills from the API, and the page of a run."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ..diagram.page import script_module
from ..diagram.svg import style_sheet
from ..trace.export.html import page_module, page_script, page_style, served_page
from ..trace.index import TraceFilter
from ..trace.readers import TraceError
from .api import Api, ApiError, news_of

_FOLDER = Path(__file__).parent / "assets"
# Parts of the page of a trace that the other pages use too.
_SHARED = ("times.js", "elements.js")
_OWN = (
    *(
        "requests.js",
        "store_status.js",
        "theme.js",
        "values_form.js",
        "diagram.js",
        "virtual_rows.js",
        "history.js",
        "workflow_list.js",
    ),
    *("workflow.js", "comparison.js", "start.js"),
)
_RUN = ("requests.js", "store_status.js", "theme.js", "values_form.js", "diagram.js", "run.js")
_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>duckflux</title>
<link rel="icon" href="/assets/{icon}">
<link rel="stylesheet" href="/assets/{style}">
</head>
<body data-can-run="{can_run}" data-is-durable="{is_durable}">
<header id="top"></header>
<main id="content" tabindex="-1"></main>
<script type="module" src="/assets/{script}"></script>
</body>
</html>
"""
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_FOR_EVER = "private, max-age=31536000, immutable"


class Pages:
    """The handlers of pages."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def routes(self) -> list[Route]:
        """Return the routes."""
        framed = ("/", "/runs", "/compare", "/workflows/{id:path}")
        return [
            *(Route(path, self._show_frame) for path in framed),
            Route("/runs/{id}", self._show_run),
            Route("/assets/{name}", self._show_asset),
        ]

    async def _show_frame(self, request: Request) -> Response:
        names = {"icon": _name("icon.svg"), "style": _name("pages.css"), "script": _name("pages.js")}
        text = _FRAME.format(
            can_run=_flag(self._api.can_run), is_durable=_flag(self._api.is_durable), **names
        )
        return Response(text, media_type="text/html")

    async def _show_run(self, request: Request) -> Response:
        try:
            file = await self._api.trace_file(request.path_params["id"])
            news = await asyncio.to_thread(news_of, file.path)
        except (ApiError, TraceError) as error:
            return PlainTextResponse(f"{error}\n", 404)
        more = {
            "isNewest": await self._is_newest(file.execution.id, file.execution.workflow_path),
            "earlier": f"/runs/{file.execution.resumed_from}" if file.execution.resumed_from else None,
            "title": self._api.title_of(file),
            "canRun": self._api.can_run,
            "isDurable": self._api.is_durable,
            "workflowFile": self._api.file_of(file.execution.workflow_path),
        }
        page = served_page(news, f"/assets/{_name('run.css')}", f"/assets/{_name('run.js')}", more)
        return Response(page, media_type="text/html")

    async def _is_newest(self, id_: str, workflow: str | None) -> bool:
        if workflow is None:
            return True
        index = self._api.index
        newest, _ = await asyncio.to_thread(index.find, TraceFilter(workflow=(workflow,)), 1)
        return not newest or newest[0].execution.id == id_

    async def _show_asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        found = next((asset for asset in _ASSETS if _name(asset) == name), None)
        if found is None:
            return PlainTextResponse("there is no such file\n", 404)
        # Its name changes with its content.
        headers = {"Cache-Control": _FOR_EVER}
        return Response(_content(found), media_type=_TYPES[Path(found).suffix], headers=headers)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _read(*names: str) -> list[str]:
    return [(_FOLDER / name).read_text("utf-8") for name in names]


def _import_of_diagrams() -> str:
    return f'import {{ FlowDiagram }} from "/assets/{_name("diagram.js")}";\n'


_ASSETS: dict[str, Callable[[], str]] = {
    "diagram.js": script_module,
    "pages.js": lambda: "\n".join((_import_of_diagrams(), *map(page_module, _SHARED), *_read(*_OWN))),
    "run.js": lambda: _import_of_diagrams() + page_script(*_read(*_RUN)),
    "pages.css": lambda: "\n".join((page_style(), style_sheet(), *_read("pages.css"))),
    "run.css": lambda: "\n".join((page_style(), style_sheet(), *_read("run.css"))),
    "icon.svg": lambda: _read("icon.svg")[0],
}


@cache
def _content(asset: str) -> bytes:
    return _ASSETS[asset]().encode()


@cache
def _name(asset: str) -> str:
    """Return the name of an asset in addresses, which changes with its content."""
    stem, _, suffix = asset.partition(".")
    return f"{stem}-{hashlib.sha256(_content(asset)).hexdigest()[:12]}.{suffix}"

"""The pages of `duckflux server --durable` in a browser: durable runs are run, answered and cancelled there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("dbos")

from ..web.conftest import Server, folder, serve, sockets
from .page_browser import chromium, drive

__all__ = ["chromium", "folder", "serve", "sockets"]

pytestmark = pytest.mark.editor


@pytest.fixture
def seen(chromium: str, folder: Path, serve: Callable[..., Server]) -> dict[str, Any]:
    server = serve("--durable", "sqlite:runs.db")
    away = serve(
        "--durable", "postgresql://eve:hidden@127.0.0.1:1/x", "--trace-dir", str(folder.parent / "t")
    )
    return drive("durable.mjs", chromium, server.address, away.address)


def test_durable_runs_are_used_as_others_are(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []
    assert seen["run"]["state"] == "success"
    assert seen["run"]["rows"][-1].startswith("publish")
    assert seen["run"]["problem"] == ""
    assert seen["cancelled"] == "cancelled"
    for text in (seen["away"]["list"], seen["away"]["refused"]):
        assert "127.0.0.1:1/x can't be used" in text
        assert "hidden" not in text
    assert seen["away"]["list"].startswith("Durable runs: ")
    assert seen["away"]["list"].endswith("Trying again.")

"""With the setting `run.durable`, a run from the editor is kept, shown and answered as ever."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from .test_answers import ASKING, WAITING, is_answered_by_its_lens, runtime

__all__ = ["runtime"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


def keeping(store: str) -> dict[str, Any]:
    """How an editor is started whose runs are kept."""
    can = types.WorkspaceClientCapabilities(
        configuration=True,
        inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True),
        code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=True),
    )
    return {"configuration": {"run": {"durable": store}}, "workspace": can}


async def test_a_run_is_kept_and_shown(start: Any, tmp_path: Path) -> None:
    editor = await start(**keeping("sqlite:runs.db"))
    file = editor.write(
        tmp_path / "w.duck.yaml",
        """\
        flow:
          - {as: good, type: exec, run: echo done}
          - {as: bad, type: exec, run: exit 3}
        """,
    )
    await file.run()
    labels = await file.settled()
    assert labels[1].startswith("✓")
    assert labels[2].startswith("✗")
    assert "✗ failure  w.duck.yaml" in await listed(tmp_path)


async def listed(folder: Path) -> str:
    listing = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "duckflux", "runs", "list"),
        env={**os.environ, "DUCKFLUX_DURABLE": f"sqlite:{folder / 'runs.db'}"},
        stdout=asyncio.subprocess.PIPE,
    )
    stdout, _ = await listing.communicate()
    return stdout.decode()


@pytest.mark.usefixtures("runtime")
async def test_a_wait_of_a_kept_run_is_answered_by_its_lens(start: Any, tmp_path: Path) -> None:
    editor = await start(experimental=ASKING, **keeping("sqlite:runs.db"))
    file = editor.write(tmp_path / "w.duck.yaml", WAITING)
    await is_answered_by_its_lens(editor, file)
    assert "✓ success  w.duck.yaml" in await listed(tmp_path)

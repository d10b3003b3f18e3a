"""With the setting `run.durable`, a run from the editor is kept, and its results are shown as ever."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_run_is_kept_and_shown(start: Any, tmp_path: Path) -> None:
    configured = types.WorkspaceClientCapabilities(
        configuration=True, inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True)
    )
    editor = await start(configuration={"run": {"durable": "sqlite:runs.db"}}, workspace=configured)
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
    listing = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "duckflux", "runs", "list"),
        env={**os.environ, "DUCKFLUX_DURABLE": f"sqlite:{tmp_path / 'runs.db'}"},
        stdout=asyncio.subprocess.PIPE,
    )
    stdout, _ = await listing.communicate()
    assert "✗ failure  w.duck.yaml" in stdout.decode()

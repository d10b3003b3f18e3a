"""A client that can debug gets the lens for it, and learns how to start the adapter."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest
from duckflux_ls.session import command_names
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = "flow:\n  - {as: one, type: exec, run: printf one}\n"


async def titles(file: Any) -> list[tuple[str, str]]:
    return [(lens.command.title, lens.command.command) for lens in await file.lenses() if lens.command]


async def test_the_lens_is_there_for_those_who_can_debug(start: Any, tmp_path: Path) -> None:
    editor = await start(experimental={"duckflux": {"debug": True}})
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    assert ("Debug", "duckflux.debug") in await titles(file)
    other = await start()
    file = other.write(tmp_path / "w.duck.yaml", TEXT)
    assert "Debug" not in [title for title, _ in await titles(file)]


async def test_a_workflow_with_errors_can_not_be_debugged(start: Any, tmp_path: Path) -> None:
    editor = await start(experimental={"duckflux": {"debug": True}})
    file = editor.write(tmp_path / "w.duck.yaml", "flow:\n  - nothing\n")
    assert "Debug" not in [title for title, _ in await titles(file)]


async def test_the_adapter_is_the_one_of_the_server(start: Any, tmp_path: Path) -> None:
    editor = await start()
    params = types.ExecuteCommandParams(command_names.DEBUG_ADAPTER, [{}])
    found = await editor.workspace_execute_command_async(params)
    command = [found["command"], *found["args"], "--version"]
    options = {"cwd": tmp_path, "capture_output": True, "text": True, "timeout": 20, "check": True}
    said = await asyncio.to_thread(subprocess.run, command, **options)
    assert said.stdout.startswith("duckflux-dap ")

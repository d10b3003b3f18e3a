"""What a step prints is to be seen from its line, while it runs and later."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from duckflux_ls.session import command_names
from lsprotocol import types

from .conftest import Editor, File

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHOWING = {"duckflux": {"stepOutput": True}}
PRINTING = """\
flow:
  - as: quick
    type: exec
    run: echo done
  - as: slow
    type: exec
    run: echo begun; while ! test -e go; do sleep 0.02; done; echo ended; exit 3
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.duck.yaml"


async def printed(editor: Editor, file: File, step: str) -> tuple[str, bool]:
    """The text without times, and whether the step has ended."""
    found = await editor.command(command_names.STEP_OUTPUT, {"uri": file.uri, "step": step})
    return re.sub(r"(?m)^\d\d:\d\d:\d\d\.\d{3} ", "", found["text"]), found["ended"]


async def output_lenses(file: File) -> list[tuple[int, dict[str, Any]]]:
    return [
        (lens.range.start.line, (lens.command.arguments or [])[0])
        for lens in await file.lenses()
        if lens.command and lens.command.command == command_names.SHOW_STEP_OUTPUT
    ]


async def test_output_is_shown_live_and_later(start: Any, path: Path) -> None:
    editor = await start(experimental=SHOWING)
    file = editor.write(path, PRINTING)
    await file.start()
    async with asyncio.timeout(15):
        while not (await file.labels()).get(4):
            pass
        while await printed(editor, file, "/flow/1") != ("begun\n", False):
            pass
    assert await printed(editor, file, "/flow/0") == ("done\n", True)
    assert await output_lenses(file) == [(4, {"uri": file.uri, "step": "/flow/1"})]
    path.with_name("go").touch()
    labels = await file.settled()
    assert labels[4].startswith("✗ exit 3")
    assert await printed(editor, file, "/flow/1") == ("begun\nended\n", True)
    assert await output_lenses(file) == [(4, {"uri": file.uri, "step": "/flow/1"})]


async def test_the_tooltip_of_a_result_links_to_it(start: Any, path: Path) -> None:
    editor = await start(experimental=SHOWING)
    file = editor.write(path, "flow:\n  - {as: quick, type: exec, run: echo done}\n")
    await file.run()
    tooltip = (await file.hints())[1].tooltip
    assert isinstance(tooltip, types.MarkupContent)
    link = re.search(r"\[≡ output\]\(command:duckflux\.showStepOutput\?([^)]*)\)", tooltip.value)
    assert link is not None
    assert unquote(link[1]) == f'[{{"uri":"{file.uri}","step":"/flow/0"}}]'


async def test_other_editors_have_neither(start: Any, path: Path) -> None:
    editor = await start()
    file = editor.write(path, "flow:\n  - {as: bad, type: exec, run: exit 1}\n")
    await file.run()
    tooltip = (await file.hints())[1].tooltip
    assert isinstance(tooltip, types.MarkupContent)
    assert "command:" not in tooltip.value
    assert await output_lenses(file) == []


async def test_settings_switch_it_off_and_limit_steps(start: Any, path: Path) -> None:
    settings = {"trace": {"output": False}, "lenses": {"output": False}, "run": {"maxParallel": 1}}
    configured = types.WorkspaceClientCapabilities(
        configuration=True, inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True)
    )
    editor = await start(experimental=SHOWING, configuration=settings, workspace=configured)
    file = editor.write(
        path,
        """\
        flow:
          - parallel:
              - {as: a, type: exec, run: mkdir busy && sleep 0.1 && rmdir busy}
              - {as: b, type: exec, run: mkdir busy && sleep 0.1 && rmdir busy}
          - {as: bad, type: exec, run: exit 1}
        """,
    )
    trace = await file.run()
    labels = await file.settled()
    assert all(labels[line].startswith("✓") for line in (2, 3))
    assert not trace.with_name(f"{trace.name}.log").exists()
    assert "is not kept" in (await printed(editor, file, "/flow/1"))[0]
    assert await output_lenses(file) == []

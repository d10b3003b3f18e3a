"""The output of a step is pinned: later runs from the editor take it instead of running the step."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from duckflux_ls.session import command_names
from lsprotocol import types

from .conftest import Editor, File
from .test_run_again import actions

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = r"""
    defaults: {cwd: .}
    flow:
      - as: fetch
        type: exec
        run: 'echo fetch >> ran.txt; echo "{\"name\": \"Ada \u2028 😀\", \"count\": $(wc -l < ran.txt)}"'
      - as: greet
        type: exec
        input: {WHO: fetch.output.name}
        run: 'echo greet >> ran.txt; echo "hello $WHO"'
      - {type: exec, run: 'true'}
    output: '[fetch.output.count, greet.output]'
"""


async def offered(editor: Editor, file: File, place: str) -> dict[str, Any]:
    """The commands of the code actions at a place, by their titles."""
    return await actions(editor, file, file.text[: file.text.index(place)].count("\n"))


async def lens(file: File) -> types.Command | None:
    """The mark of what is pinned."""
    commands = [one.command for one in await file.lenses() if one.command is not None]
    return next((one for one in commands if one.command == command_names.UNPIN), None)


async def does(editor: Editor, command: types.Command) -> Any:
    assert command.arguments is not None
    return await editor.command(command.command, command.arguments[0])


def ran(folder: Path) -> list[str]:
    lines = (folder / "ran.txt").read_text().split()
    (folder / "ran.txt").unlink()
    return lines


async def test_a_pinned_step_does_not_run(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    trace = await file.run()
    first = json.loads(trace.read_text())["execution"]["output"]
    assert ran(tmp_path) == ["fetch", "greet"]
    pin = (await offered(editor, file, "as: fetch"))["Pin the output of `fetch`: later runs take it"]
    assert await editor.command(pin["command"], pin["arguments"][0]) is True
    mark = await lens(file)
    assert mark is not None and mark.title.startswith('◆ Pinned, does not run: {"name": "Ada ')
    again = await file.run()
    assert ran(tmp_path) == ["greet"]
    assert json.loads(again.read_text())["execution"]["output"] == first
    assert "Unpin the output of `fetch`" in await offered(editor, file, "as: fetch")
    # The mark and the output stay with the step's name while the text changes.
    file.rewrite(file.text.replace("- as: greet", "- {type: exec, run: 'true'}\n  - as: greet"))
    await file.run()
    assert ran(tmp_path) == ["greet"]
    file.rewrite(
        re.sub(r"as: fetch|fetch(?=\.output)", lambda found: found[0].replace("fetch", "load"), file.text)
    )
    assert await lens(file) is None
    await file.run()
    assert ran(tmp_path) == ["fetch", "greet"]
    file.rewrite(file.text.replace("load", "fetch"))
    mark = await lens(file)
    assert mark is not None and await does(editor, mark) is True
    assert await lens(file) is None
    await file.run()
    assert ran(tmp_path) == ["fetch", "greet"]


async def test_what_can_not_be_pinned(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    assert not any(title.startswith("Pin") for title in await offered(editor, file, "as: fetch"))
    await file.run()
    assert not any(title.startswith("Pin") for title in await offered(editor, file, "- {type: exec"))
    assert await editor.command(command_names.PIN, {"uri": file.uri, "name": "nobody"}) is False
    assert "no run has an output of `nobody`" in await editor.shown()
    assert await editor.command(command_names.UNPIN, {"uri": file.uri, "name": "nobody"}) is False

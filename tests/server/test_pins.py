"""The output of a step is pinned: later runs from the editor take it instead of running the step."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from duckflux_ls.session import command_names
from lsprotocol import types

from .conftest import Editor, File, stopped
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


async def pinned(editor: Editor, file: File, name: str = "fetch") -> Any:
    """Pin the output of a step."""
    return await editor.command(command_names.PIN, {"uri": file.uri, "name": name})


async def test_pins_outlive_the_server(start: Any, tmp_path: Path) -> None:
    first = await start()
    file = first.write(tmp_path / "w.duck.yaml", TEXT)
    other = first.write(tmp_path / "other.duck.yaml", TEXT)
    for one in (file, other):
        await one.run()
        assert await pinned(first, one) is True
    ran(tmp_path)
    store = tmp_path / ".duckflux" / "pins.json"
    assert store.stat().st_mode & 0o777 == 0o600
    await stopped(first)
    second = await start()
    file = second.open(file.path, file.text)
    mark = await lens(file)
    assert mark is not None and mark.title.startswith('◆ Pinned, does not run: {"name": "Ada ')
    await file.run()
    assert ran(tmp_path) == ["greet"]
    assert await does(second, mark) is True
    assert set(json.loads(store.read_text())) == {"other.duck.yaml"}
    other.path.unlink()
    assert await pinned(second, file) is True
    assert set(json.loads(store.read_text())) == {"w.duck.yaml"}


@pytest.mark.parametrize(
    ("options", "configuration"),
    [({"trusted": False}, None), (None, {"trace": {"values": False}})],
    ids=["not trusted", "no values are wanted"],
)
async def test_pins_that_have_no_effect(start: Any, tmp_path: Path, options: Any, configuration: Any) -> None:
    folder = tmp_path / ".duckflux"
    folder.mkdir()
    (folder / "pins.json").write_text('{"w.duck.yaml": {"fetch": {"name": "Eve", "count": 1}}}')
    asked = types.WorkspaceClientCapabilities(configuration=configuration is not None)
    editor = await start(options, configuration, workspace=asked)
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    assert await lens(file) is None
    if options is None:
        await file.run()
        assert ran(tmp_path) == ["fetch", "greet"]
        assert await pinned(editor, file) is False


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"w.duck.yaml": 1}', '{"w.duck.yaml": {"fetch": {"$error": 1}}}']
)
async def test_a_damaged_file_pins_nothing(editor: Editor, tmp_path: Path, content: str) -> None:
    (tmp_path / ".duckflux").mkdir()
    (tmp_path / ".duckflux" / "pins.json").write_text(content)
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    assert await lens(file) is None
    await file.run()
    assert ran(tmp_path) == ["fetch", "greet"]
    assert await pinned(editor, file) is True
    assert await lens(file) is not None


async def test_what_is_too_large_is_not_kept(editor: Editor, tmp_path: Path) -> None:
    names = [f"large{number}" for number in range(5)]
    run = "head -c 900000 /dev/zero | tr -c x x"
    file = editor.write(tmp_path / "w.duck.yaml", "")
    file.rewrite("flow:\n" + "".join(f'  - {{as: {name}, type: exec, run: "{run}"}}\n' for name in names))
    await file.run()
    for name in names:
        assert await pinned(editor, file, name) is True
    assert "may have 4 MiB together" in await editor.shown()
    assert len([one for one in await file.lenses() if one.command and "Pinned" in one.command.title]) == 5
    store = tmp_path / ".duckflux" / "pins.json"
    assert set(json.loads(store.read_text())["w.duck.yaml"]) == set(names[:4])


async def test_what_is_masked_is_not_pinned(editor: Editor, tmp_path: Path) -> None:
    text = """
        inputs: {token: {type: string, format: password, required: true}}
        flow:
          - {as: greet, type: exec, input: {T: workflow.inputs.token}, run: 'echo "hello $T"'}
    """
    file = editor.write(tmp_path / "w.duck.yaml", text)
    await file.run(token="s3cret-value")
    assert await pinned(editor, file, "greet") is False
    assert not (tmp_path / ".duckflux" / "pins.json").exists()

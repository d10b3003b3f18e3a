"""Diagnostics in the editor: what is wrong, where, and of which version."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from duckflux.cli.main import main
from duckflux_ls.app.server import create_server
from duckflux_ls.session.client import Client
from duckflux_ls.session.documents import OpenDocument
from lsprotocol import types

from .conftest import DEADLINE, Editor, File

pytestmark = pytest.mark.asyncio(loop_scope="module")

RIGHT = "flow:\n  - {type: exec, run: echo hi}\n"
UNKNOWN = "flow:\n  - nobody\n"
UTF32 = types.GeneralClientCapabilities(position_encodings=["utf-32", "utf-16"])
PULL = types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities())


def place(found: types.Diagnostic) -> tuple[int, int, int, int]:
    start, end = found.range.start, found.range.end
    return start.line, start.character, end.line, end.character


async def codes(file: File) -> list[Any]:
    return [found.code for found in await file.diagnostics()]


async def test_settings_that_can_not_be_used_are_told_once(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / ".duckflux.toml").write_text("[lint]\nignore = ['DF999']\n")
    for name in ("one", "two"):
        file = editor.write(tmp_path / f"{name}.duck.yaml", "flow:\n  - {type: exec, run: echo hi}\n")
        await file.diagnostics()
    assert "unknown rule `DF999`" in await editor.shown()
    assert len(editor.messages) == 1


async def test_on_open_and_on_change_with_the_version(editor: Editor, tmp_path: Path):
    file = editor.open(tmp_path / "w.duck.yaml", UNKNOWN)
    (found,) = await file.diagnostics()
    assert (found.code, found.source, found.severity) == ("DF301", "duckflux", types.DiagnosticSeverity.Error)
    assert place(found) == (1, 4, 1, 10)
    file.replace("- nobody", "- {type: exec, run: ls}")
    assert await file.diagnostics() == []
    file.replace("ls}", "ls")
    assert "DF101" in await codes(file)
    file.rewrite(UNKNOWN)
    assert await codes(file) == ["DF301"]
    assert [params.version for params in file.published()] == [1, 2, 3, 4]


async def test_a_right_file_has_none(editor: Editor, tmp_path: Path):
    assert await editor.open(tmp_path / "w.duck.yaml", RIGHT).diagnostics() == []


async def test_several_changes_in_one_message(editor: Editor, tmp_path: Path):
    file = editor.open(tmp_path / "w.duck.yaml", RIGHT)
    end = types.Position(2, 0)
    version = types.VersionedTextDocumentIdentifier(2, file.uri)
    add = types.TextDocumentContentChangePartial(types.Range(end, end), "  - a\n")
    params = types.DidChangeTextDocumentParams(version, [add, add])
    editor.text_document_did_change(params)
    assert [place(found)[0] for found in await file.diagnostics(2)] == [2, 3]


async def test_a_client_that_pulls_is_never_pushed_to(start: Any, tmp_path: Path):
    editor = await start(text_document=PULL)
    file = editor.open(tmp_path / "w.duck.yaml", UNKNOWN)
    assert [found.code for found in await file.pull()] == ["DF301"]
    file.rewrite(RIGHT)
    assert await file.pull() == []
    file.rewrite(UNKNOWN)
    assert [found.code for found in await file.pull()] == ["DF301"]
    file.close()
    assert await file.pull() == []
    assert not editor.published


async def test_to_pull_is_offered_only_to_those_who_do(start: Any):
    """Neovim pulls wherever it is offered, and shows what is pushed too."""
    for text, offered in ((None, False), (PULL, True)):
        editor = await start(**({"text_document": text} if text else {}))
        assert (editor.offered.diagnostic_provider is not None) is offered


async def test_columns_are_utf_16_units_at_first(editor: Editor, tmp_path: Path):
    file = editor.open(tmp_path / "w.duck.yaml", "id: é\r\nflow: ['💡', 💡é]\r\n")
    assert [place(found) for found in await file.diagnostics()] == [(1, 7, 1, 11), (1, 13, 1, 16)]


async def test_columns_are_those_of_the_negotiated_encoding(start: Any, tmp_path: Path):
    editor = await start(general=UTF32)
    file = editor.open(tmp_path / "w.duck.yaml", "id: é\r\nflow: ['💡', 💡é]\r\n")
    assert [place(found) for found in await file.diagnostics()] == [(1, 7, 1, 10), (1, 12, 1, 14)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
async def test_every_line_end(editor: Editor, tmp_path: Path, end: str):
    file = editor.open(tmp_path / "w.duck.yaml", f"# \u2028{end}flow:{end}  - nobody{end}  - noone")
    assert [place(found) for found in await file.diagnostics()] == [(2, 4, 2, 10), (3, 4, 3, 9)]


async def test_other_yaml_is_left_alone(editor: Editor, tmp_path: Path):
    other = editor.open(tmp_path / "x.yaml", UNKNOWN, "yaml")
    other.replace("nobody", "someone")
    assert await other.pull() == []
    assert await other.lens() is None
    assert await other.hints() == {}
    other.close()
    assert await codes(editor.open(tmp_path / "x.duck.yaml", UNKNOWN, "yaml")) == ["DF301"]
    assert other.published() == []


async def test_a_burst_of_edits_ends_with_the_last_version(editor: Editor, tmp_path: Path):
    file = editor.open(tmp_path / "w.duck.yaml", "flow:\n  - n\n")
    for number in range(20):
        file.replace("n", f"n{number}") if number % 2 else file.replace("flow", "flow ")
    file.rewrite("flow:\n  - the_last\n")
    (found,) = await file.diagnostics(22)
    assert "`the_last`" in found.message
    assert file.published()[-1].version == 22
    versions = [params.version or 0 for params in file.published()]
    assert versions == sorted(set(versions))
    assert await file.pull() == [found]


async def test_closing_clears(editor: Editor, tmp_path: Path):
    file = editor.open(tmp_path / "w.duck.yaml", UNKNOWN)
    assert await codes(file) == ["DF301"]
    file.close()
    await editor.until(lambda: not file.published()[-1].diagnostics)
    again = editor.open(tmp_path / "w.duck.yaml", "flow:\n  - other\n")
    await editor.until(lambda: len(again.published()) == 3)
    assert "`other`" in again.published()[-1].diagnostics[0].message


async def test_closing_while_the_analysis_goes_on_leaves_none(editor: Editor, tmp_path: Path):
    file = editor.open(tmp_path / "w.duck.yaml", "flow:\n" + "  - nobody\n" * 2_000)
    file.close()
    await editor.until(lambda: bool(file.published()))
    assert await file.pull() == []
    assert not file.published()[-1].diagnostics


async def test_closed_and_opened_at_once(editor: Editor, tmp_path: Path):
    file = editor.open(tmp_path / "w.duck.yaml", "flow:\n" + "  - nobody\n" * 2_000)
    file.close()
    again = editor.open(tmp_path / "w.duck.yaml", "flow:\n  - other\n")
    await editor.until(lambda: any(len(params.diagnostics) == 1 for params in again.published()))
    assert len(again.published()[-1].diagnostics) == 1


async def test_a_text_with_too_many_values_has_syntax_errors_only(editor: Editor, tmp_path: Path):
    file = editor.open(tmp_path / "w.duck.yaml", UNKNOWN + "name: [" + "x, " * 100_000 + "]\n")
    assert await codes(file) == ["DF111"]
    file.replace("- nobody", "- {")
    assert await codes(file) == ["DF101"]
    file.rewrite(UNKNOWN)
    assert await codes(file) == ["DF301"]


BROKEN = {
    "right": RIGHT,
    "empty": "",
    "a list": "- a\n- b\n",
    "a bracket": "participants:\n  a: {type: exec, run: ls\nflow:\n  - b\n",
    "a tab": "flow:\n\t- a\n",
    "a quote": "id: 'x\nflow:\n  - a\n",
    "a mistyped word": "participants:\n  build: {type: exec, run: ls}\nflow:\n  - biuld\n",
    "an expression": "flow:\n  - {as: a, type: exec, run: ls, when: 'a.output ==  + 1'}\noutput: a.outptu\n",
    "twice": "id: a\nid: b\nflow:\n  - {type: exec, run: ls, retries: 1}\n",
    "beyond the BMP": "id: 💡\r\nflow: ['💡', 💡]\r\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
async def test_they_equal_those_of_lint(editor: Editor, tmp_path: Path, capfd, text: str):
    path = tmp_path / "w.duck.yaml"
    path.write_bytes(text.encode())
    main(["lint", str(path)])
    linted = re.findall(r":(\d+):\d+: (\w+): (.*) \[(DF\d+)\]$", capfd.readouterr().out, re.MULTILINE)
    assert linted or text == RIGHT
    shown = [
        (str(d.range.start.line + 1), d.severity.name.lower(), d.message, d.code)
        for d in await editor.open(path, text).diagnostics()
        if d.severity is not None
    ]
    assert len(shown) == len(linted)
    for (line, severity, message, code), (line_, severity_, text_, code_) in zip(shown, linted, strict=True):
        assert (line, severity, code) == (line_, severity_, code_)
        assert text_.endswith(message)


async def test_related_places_and_suggestions(editor: Editor, tmp_path: Path):
    file = editor.open(tmp_path / "w.duck.yaml", BROKEN["a mistyped word"])
    (found,) = await file.diagnostics()
    assert found.data["fixes"][0]["title"] == "Change to `build`"
    file.rewrite(BROKEN["twice"])
    twice = next(found for found in await file.diagnostics() if found.code == "DF102")
    assert twice.related_information is not None
    assert [other.location.uri for other in twice.related_information] == [file.uri]


async def test_what_changes_while_they_are_made_is_pushed_after_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = create_server().state
    document = state.documents.open(types.TextDocumentItem("untitled:a", "duckflux", 1, RIGHT))
    assert document is not None
    begun, wanted, pushed = asyncio.Event(), "of before", list[str]()
    last = asyncio.Event()

    async def made(_: OpenDocument) -> list[types.Diagnostic]:
        message = wanted
        begun.set()
        await asyncio.sleep(0)
        return [types.Diagnostic(types.Range(types.Position(0, 0), types.Position(0, 1)), message)]

    def push(uri: str, found: list[types.Diagnostic], version: int | None) -> None:
        pushed.append(found[0].message)
        if pushed[-1] == wanted:
            last.set()

    monkeypatch.setattr(Client, "pulls_diagnostics", False)
    monkeypatch.setattr(state.diagnostics, "diagnostics_of", made)
    monkeypatch.setattr(state.client, "publish_diagnostics", push)
    state.diagnostics.publish_soon(document)
    await begun.wait()
    # Such as other settings, or what shellcheck says: the version of the text stays.
    wanted = "of after"
    state.diagnostics.publish_soon(document)
    await asyncio.wait_for(last.wait(), DEADLINE)
    assert pushed == ["of before", "of after"]

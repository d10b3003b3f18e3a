"""A workspace full of things that have the names of files, in the editor."""

from __future__ import annotations

from pathlib import Path

import pytest
from duckflux_ls.session import command_names

from tests.server.connection import Connection

from .test_files import KINDS

pytestmark = pytest.mark.promise("files are opened by kind and size")

TEXT = """\
flow:
  - as: good
    type: workflow
    path: callee.duck.yaml
  - type: mcp
    server: tools
    tool: one
"""
NAMES = (
    "callee.duck.yaml",
    "other.duck.yaml",
    "other.ducktest.yaml",
    "open.inputs.json",
    ".duckflux.toml",
    "pyproject.toml",
    ".mcp.json",
    ".duckflux/traces/one.json",
    ".duckflux/traces/one.txt",
    ".duckflux/traces/one.sqlite",
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_request_is_answered(kind: str, tmp_path: Path) -> None:
    traces = tmp_path / ".duckflux" / "traces"
    traces.mkdir(parents=True)
    for name in NAMES:
        KINDS[kind](tmp_path / name)
    file = tmp_path / "open.duck.yaml"
    file.write_text(TEXT)
    connection = Connection()
    process = connection.process
    try:
        folder = {"uri": tmp_path.as_uri(), "name": "w"}
        connection.ask("initialize", {"processId": None, "capabilities": {}, "workspaceFolders": [folder]}, 1)
        connection.send({"method": "initialized", "params": {}})
        item = {"uri": file.as_uri(), "languageId": "duckflux", "version": 1, "text": TEXT}
        connection.send({"method": "textDocument/didOpen", "params": {"textDocument": item}})
        document = {"textDocument": {"uri": file.as_uri()}}
        place = {**document, "position": {"line": 1, "character": 10}}
        for id_, (method, params) in enumerate(
            [
                ("textDocument/diagnostic", document),
                ("textDocument/references", {**place, "context": {"includeDeclaration": True}}),
                ("textDocument/definition", {**document, "position": {"line": 3, "character": 14}}),
                ("textDocument/completion", {**document, "position": {"line": 6, "character": 12}}),
                ("textDocument/codeLens", document),
                ("workspace/symbol", {"query": "g"}),
                ("workspace/diagnostic", {"previousResultIds": []}),
                *(
                    ("workspace/executeCommand", {"command": command, "arguments": arguments})
                    for command, arguments in (
                        (command_names.WORKFLOWS, []),
                        (command_names.TEST_FILES, []),
                        (command_names.TRACES, [file.as_uri()]),
                        (command_names.SHOW_TRACE, [str(traces / "one.json")]),
                        (command_names.TRACE_PAGE, [str(traces / "one.txt")]),
                        (command_names.TRACE_ROWS, [str(traces / "one.sqlite")]),
                        (command_names.TESTS, [(tmp_path / "other.ducktest.yaml").as_uri()]),
                        (command_names.RUN, [file.as_uri()]),
                    )
                ),
            ],
            10,
        ):
            answer = connection.ask(method, params, id_)
            assert answer.get("error", {}).get("code") not in (-32601, -32603), answer
        assert connection.ask("shutdown", None, 99)["result"] is None
        connection.send({"method": "exit"})
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.communicate()

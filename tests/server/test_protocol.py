"""Every request has an answer, and every end an exit code: the protocol itself, byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import io
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from duckflux_ls.app.language_server import DuckfluxServer
from duckflux_ls.app.server import create_server

from .connection import Connection

POSITION = {"line": 0, "character": 0}
DOCUMENT = {"textDocument": {"uri": "file:///w.duck.yaml"}}
OPENED = {"uri": "file:///w.duck.yaml", "languageId": "duckflux", "version": 1, "text": "flow: []\n"}


@pytest.fixture
def connection() -> Iterator[Connection]:
    made = Connection()
    made.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, 1)
    made.send({"method": "initialized", "params": {}})
    yield made
    made.process.kill()
    made.process.communicate()


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("textDocument/hover", {**DOCUMENT, "position": {"line": -1, "character": 0}}),
        ("textDocument/hover", {**DOCUMENT, "position": {"line": 2**31, "character": 0}}),
        ("textDocument/hover", DOCUMENT),
        ("textDocument/hover", None),
        ("textDocument/formatting", {**DOCUMENT, "options": {}}),
    ],
)
def test_wrong_parameters_are_refused(connection: Connection, method: str, params: Any) -> None:
    connection.send({"method": "textDocument/didOpen", "params": {"textDocument": OPENED}})
    assert connection.ask(method, params)["error"]["code"] == -32602
    assert "error" not in connection.ask("textDocument/hover", {**DOCUMENT, "position": POSITION}, 8)


def test_requests_after_shutdown_are_refused(connection: Connection) -> None:
    assert connection.ask("shutdown", None)["result"] is None
    asked = connection.ask("textDocument/hover", {**DOCUMENT, "position": POSITION}, 8)
    assert asked["error"]["code"] == -32600
    connection.send({"method": "exit"})
    assert connection.process.wait(10) == 0


def test_exit_without_shutdown(connection: Connection) -> None:
    connection.send({"method": "exit"})
    assert connection.process.wait(10) == 1


@pytest.mark.parametrize("header", ["content-length: {}", "Content-Length:{}", "CONTENT-LENGTH : {} "])
def test_names_of_headers_have_any_case(connection: Connection, header: str) -> None:
    connection.send({"id": 5, "method": "shutdown"}, header)
    assert connection.answer(5)["result"] is None


def test_a_refused_rename_logs_no_traceback() -> None:
    connection = Connection(stderr=subprocess.PIPE)
    connection.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, 1)
    connection.send({"method": "textDocument/didOpen", "params": {"textDocument": OPENED}})
    asked = connection.ask("textDocument/rename", {**DOCUMENT, "position": POSITION, "newName": "x"})
    assert asked["error"]["message"]
    connection.ask("shutdown", None, 8)
    connection.send({"method": "exit"})
    _, log = connection.process.communicate(timeout=10)
    assert b"Traceback" not in log


def test_nothing_is_served_before_initialize() -> None:
    connection = Connection()
    asked = connection.ask("textDocument/hover", {**DOCUMENT, "position": POSITION})
    assert asked["error"]["code"] == -32002
    connection.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, 1)
    again = connection.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, 2)
    assert again["error"]["code"] == -32600
    connection.process.kill()
    connection.process.communicate()


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"Content-Type: x\r\n\r\n{}", b"no usable Content-Length"),
        (b"Content-Length: -1\r\n\r\n{}", b"no usable Content-Length"),
        (b"Content-Length: 0\r\n\r\n{}", b"a message of 0 bytes"),
        (b"Content-Length: 99999999999999999\r\n\r\n{}", b"a message of 99999999999999999 bytes"),
        (b"\r\n\r\n", b"no usable Content-Length"),
        (b"x" * 100_000, b"a line without end"),
    ],
)
def test_a_header_without_a_usable_length_ends_the_connection(sent: bytes, reason: bytes) -> None:
    connection = Connection(stderr=subprocess.PIPE)
    with contextlib.suppress(BrokenPipeError):
        connection.process.stdin.write(sent)
        connection.process.stdin.flush()
    assert connection.process.wait(10) == 1
    log = connection.process.stderr.read()
    assert log.startswith(b"duckflux-ls: ")
    assert reason in log
    assert b"Traceback" not in log
    connection.process.communicate()


def test_finished_notifications_are_forgotten() -> None:
    async def opened_and_closed(server: DuckfluxServer) -> None:
        for _ in range(100):
            for method, params in (
                ("textDocument/didOpen", {"textDocument": OPENED}),
                ("textDocument/didClose", DOCUMENT),
            ):
                data = {"jsonrpc": "2.0", "method": method, "params": params}
                server.protocol.handle_message(server.protocol.structure_message(data))
            await asyncio.sleep(0)

    server = create_server()
    server.protocol._is_initialized = True
    server.protocol.set_writer(io.BytesIO())
    asyncio.run(opened_and_closed(server))
    assert len(server.protocol._request_futures) < 10


def test_texts_of_traces_are_offered() -> None:
    connection = Connection()
    offered = connection.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, 1)
    assert offered["result"]["capabilities"]["workspace"]["textDocumentContent"] == {
        "schemes": ["duckflux-trace"]
    }
    connection.process.kill()
    connection.process.communicate()

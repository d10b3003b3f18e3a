"""The command `duckflux-ls`."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from duckflux.version import __version__
from lsprotocol import types

from .conftest import DEADLINE, Editor, capabilities, eventually, processes

COMMAND = [sys.executable, "-m", "duckflux_ls"]
WRONG = "flow: [nobody]\n"


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE
    )


def test_version():
    ended = call("--version")
    assert (ended.returncode, ended.stdout) == (0, f"duckflux-ls {__version__}\n")


def test_help():
    ended = call("--help")
    assert ended.returncode == 0
    for option in (
        "--stdio",
        "--socket PATH",
        "--tcp HOST:PORT",
        "--token-file FILE",
        "--insecure",
        "--log-file FILE",
        "--log-level",
        "--version",
    ):
        assert option in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "one of the arguments --stdio --socket --tcp is required"),
        (("--tcp", "127.0.0.1:0"), "--tcp: who connects can run programs as you: give --token-file FILE"),
        (("--tcp", "0.0.0.0:0", "--insecure"), "--tcp: who connects can run programs as you"),
        (("--tcp", "[::1:0"), "is not HOST:PORT"),
        (("--tcp", "::1:0"), "is not HOST:PORT"),
        (("--tcp", "[::1]:0", "--token-file", "none"), "--token-file none: No such file or directory"),
        (("--tcp", "[::1]:0", "--token-file", "/dev/null"), "the token needs at least 16 characters"),
        (("--tcp", "7700"), "'7700' is not HOST:PORT such as 127.0.0.1:7700"),
        (("--tcp", "localhost:x"), "'localhost:x' is not HOST:PORT"),
        (("--tcp", "localhost:70000"), "'localhost:70000' is not HOST:PORT"),
        (("--stdio", "--log-level", "loud"), "invalid choice: 'loud'"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(arguments, message):
    ended = call(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_log_file_that_cannot_be_written(tmp_path: Path):
    ended = call("--stdio", "--log-file", str(tmp_path / "none" / "log"))
    assert ended.returncode == 1
    assert re.fullmatch(
        r"duckflux-ls: can't write the log file \S+: No such file or directory\n", ended.stderr
    )


def test_the_log_goes_to_the_file(tmp_path: Path):
    log = tmp_path / "log"
    ended = call("--stdio", "--log-level", "info", "--log-file", str(log))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert "INFO pygls" in log.read_text()


def test_a_tcp_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = call("--tcp", f"127.0.0.1:{taken.getsockname()[1]}", "--insecure")
    assert ended.returncode == 1
    assert "can't listen on 127.0.0.1:" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.asyncio
async def test_the_server_ends_with_its_editor_though_the_pipes_stay_open(tmp_path: Path):
    editor = await asyncio.create_subprocess_exec("sleep", "60")
    pipe = asyncio.subprocess.PIPE
    server = await asyncio.create_subprocess_exec(*COMMAND, "--stdio", stdin=pipe, stdout=pipe)
    assert server.stdin is not None and server.stdout is not None
    params = {"processId": editor.pid, "rootUri": None, "capabilities": {}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).encode()
    server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    async with asyncio.timeout(DEADLINE):
        assert await server.stdout.readline()
    assert server.returncode is None
    editor.kill()
    await editor.wait()
    async with asyncio.timeout(DEADLINE):
        assert await server.wait() == 1


async def _port(process: asyncio.subprocess.Process) -> int:
    """The port that a server says it listens on."""
    assert process.stderr is not None
    async with asyncio.timeout(DEADLINE):
        while line := (await process.stderr.readline()).decode():
            if port := re.search(r"Serving on \('[^']*', (\d+)", line):
                return int(port[1])
    raise AssertionError("the server has ended")


@pytest_asyncio.fixture
async def listening() -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """A server on a TCP port, and the port."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--tcp", "127.0.0.1:0", "--insecure", "--log-level", "info", stderr=asyncio.subprocess.PIPE
    )
    yield process, await _port(process)
    if process.returncode is None:
        process.kill()
        await process.wait()


@pytest.mark.asyncio
async def test_tcp_serves_one_editor_and_ends_with_it(listening, tmp_path: Path):
    process, port = listening
    editor = Editor()
    async with asyncio.timeout(DEADLINE):
        await editor.start_tcp("127.0.0.1", port)
        answer = await editor.initialize_session(types.InitializeParams(capabilities()))
        assert answer.server_info == types.ServerInfo("duckflux-ls", __version__)
        file = editor.open(tmp_path / "w.duck.yaml", WRONG)
        assert [found.code for found in await file.diagnostics()] == ["DF301"]
        await editor.shutdown_session()
        await editor.stop()
        await process.communicate()
    assert process.returncode == 0


@pytest.mark.asyncio
async def test_a_tcp_connection_that_breaks_off_ends_the_server_and_its_runs(listening, tmp_path: Path):
    process, port = listening
    editor = Editor()
    await editor.start_tcp("127.0.0.1", port)
    await editor.initialize_session(types.InitializeParams(capabilities()))
    await editor.write(tmp_path / "w.duck.yaml", "flow: [{type: exec, run: sleep 61 & sleep 62}]").start()
    await eventually(lambda: len(processes(tmp_path)) == 4)
    editor.protocol.writer.close()
    async with asyncio.timeout(DEADLINE):
        await process.communicate()
    assert process.returncode == 0
    await eventually(lambda: processes(tmp_path) == [])
    await editor.stop()


@pytest.mark.asyncio
async def test_a_socket_is_the_users_own(tmp_path: Path):
    path = tmp_path / "socket"
    process = await asyncio.create_subprocess_exec(*COMMAND, "--socket", path, stderr=asyncio.subprocess.PIPE)
    await eventually(path.exists)
    assert path.stat().st_mode & 0o777 == 0o600
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(_message({"id": 1, "method": "initialize", "params": {"capabilities": {}}}))
    async with asyncio.timeout(DEADLINE):
        assert b"Content-Length" in await reader.readline()
        writer.close()
        await process.communicate()
    assert not path.exists()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("token", "is_served"),
    [("0123456789abcdef", True), ("0123456789abcdeF", False), (None, False), (3, False)],
)
async def test_a_token_is_asked_for(token: Any, is_served: bool, tmp_path: Path):
    (tmp_path / "token").write_text("0123456789abcdef\n")
    process = await asyncio.create_subprocess_exec(
        *(*COMMAND, "--tcp", "[::1]:0", "--token-file", tmp_path / "token", "--log-level", "info"),
        stderr=asyncio.subprocess.PIPE,
    )
    port = await _port(process)
    reader, writer = await asyncio.open_connection("::1", port)
    params = {"capabilities": {}, "initializationOptions": {"token": token}}
    writer.write(_message({"id": 1, "method": "initialize", "params": params}))
    answer = await _answer(reader)
    assert ("result" in answer) is is_served
    if not is_served:
        assert answer["error"] == {"code": -32600, "message": "wrong or missing token"}
        writer.write(_message({"id": 2, "method": "duckflux/workflows", "params": {}}))
        assert (await _answer(reader))["error"]["code"] == -32002
    writer.close()
    async with asyncio.timeout(DEADLINE):
        await process.communicate()


def _message(content: dict[str, Any]) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **content}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


async def _answer(reader: asyncio.StreamReader) -> dict[str, Any]:
    async with asyncio.timeout(DEADLINE):
        header = await reader.readuntil(b"\r\n\r\n")
        return json.loads(await reader.readexactly(int(re.search(rb"Content-Length: (\d+)", header)[1])))


def test_ctrl_c_ends_it_quietly() -> None:
    request = b'{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}'
    with subprocess.Popen(
        [*COMMAND, "--stdio"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_default_sigint,
    ) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(request), request))
        process.stdin.flush()
        # It answers, so it runs and reads on.
        assert process.stdout.read(1) == b"C"
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 130
        assert process.stderr.read() == b""


def test_an_interrupt_while_it_starts_ends_it_without_a_traceback() -> None:
    program = (
        "import signal; from duckflux_ls.app import command_line;"
        "command_line._server = lambda: signal.raise_signal(signal.SIGINT);"
        "command_line.main(['--stdio'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        preexec_fn=_default_sigint,
        timeout=DEADLINE,
    )
    assert (done.returncode, done.stderr) == (-signal.SIGINT, b"")


def _default_sigint() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)

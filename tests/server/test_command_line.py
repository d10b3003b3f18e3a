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
    for option in ("--stdio", "--tcp HOST:PORT", "--log-file FILE", "--log-level", "--version"):
        assert option in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "say how to talk to the editor: --stdio or --tcp HOST:PORT"),
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
        ended = call("--tcp", f"127.0.0.1:{taken.getsockname()[1]}")
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


@pytest_asyncio.fixture
async def listening() -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """A server on a TCP port, and the port."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--tcp", "127.0.0.1:0", "--log-level", "info", stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    port = None
    async with asyncio.timeout(DEADLINE):
        while port is None:
            line = (await process.stderr.readline()).decode()
            assert line
            port = re.search(r"Serving on \('127.0.0.1', (\d+)\)", line)
    yield process, int(port[1])
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


def _default_sigint() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)

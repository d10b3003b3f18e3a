"""`duckflux mcp list` and `duckflux mcp serve`, as real processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

pytest.importorskip("mcp")

import msgspec
from mcp import Client, StdioServerParameters, stdio_client

SERVER = Path(__file__).parents[1] / "runtime" / "mcp" / "server.py"
GREET = """
    # Greets somebody.
    # Kindly.
    id: greet
    name: A greeting
    inputs:
      who: {required: true, description: whom to greet}
      times: {type: integer, default: 1}
      key: {format: password}
    flow:
      - {as: hello, type: exec, input: {who: workflow.inputs.who}, run: printf "hello %s" "$who"}
      - {as: again, type: exec, run: 'true', when: workflow.inputs.times > 1}
    output: {text: hello.output, times: workflow.inputs.times}
"""
SLOW = """
    flow: [{type: exec, cwd: ./, run: 'sleep 60 & echo $! > pid; touch ready; wait'}]
"""
FAILING = "flow: [{as: bad, type: exec, run: 'echo $DEPLOY_TOKEN >&2; exit 3'}]"


def list_servers(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "duckflux", "mcp", "list", str(folder), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )


def configure(folder: Path, **servers: object) -> None:
    (folder / ".mcp.json").write_text(json.dumps({"mcpServers": servers}))


def test_list_shows_servers_and_their_tools(tmp_path):
    configure(
        tmp_path,
        ducks={"command": sys.executable, "args": [str(SERVER)], "env": {"FOLDER": str(tmp_path)}},
        ghost={"command": "no-such-command"},
    )
    done = list_servers(tmp_path)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == f"ducks (stdio, {tmp_path}/.mcp.json)"
    assert "  add          Add two numbers." in lines
    assert lines[-2:] == [
        f"ghost (stdio, {tmp_path}/.mcp.json)",
        "  error: it could not be started: No such file or directory: no-such-command",
    ]
    first, _ = json.loads(list_servers(tmp_path, "--json").stdout)
    add = next(tool for tool in first["tools"] if tool["name"] == "add")
    assert add["inputSchema"]["required"] == ["a", "b"]


def test_list_says_that_there_are_none(tmp_path):
    done = list_servers(tmp_path)
    assert (done.returncode, done.stdout) == (0, "no MCP servers are configured for this folder\n")


def test_list_names_what_is_wrong_in_the_file(tmp_path):
    (tmp_path / ".mcp.json").write_text("{")
    done = list_servers(tmp_path)
    assert done.returncode == 1 and f"error: {tmp_path}/.mcp.json:1:2: it is not JSON" in done.stderr


class Serving:
    """`duckflux mcp serve` on a folder of workflows, and the SDK's client."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._errors = folder / "stderr"

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(dedent(text).lstrip())

    def connect(self) -> Client:
        parameters = StdioServerParameters(
            command=sys.executable,
            args=["-m", "duckflux", "mcp", "serve", str(self.folder)],
            env={**os.environ, "DEPLOY_TOKEN": "very-secret-token"},
        )
        return Client(stdio_client(parameters, errlog=self._errors.open("w")))

    @property
    def stderr(self) -> str:
        return self._errors.read_text()

    async def wait_for(self, name: str) -> None:
        deadline = time.monotonic() + 30
        while not (self.folder / name).exists():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)


@pytest.fixture
def serving(tmp_path):
    return Serving(tmp_path)


def test_workflows_are_tools_with_their_inputs_as_schema(serving):
    serving.write("one.duck.yaml", GREET)
    serving.write("two.duck.yaml", "id: greet\nflow: [{type: exec, run: 'true'}]\n")
    serving.write("broken.duck.yaml", "flow: [nobody]\n")
    serving.write("notes.yaml", "no: workflow\n")

    async def main():
        async with serving.connect() as client:
            return (await client.list_tools()).tools

    first, second = asyncio.run(main())
    assert (first.name, first.title, first.description) == (
        "greet",
        "A greeting",
        "Greets somebody.\nKindly.",
    )
    assert first.input_schema == {
        "type": "object",
        "properties": {
            "who": {"type": "string", "description": "whom to greet"},
            "times": {"type": "integer", "default": 1},
            "key": {"type": "string", "format": "password"},
        },
        "required": ["who"],
    }
    assert (second.name, second.description) == ("greet-2", "Run the workflow greet.")
    assert "broken.duck.yaml is skipped because it has errors:" in serving.stderr


def test_a_tool_runs_its_workflow_with_progress_and_a_trace(serving):
    serving.write("greet.duck.yaml", GREET)
    heard: list[tuple[float, str | None]] = []

    async def on_progress(progress, total, message):
        heard.append((progress, message))

    async def main():
        async with serving.connect() as client:
            return await client.call_tool("greet", {"who": "duck"}, progress_callback=on_progress)

    result = asyncio.run(main())
    answer = result.structured_content
    assert answer["output"] == {"text": "hello duck", "times": 1}
    assert json.loads(result.content[0].text) == answer["output"]
    trace = msgspec.json.decode(Path(answer["trace"]).read_bytes())
    assert trace["execution"]["id"] == answer["execution"]
    assert Path(answer["trace"]).parent == serving.folder / ".duckflux" / "traces"
    assert [message for _, message in heard] == [
        "hello started",
        "hello: success",
        "again started",
        "again: skipped",
    ]
    assert [progress for progress, _ in heard] == [1, 2, 3, 4]


def test_a_failed_run_is_a_tools_error_without_secrets(serving):
    serving.write("failing.duck.yaml", FAILING)

    async def main():
        async with serving.connect() as client:
            return await client.call_tool("failing", {})

    result = asyncio.run(main())
    assert result.is_error
    text = result.content[0].text
    assert "step 'bad': exit code 3: ***" in text and "\ntrace: " in text
    assert "very-secret-token" not in str(result)
    assert result.structured_content["status"] == "failure"


def test_wrong_inputs_and_unknown_workflows_are_errors_in_words(serving):
    serving.write("greet.duck.yaml", GREET)

    async def main():
        async with serving.connect() as client:
            wrong = await client.call_tool("greet", {"times": "many"})
            unknown = await client.call_tool("gret", {})
            return wrong, unknown

    wrong, unknown = asyncio.run(main())
    assert wrong.is_error and wrong.content[0].text.splitlines() == [
        "input 'who' is required",
        "input 'times' must be an integer",
    ]
    assert unknown.is_error and "no workflow 'gret' exists" in unknown.content[0].text


def lives(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


def test_cancelling_a_call_ends_what_the_run_started(serving):
    serving.write("slow.duck.yaml", SLOW)
    serving.write("greet.duck.yaml", GREET)

    async def main():
        async with serving.connect() as client:
            call = asyncio.create_task(client.call_tool("slow", {}))
            await serving.wait_for("ready")
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            pid = (serving.folder / "pid").read_text().strip()
            deadline = time.monotonic() + 10
            while lives(pid):
                assert time.monotonic() < deadline
                await asyncio.sleep(0.01)
            # The server goes on.
            return await client.call_tool("greet", {"who": "you"})

    assert asyncio.run(main()).structured_content["status"] == "success"
    traces = [json.loads(file.read_text()) for file in (serving.folder / ".duckflux" / "traces").iterdir()]
    assert sorted(str(trace["execution"].get("error")) for trace in traces) == ["None", "cancelled"]


@pytest.mark.parametrize(("end", "code"), [(signal.SIGTERM, 143), (None, 0)], ids=["SIGTERM", "client gone"])
def test_the_end_of_the_server_ends_its_runs(serving, end, code):
    serving.write("slow.duck.yaml", SLOW)
    process = subprocess.Popen(
        [sys.executable, "-m", "duckflux", "mcp", "serve", str(serving.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    messages = (
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "slow", "arguments": {}}},
    )
    process.stdin.write("".join(json.dumps(message) + "\n" for message in messages))
    process.stdin.flush()
    asyncio.run(serving.wait_for("ready"))
    if end is not None:
        process.send_signal(end)
    else:
        process.stdin.close()
    assert process.wait(timeout=20) == code
    assert not lives((serving.folder / "pid").read_text().strip())
    assert "Traceback" not in process.stderr.read()
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()


def test_a_folder_that_is_not_there(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "duckflux", "mcp", "serve", "nowhere"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (1, "error: nowhere is not a folder\n")

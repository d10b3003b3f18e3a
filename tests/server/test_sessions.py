"""Sessions of real editors, recorded by tests/editors/record_sessions.py, with the server of today.

What the editor said is said again, in the same order; what the server answers must be the same. While a workflow
runs answers depend on the moment, so they are compared again once it has ended.

`DUCKFLUX_UPDATE_GOLDEN=1 pytest tests/server/test_sessions.py` writes the answers anew: read the difference.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from duckflux_ls.session import command_names

from .conftest import SERVER

pytestmark = pytest.mark.asyncio(loop_scope="function")

SESSIONS = Path(__file__).parent / "sessions"
PROJECT = Path(__file__).parents[2]
DEADLINE = 30.0
# What these answer is of the moment: names of runs, numbers of reports, what had been sent before.
APART = {"initialize", "shutdown", "workspace/executeCommand", "workspace/diagnostic"}
OF_THE_MOMENT = {"resultId"}
UPDATE = bool(os.environ.get("DUCKFLUX_UPDATE_GOLDEN"))
TIME = re.compile(r"\d+(\.\d+)?m?s\b")


class Server:
    """The real server, and all that it said."""

    def __init__(self, process: asyncio.subprocess.Process, answers: dict[str, list[Any]]) -> None:
        self._process = process
        self._answers = answers
        self.responses: dict[Any, dict[str, Any]] = {}
        self.notes: list[dict[str, Any]] = []
        self._news = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    def say(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def until(self, condition: Any) -> Any:
        async with asyncio.timeout(DEADLINE), self._news:
            return await self._news.wait_for(condition)

    async def end(self) -> int:
        async with asyncio.timeout(DEADLINE):
            await self._reading
            return await self._process.wait()

    async def _read(self) -> None:
        reading = self._process.stdout
        assert reading is not None
        while head := await reading.readline():
            length = int(head.partition(b":")[2]) if head.lower().startswith(b"content-length") else 0
            while (await reading.readline()).strip():
                pass
            message = json.loads(await reading.readexactly(length))
            if "method" not in message:
                self.responses[message["id"]] = message
            elif "id" in message:
                # As the editor answered the first of its kind, the second, and so on; others it would take, too.
                recorded = self._answers[message["method"]]
                self.say({"id": message["id"], "result": recorded.pop(0) if recorded else None})
            else:
                self.notes.append(message)
            async with self._news:
                self._news.notify_all()


class Session:
    """A recorded session, in a folder of this machine."""

    def __init__(self, name: str, folder: Path) -> None:
        shutil.copytree(SESSIONS / "workspace", folder, dirs_exist_ok=True)
        self._file = SESSIONS / f"{name}.jsonl"
        self._places = {"${workspace}": folder, "${project}": PROJECT, "${temporary}": folder.parent}
        text = self._file.read_text(encoding="utf-8")
        for placeholder, place in self._places.items():
            text = text.replace(placeholder, str(place))
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]

    def save(self) -> None:
        """Write it back, with the answers that it has now."""
        text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in self.lines)
        for placeholder, place in self._places.items():
            text = text.replace(str(place), placeholder)
        self._file.write_text(text, encoding="utf-8", newline="\n")

    def answers(self) -> dict[str, list[Any]]:
        """What the editor answered to the server's requests, by their methods."""
        asked = {
            line["id"]: line["method"] for line in self._of("server") if "method" in line and "id" in line
        }
        found: dict[str, list[Any]] = defaultdict(list)
        for line in self._of("client"):
            if "method" not in line and line["id"] in asked:
                found[asked[line["id"]]].append(line.get("result"))
        return found

    def _of(self, side: str) -> Iterator[dict[str, Any]]:
        return (line for line in self.lines if line["from"] == side)


class Replay:
    """Says what the editor said, and compares what comes back with what came then."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._asked: dict[Any, str] = {}
        self._cancelled: set[Any] = set()
        self._versions: dict[str, int] = {}
        self._running = False
        self._at_moment: set[Any] = set()
        self.compared: defaultdict[str, int] = defaultdict(int)

    async def line(self, line: dict[str, Any]) -> None:
        message = {key: value for key, value in line.items() if key != "from"}
        if line["from"] == "client":
            self._say(message)
        elif "method" not in message:
            await self._compare_response(line)
        elif message["method"] == "textDocument/publishDiagnostics":
            await self._compare_diagnostics(line["params"])
        elif _is_end_of_run(message) and self._running:
            await self._server.until(lambda: any(map(_is_end_of_run, self._server.notes)))
            self._running = False

    def _say(self, message: dict[str, Any]) -> None:
        method, params = message.get("method"), message.get("params")
        if method is None:
            return
        if "id" in message:
            self._asked[message["id"]] = method
            self._running |= method == "workspace/executeCommand" and params["command"] == command_names.RUN
            if self._running:
                self._at_moment.add(message["id"])
        elif method == "$/cancelRequest":
            self._cancelled.add(params["id"])
        elif method in ("textDocument/didOpen", "textDocument/didChange"):
            self._versions[params["textDocument"]["uri"]] = params["textDocument"]["version"]
        self._server.say(message)

    async def _compare_response(self, recorded: dict[str, Any]) -> None:
        number = recorded["id"]
        await self._server.until(lambda: number in self._server.responses)
        response, method = self._server.responses[number], self._asked[number]
        if number in self._cancelled:
            return
        assert ("error" in response) == ("error" in recorded), (method, response)
        if method in APART or number in self._at_moment:
            return
        result, before = response.get("result"), recorded.get("result")
        if method == "textDocument/diagnostic" and "unchanged" in (result["kind"], before["kind"]):
            # By numbers of reports, which other requests get too.
            return
        self._same(method, recorded, "result", result)

    async def _compare_diagnostics(self, recorded: dict[str, Any]) -> None:
        uri, version = recorded["uri"], recorded.get("version")
        # One of a version that was typed over may have come a moment later, or not at all.
        if self._running or version != self._versions.get(uri):
            return
        of_version = await self._published(uri, version)
        self._same("textDocument/publishDiagnostics", recorded, "diagnostics", of_version[-1]["diagnostics"])

    def _same(self, method: str, recorded: dict[str, Any], key: str, now: Any) -> None:
        self.compared[method] += 1
        if UPDATE and plain(now) != plain(recorded[key]):
            recorded[key] = now
        assert plain(now) == plain(recorded[key]), method

    async def _published(self, uri: str, version: int | None) -> list[dict[str, Any]]:
        def there() -> list[dict[str, Any]]:
            notes = (
                note["params"]
                for note in self._server.notes
                if note["method"].endswith("/publishDiagnostics")
            )
            return [params for params in notes if (params["uri"], params.get("version")) == (uri, version)]

        found: list[dict[str, Any]] = await self._server.until(there)
        return found


def plain(value: Any) -> Any:
    """An answer without times and numbers of the moment."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items() if key not in OF_THE_MOMENT}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return TIME.sub("…s", value) if isinstance(value, str) else value


def _is_end_of_run(message: dict[str, Any]) -> bool:
    value = message["params"].get("value") if message["method"] == "$/progress" else None
    return isinstance(value, dict) and value.get("kind") == "end" and " in " in value.get("message", "")


@pytest_asyncio.fixture(params=["neovim", "vscode"])
async def replayed(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Replay]:
    session = Session(request.param, tmp_path / "workspace")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*SERVER, stdin=pipe, stdout=pipe, limit=1 << 24)
    replay = Replay(server := Server(process, session.answers()))
    try:
        for line in session.lines:
            await replay.line(line)
        assert process.stdin is not None
        process.stdin.close()
        assert await server.end() == 0
        if UPDATE:
            session.save()
        yield replay
    finally:
        if process.returncode is None:
            process.kill()


async def test_the_server_answers_as_it_did(replayed: Replay) -> None:
    """The comparing is done on the way; here is what a session must have had in it."""
    wanted = {"completion", "hover", "rename", "codeAction", "inlayHint", "codeLens", "semanticTokens/full"}
    assert {f"textDocument/{method}" for method in wanted} <= replayed.compared.keys()
    assert not replayed._running

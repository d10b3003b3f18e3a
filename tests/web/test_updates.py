"""Server-sent events: what becomes of runs, to many readers, whatever the pace of one of them."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from duckflux.trace.folder import TraceFile
from duckflux.trace.index import Change, TraceIndex
from duckflux.trace.model import Execution
from duckflux.web import updates
from duckflux.web.updates import TooManyReadersError, Updates

from .conftest import Server


def events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """The (name, data) of events."""
    name = ""
    for line in lines:
        key, _, value = line.partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            yield name, json.loads(value)


def read_until_end(server: Server, first: threading.Barrier, told: list[tuple[str, str]]) -> None:
    with httpx2.stream("GET", f"{server.url}/api/events?token={server.token}", timeout=30) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for name, data in events(answer.iter_lines()):
            if name == "ping" and not told:
                first.wait(30)
            told.append((name, data.get("executionId", "")))
            if name == "execution:finished":
                return


def test_fifty_clients_are_told_of_a_run(server: Server) -> None:
    first = threading.Barrier(51)
    told: list[list[tuple[str, str]]] = [[] for _ in range(50)]
    readers = [threading.Thread(target=read_until_end, args=(server, first, one)) for one in told]
    for reader in readers:
        reader.start()
    first.wait(30)
    id_ = server.run("sub/approve.duck.yaml")
    server.wait_until(id_, lambda found: len(found["steps"]) == 2)
    server.post(f"/api/executions/{id_}/answer", {"payload": {"by": "eve"}})
    for reader in readers:
        reader.join(30)
    for one in told:
        runs = [name for name, run in one if run == id_]
        assert runs[0] == "trace:new" and runs[-1] == "execution:finished"
        assert set(runs[1:-1]) <= {"trace:updated"}


def test_a_run_started_elsewhere_and_killed_is_told(server: Server, folder: Path) -> None:
    import subprocess
    import sys

    run = [
        sys.executable,
        "-m",
        "duckflux",
        "run",
        "--quiet",
        "--trace-dir",
        ".duckflux/traces",
        "slow.duck.yaml",
    ]
    with httpx2.stream("GET", f"{server.url}/api/events?token={server.token}", timeout=30) as answer:
        told = events(answer.iter_lines())
        assert next(told) == ("ping", {})
        with subprocess.Popen(run, cwd=folder) as process:
            name, data = next(told)
            assert (name, data["state"], data["filePath"]) == ("trace:new", "running", "slow.duck.yaml")
            process.kill()
        name, data = next((name, data) for name, data in told if name == "execution:finished")
        assert data["state"] == "interrupted"


def test_a_reader_that_never_reads_holds_nobody_up(server: Server) -> None:
    address = urlsplit(server.url)
    with socket.create_connection((str(address.hostname), address.port or 0)) as lazy:
        request = f"GET /api/events?token={server.token} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n"
        lazy.sendall(request.encode())
        id_ = server.run("greet.duck.yaml", who="Eve")
        server.wait_for_state(id_, "success")
        assert server.end()[0] == 143


def change(number: int, kind: Any = "updated") -> Change:
    execution = Execution(f"id-{number}", "2026-01-01T00:00:00.000Z", "", 0, "running", None, None)
    return Change(kind, TraceFile(Path(f"{number}.json"), execution, "running"))


def streaming(tmp_path: Path, max_readers: int = 500) -> Updates:
    return Updates(TraceIndex(tmp_path), lambda change: {"id": change.trace.execution.id}, max_readers)


async def names(stream: Any) -> list[str]:
    """The names of the events in the next piece."""
    text = (await anext(stream)).decode()
    return [line.removeprefix("event: ") for line in text.splitlines() if line.startswith("event: ")]


@pytest.mark.asyncio
async def test_what_a_slow_reader_has_not_taken_is_kept_once_for_each_run(tmp_path: Path) -> None:
    told = streaming(tmp_path)
    stream = told.stream()
    assert await names(stream) == ["ping"]
    told.publish([change(1, "new")])
    for _ in range(10_000):
        told.publish([change(1), change(2)])
    assert await names(stream) == ["trace:new", "trace:updated"]
    told.publish([change(1), change(1, "finished")])
    assert await names(stream) == ["execution:finished"]
    told.close()


@pytest.mark.asyncio
async def test_a_reader_that_is_far_behind_is_told_to_ask_for_everything(tmp_path: Path) -> None:
    told = streaming(tmp_path)
    stream = told.stream()
    await anext(stream)
    told.publish([change(number) for number in range(updates._MAX_PENDING + 1)])
    assert await names(stream) == ["resync"]
    told.close()


@pytest.mark.asyncio
async def test_readers_end_with_the_server_and_there_are_not_too_many(tmp_path: Path) -> None:
    told = streaming(tmp_path, max_readers=1)
    stream = told.stream()
    await anext(stream)
    with pytest.raises(TooManyReadersError):
        told.stream()
    waiting = asyncio.ensure_future(names(stream))
    await asyncio.sleep(0)
    told.close()
    await waiting
    with pytest.raises(StopAsyncIteration):
        await anext(stream)

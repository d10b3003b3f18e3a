"""The socket of a live run, in the process of the run."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from duckflux.language.analysis import load
from duckflux.live.folder import live_sockets
from duckflux.live.host import LiveRunHost
from duckflux.runtime.engine.loading import WorkflowLoader
from duckflux.runtime.engine.run_workflow import run
from duckflux.runtime.secrets import Secrets


@pytest.fixture
def short_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="df") as folder:
        yield Path(folder) / "run"


def test_a_socket_is_listed_once_somebody_listens(
    tmp_path: Path, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[int] = []

    class Socket(socket.socket):
        def listen(self, *backlog: int) -> None:
            listed.append(len(live_sockets()))
            super().listen(*backlog)

    # Paths of sockets are short.
    monkeypatch.setenv("DUCKFLUX_RUNTIME_DIR", str(short_folder))
    monkeypatch.setattr("duckflux.live.host.socket.socket", Socket)
    file = tmp_path / "w.duck.yaml"
    file.write_text("flow: [{set: {a: 1}}]\n")
    workflow = load(file).workflow
    assert workflow is not None

    async def main() -> None:
        host = LiveRunHost(Secrets({}))
        await run(workflow, str(file), {}, load=WorkflowLoader(), listeners=[host])
        listed.append(len(live_sockets()))
        await host.close()

    asyncio.run(main())
    assert listed == [0, 1]
    assert live_sockets() == []

"""Real servers of this machine, each on a free port and in a folder of its own; without them the tests skip."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from duckflux.runtime.hubs import Connect
from duckflux.runtime.hubs.backends import backend

BACKENDS = ("nats", "redis")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    """nats-server with JetStream, or redis-server with its append-only file: what it confirmed, it keeps."""

    def __init__(self, kind: str, folder: Path, *, jetstream: bool = True) -> None:
        self.kind = kind
        self._jetstream = ["-js"] if jetstream else []
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def options(self) -> dict[str, str]:
        return {"url": f"nats://{self.address}"} if self.kind == "nats" else {"addr": self.address}

    @property
    def flags(self) -> list[str]:
        chosen = ["--event-backend", self.kind]
        return chosen + (
            ["--nats-url", self.options["url"]] if self.kind == "nats" else ["--redis-addr", self.address]
        )

    @property
    def hub(self) -> Connect:
        return backend(self.kind, self.options)

    def start(self) -> None:
        store = str(self._folder)
        nats = ["nats-server", *self._jetstream, "-a", "127.0.0.1", "-p", str(self.port), "-sd", store]
        redis = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", store]
        redis += ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        with (self._folder / "log").open("ab") as log:
            command = nats if self.kind == "nats" else redis
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            assert self._process is not None and self._process.poll() is None, (
                self._folder / "log"
            ).read_text()
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                    if self.kind == "nats":
                        if connection.recv(4) == b"INFO":
                            return
                    else:
                        connection.sendall(b"PING\r\n")
                        # While it reads its file it answers -LOADING.
                        if connection.recv(5) == b"+PONG":
                            return
            except OSError:
                pass
            time.sleep(0.01)
        raise TimeoutError((self._folder / "log").read_text())

    async def take_the_stream(self) -> None:
        """Put something else where duckflux has its stream."""
        if self.kind == "nats":
            import nats

            client = await nats.connect(self.options["url"])
            await client.jetstream().add_stream(name="duckflux-events", subjects=["orders.*"])
            await client.close()
        else:
            from redis.asyncio import Redis

            client = Redis(port=self.port)
            await client.set("duckflux-events", "not a stream")
            await client.aclose()

    def kill(self) -> None:
        """As a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def needs(kind: str) -> None:
    """Skip the test, saying why, where the server or its client library is missing."""
    program = f"{kind}-server"
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed: apt-get install {program}")
    pytest.importorskip(kind)


def _server(kind: str, folder: Path) -> Iterator[Server]:
    needs(kind)
    server = Server(kind, folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session", params=BACKENDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests that leave it as it is."""
    yield from _server(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(params=BACKENDS)
def own_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """One to kill."""
    folder = tmp_path / "server"
    folder.mkdir()
    yield from _server(request.param, folder)

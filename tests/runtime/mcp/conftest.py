"""Workflows that use the MCP server of this folder, a real process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp")

from ..conftest import Flows

SERVER = Path(__file__).with_name("server.py")


class Mcp(Flows):
    """Runs workflow texts beside a `.mcp.json`."""

    def configure(self, file: str = ".mcp.json", key: str = "mcpServers", **servers: Any) -> Path:
        return self.write(file, json.dumps({key: servers}))

    @property
    def stdio(self) -> dict[str, Any]:
        return {"command": sys.executable, "args": [str(SERVER)], "env": {"FOLDER": str(self.folder)}}

    def log(self) -> list[str]:
        return (self.folder / "log").read_text().split()


@pytest.fixture
def mcp(tmp_path):
    flows = Mcp(tmp_path)
    flows.configure(ducks=flows.stdio)
    return flows


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


class HttpServer:
    """The same server over streamable HTTP."""

    def __init__(self, port: int, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{port}/mcp"
        self._port = port
        self._folder = folder
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(SERVER), str(self._port)],
            env={**os.environ, "FOLDER": str(self._folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert self._process.stderr is not None
        deadline = time.monotonic() + 30
        for line in self._process.stderr:
            assert time.monotonic() < deadline
            if b"running on" in line:
                return
        raise OSError("the server did not start")

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()

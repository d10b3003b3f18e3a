"""VS Code as code-server: its folders, its process with all that it starts, and a browser that drives it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DRIVER = HERE / "vscode"
CODE_SERVER = DRIVER / "node_modules" / ".bin" / "code-server"
PICTURES = Path(os.environ.get("DUCKFLUX_PICTURES", HERE / "build" / "pictures")).absolute()
_AWAY = ("telemetry", "update-check", "getting-started-override")


class Home:
    """VS Code's folders, with the extension and settings."""

    def __init__(self, folder: Path, extension: Path, settings: Mapping[str, Any]) -> None:
        self.folder = folder
        # Settings of the machine, as paths of programs, are read from a file of its own later.
        for owner in ("User", "Machine"):
            (folder / "data" / owner).mkdir(parents=True)
            (folder / "data" / owner / "settings.json").write_text(json.dumps(settings))
        subprocess.run([*self._command(), "--install-extension", extension], check=True)

    @classmethod
    def for_tests(cls, folder: Path, extension: Path, settings: Mapping[str, Any]) -> Home:
        """VS Code's folders with settings for quiet pictures, and these."""
        quiet = json.loads((DRIVER / "settings.json").read_text())
        return cls(folder, extension, {**quiet, **settings})

    @contextlib.contextmanager
    def running(self, *, trusted: bool = True, **environment: str) -> Iterator[str]:
        """The address of a running VS Code. Its extension host and the language server end with it."""
        port = _free_port()
        self._process = process = subprocess.Popen(
            [
                *self._command(),
                *("--bind-addr", f"127.0.0.1:{port}", "--auth", "none"),
                *(("--disable-workspace-trust",) if trusted else ()),
            ],
            env={**os.environ, **environment},
            start_new_session=True,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until(lambda: _answers(f"{address}/healthz"), "code-server to answer")
            yield address
        finally:
            _end_group(process)

    def wait(self) -> None:
        """Wait until the running VS Code ends by itself."""
        self._process.wait()

    def _command(self) -> list[str]:
        folders = {"config": "config.yaml", "user-data-dir": "data", "extensions-dir": "extensions"}
        options = [f"--{name}={self.folder / place}" for name, place in folders.items()]
        return [str(CODE_SERVER), *options, *(f"--disable-{feature}" for feature in _AWAY)]


def drive(scenario: str, address: str, browser: str, workspace: Path, **environment: str) -> Any:
    """What a scenario saw: `vscode/scenarios/SCENARIO.mjs`, done in a browser."""
    for folder in (PICTURES, HERE / "build" / "pictures"):
        folder.mkdir(parents=True, exist_ok=True)
    driven = subprocess.run(
        ["node", str(DRIVER / "drive.mjs"), scenario, address, browser, str(workspace), str(PICTURES)],
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
        check=True,
        env={**os.environ, **environment},
    )
    return json.loads(driven.stdout)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1):
            return True
    except OSError:
        return False


def _end_group(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(10)
    try:
        _wait_until(lambda: not _group_lives(process.pid), "the editor's processes to end")
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _wait_until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.05)

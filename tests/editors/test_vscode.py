"""VS Code in a browser: a mistake is marked, a run started by its lens shows results in the text."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DRIVER = HERE / "vscode"
CODE_SERVER = DRIVER / "node_modules" / ".bin" / "code-server"
CLIENT = ROOT / "vscode-client"
PICTURES = Path(os.environ.get("DUCKFLUX_PICTURES", HERE / "build" / "pictures")).absolute()

pytestmark = pytest.mark.editor


@pytest.fixture(scope="module")
def chromium() -> str:
    for piece, found in {
        "code-server": CODE_SERVER.exists(),
        "chromium": shutil.which("chromium"),
        "the extension's packages": (CLIENT / "node_modules").exists(),
    }.items():
        if not found:
            pytest.skip(f"VS CODE TESTS NOT RUN: no {piece}; run tests/editors/install.sh")
    return str(shutil.which("chromium"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, server: str) -> Path:
    """VS Code's folders, with the extension as it is packaged now."""
    home = tmp_path_factory.mktemp("vscode")
    user = home / "data" / "User"
    user.mkdir(parents=True)
    settings = json.loads((DRIVER / "settings.json").read_text())
    (user / "settings.json").write_text(json.dumps({**settings, "duckflux.server.path": server}))
    subprocess.run(["npm", "run", "--silent", "package"], cwd=CLIENT, check=True)
    subprocess.run([*code_server(home), "--install-extension", CLIENT / "duckflux.vsix"], check=True)
    return home


@pytest.fixture
def editor(chromium: str, home: Path) -> Iterator[str]:
    """The address of a running VS Code. Its extension host and the language server end with it."""
    port = free_port()
    process = subprocess.Popen(
        [*code_server(home), "--bind-addr", f"127.0.0.1:{port}", "--auth", "none"],
        start_new_session=True,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{address}/healthz"), "code-server to answer")
        yield address
    finally:
        end_group(process)


def test_diagnostics_and_run(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive(editor, chromium, workflows)
    mistake = (workflows / "mistake.duck.yaml").read_text().splitlines()
    line = mistake.index("  - publsh:")
    assert seen["position"] == f"Ln {line + 1}, Col 5"
    assert "publsh" in seen["message"]
    assert "publish" in seen["message"]

    results = seen["results"]
    assert results["- version"].startswith("✓ ")
    assert results["- tests"].startswith("✓ ")
    assert results["- audit"].startswith("✗ exit 1")
    assert results["- loop:"].startswith("✓ ×3")
    assert results["- publish:"].startswith("⊘ skipped")
    assert seen["trace"].endswith(".json")


def drive(editor: str, chromium: str, workflows: Path) -> dict[str, Any]:
    PICTURES.mkdir(parents=True, exist_ok=True)
    arguments = [editor, chromium, str(workflows), str(PICTURES)]
    driver = ["node", str(DRIVER / "drive.mjs"), *arguments]
    driven = subprocess.run(driver, stdout=subprocess.PIPE, text=True, timeout=240, check=True)
    seen: dict[str, Any] = json.loads(driven.stdout)
    return seen


def code_server(home: Path) -> list[str]:
    folders = {"config": "config.yaml", "user-data-dir": "data", "extensions-dir": "extensions"}
    away = ["telemetry", "update-check", "workspace-trust", "getting-started-override"]
    options = [f"--{name}={home / place}" for name, place in folders.items()]
    return [str(CODE_SERVER), *options, *(f"--disable-{feature}" for feature in away)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1):
            return True
    except OSError:
        return False


def end_group(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(10)
    try:
        wait_until(lambda: not group_lives(process.pid), "the editor's processes to end")
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.05)

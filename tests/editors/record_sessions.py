"""Records what real editors and the server say to each other, for tests/server/test_sessions.py to replay.

    python tests/editors/record_sessions.py [neovim] [vscode]

Needs what `tests/editors/install.sh` installs. Read the difference before you commit a new recording.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SESSIONS = ROOT / "tests" / "server" / "sessions"
SERVER = Path(sys.executable).with_name("duckflux-ls")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def main() -> None:
    for name in sys.argv[1:] or ("neovim", "vscode"):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder).resolve()
            workspace = Path(shutil.copytree(SESSIONS / "workspace", place / "workspace"))
            # By which Neovim knows the root.
            (workspace / ".git").mkdir()
            {"neovim": neovim, "vscode": vscode}[name](place, workspace)
            text = (place / "log").read_text(encoding="utf-8")
            places = {
                workspace: "${workspace}",
                ROOT: "${project}",
                place: "${temporary}",
            }
            (SESSIONS / f"{name}.jsonl").write_text(readable(text, places), encoding="utf-8", newline="\n")


def neovim(place: Path, workspace: Path) -> None:
    unpacked = HERE / "build" / "neovim" / "bin" / "neovim"
    nvim = unpacked if unpacked.exists() else "nvim"
    failed = place / "failed"
    environment = {
        "WORKFLOW": workspace / "release.duck.yaml",
        "SERVER": f"{sys.executable} {HERE / 'tap.py'} {place / 'log'} {SERVER} --stdio",
        "FAILED": failed,
        "XDG_STATE_HOME": place,
    }
    subprocess.run(
        [
            *(nvim, "--headless", "--clean", "--cmd", f"set runtimepath^={ROOT / 'nvim-client'}"),
            *("-S", HERE / "neovim" / "session.lua"),
        ],
        env={**os.environ, **{name: str(value) for name, value in environment.items()}},
        check=True,
        timeout=240,
    )
    if failed.exists():
        sys.exit(failed.read_text())


def vscode(place: Path, workspace: Path) -> None:
    sys.path.insert(0, str(ROOT))
    from tests.editors.test_vscode import packaged
    from tests.editors.vscode_process import Home, drive

    tapped = place / "duckflux-ls"
    tapped.write_text(f'#!/bin/sh\nexec {sys.executable} {HERE / "tap.py"} {place / "log"} {SERVER} "$@"\n')
    tapped.chmod(0o700)
    settings = {"duckflux.server.path": str(tapped), "duckflux.lenses.references": True}
    home = Home.for_tests(place / "home", packaged(), settings)
    with home.running() as address:
        drive("session", address, str(shutil.which("chromium")), workspace)


def readable(text: str, places: dict[Path, str]) -> str:
    """The messages without what belongs to one machine and one day."""
    for path, name in places.items():
        text = text.replace(str(path), name)
    ids: dict[str, str] = {}
    text = _ID.sub(lambda match: ids.setdefault(match[0], f"id-{len(ids) + 1}"), text)
    return "".join(
        f"{json.dumps(line(json.loads(each)), ensure_ascii=False)}\n" for each in text.splitlines()
    )


def line(said: dict[str, Any]) -> dict[str, Any]:
    """A message with what it is about first."""
    message = said["message"]
    message.pop("jsonrpc")
    first = {key: message.pop(key) for key in ("id", "method") if key in message}
    if first.get("method") == "initialize":
        message["params"]["processId"] = None
    return {"from": said["from"], **first, **message}


if __name__ == "__main__":
    main()

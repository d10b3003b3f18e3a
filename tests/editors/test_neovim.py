"""Neovim without any settings but the plugin: diagnostics, a run by command, results as inlay hints."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CLIENT = HERE.parent.parent / "nvim-client"
UNPACKED = HERE / "build" / "neovim" / "bin" / "nvim"

pytestmark = pytest.mark.editor


@pytest.fixture(scope="module")
def nvim() -> str:
    for command in (shutil.which(UNPACKED), shutil.which("nvim")):
        if command and is_recent(command):
            return command
    pytest.skip("NEOVIM TESTS NOT RUN: no Neovim 0.10; run tests/editors/install.sh")


def is_recent(nvim: str) -> bool:
    check = "lua os.exit(vim.fn.has('nvim-0.10') == 1 and 0 or 1)"
    return subprocess.run([nvim, "--headless", "--clean", f"+{check}"], check=False).returncode == 0


def test_diagnostics_and_run(nvim: str, server: str, workflows: Path, tmp_path: Path) -> None:
    seen_file = tmp_path / "seen.json"
    places = {"WORKFLOWS": workflows, "SEEN": seen_file, "XDG_STATE_HOME": tmp_path}
    plugin = ["--cmd", f"set runtimepath^={CLIENT}"]
    subprocess.run(
        [nvim, "--headless", "--clean", *plugin, "-S", HERE / "neovim" / "smoke.lua"],
        env={**os.environ, "SERVER": server, **{name: str(place) for name, place in places.items()}},
        timeout=240,
        check=True,
    )
    seen = json.loads(seen_file.read_text())
    assert "error" not in seen, seen["error"]
    assert (seen["filetype"], seen["syntax"]) == ("duckflux", "yaml")

    mistake = (workflows / "mistake.duck.yaml").read_text().splitlines()
    assert seen["diagnostic"]["line"] == mistake.index("  - publsh:")
    assert seen["diagnostic"]["column"] == 4
    assert "publish" in seen["diagnostic"]["message"]

    hints = seen["hints"]
    assert hints["- version"].startswith("✓ ")
    assert hints["- tests"].startswith("✓ ")
    assert hints["- audit"].startswith("✗ exit 1")
    assert hints["- loop:"].startswith("✓ ×3")
    assert hints["- publish:"].startswith("⊘ skipped")
    assert seen["references"] == ["- audit"]
    assert seen["prompt"] == "who (Who to greet): "
    trace = json.loads(Path(seen["trace"]).read_text())
    assert trace["execution"]["status"] == "success"
    assert trace["steps"][0]["output"] == "hello Ada\n"
    assert seen["shown"]["- greet"].startswith("✓ ")

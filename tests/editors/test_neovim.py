"""Neovim without any settings but the plugin, in the oldest release that it is for and in the newest there is."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
CLIENT = HERE.parent.parent / "nvim-client"
BUILD = HERE / "build"

pytestmark = pytest.mark.editor


@pytest.fixture(scope="module", params=["neovim", "neovim-new"])
def nvim(request: pytest.FixtureRequest) -> str:
    found = [BUILD / request.param / "bin" / request.param, *(["nvim"] if request.param == "neovim" else [])]
    for command in filter(None, map(shutil.which, found)):
        if is_recent(command):
            return command
    pytest.skip(f"NEOVIM TESTS NOT RUN: no {request.param}; run tests/editors/install.sh")


def is_recent(nvim: str) -> bool:
    check = "lua os.exit(vim.fn.has('nvim-0.10') == 1 and 0 or 1)"
    return subprocess.run([nvim, "--headless", "--clean", f"+{check}"], check=False).returncode == 0


def use(nvim: str, server: str, path: str, arguments: list[Path | str], **environment: Path) -> None:
    """Neovim with nothing but the plugin, and `duckflux-ls` on its PATH."""
    own = {"PATH": path, "SERVER": server, **{name: str(place) for name, place in environment.items()}}
    plugin = ["--cmd", f"set runtimepath^={CLIENT}"]
    command = [nvim, "--headless", "--clean", *plugin, *arguments]
    subprocess.run(command, env={**os.environ, **own}, timeout=240, check=True)


@pytest.fixture(scope="module")
def seen(nvim: str, server: str, path: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Neovim saw while it was used."""
    folder = tmp_path_factory.mktemp("neovim")
    places = {
        "WORKFLOWS": shutil.copytree(HERE / "workflows", folder / "workflows"),
        "SEEN": folder / "seen.json",
        "CLIENT": CLIENT,
        **{f"XDG_{name}_HOME": folder / name.lower() for name in ("STATE", "DATA", "CONFIG", "CACHE")},
    }
    use(nvim, server, path, ["-S", HERE / "neovim" / "smoke.lua"], **places)
    found: dict[str, Any] = json.loads(places["SEEN"].read_text())
    assert "error" not in found, f"{found['error']}\n{found['notes']}\n{found['states']}"
    return found


def test_a_mistake_is_shown_and_fixed(seen: dict[str, Any]) -> None:
    assert (seen["filetype"], seen["syntax"]) == ("duckflux", "yaml")
    mistake = (HERE / "workflows" / "mistake.duck.yaml").read_text().splitlines()
    assert seen["diagnostic"]["line"] == mistake.index("  - publsh:")
    assert seen["diagnostic"]["column"] == 4
    assert "publish" in seen["diagnostic"]["message"]
    assert seen["fixed"] == "  - publish:"


def test_a_run_puts_its_results_on_the_lines(seen: dict[str, Any]) -> None:
    hints = seen["hints"]
    assert hints["- version"].startswith("✓ ")
    assert hints["- tests"].startswith("✓ ")
    assert hints["- audit"].startswith("✗ exit 1")
    assert hints["- loop:"].startswith("✓ ×3")
    assert hints["- publish:"].startswith("⊘ skipped")


def test_the_trace_floats_above(seen: dict[str, Any]) -> None:
    trace = seen["trace"]
    assert trace["border"] == "editor"
    assert trace["title"].startswith(" release: success in ")
    lines = trace["lines"]
    assert [line.split("  ")[0] for line in lines[:2]] == ["version (exec)", "parallel (parallel)"]
    audit = next(line for line in lines if line.startswith("  audit"))
    assert "✗ exit 1" in audit
    starts = {line.index(symbol) for line in lines for symbol in "✓✗⊘" if symbol in line}
    assert len(starts) == 1, "the labels stand below each other"
    assert seen["step"][:3] == ["name: publish", "type: exec", "status: skipped"]
    assert seen["jumped"] == "- publish:"


def test_inputs_are_asked_for_or_given(seen: dict[str, Any]) -> None:
    assert seen["prompt"] == "who (Who to greet): "
    for name, trace in (("Ada", seen["asked"]), ("Grace", seen["given"])):
        said = json.loads(Path(trace).read_text())
        assert said["execution"]["status"] == "success"
        assert said["steps"][0]["output"] == f"hello {name}\n"
    assert seen["shown"]["- greet"].startswith("✓ ")


def test_lenses_count_and_list_references(seen: dict[str, Any]) -> None:
    assert "▶ Run with trace" in seen["lenses"]
    assert seen["places"][0] == "- version"


def test_a_run_is_followed_and_stopped(seen: dict[str, Any]) -> None:
    assert seen["status"].startswith("✓ success in ")
    assert seen["statusline"] in ("⟳ nap", "⟳ running")
    assert seen["states"] == ["running", "success"] * 3 + ["running", "cancelled"]
    assert "version | 1.4.0" in seen["output"]
    assert "greet | hello Grace" in seen["output"]


def test_one_server_serves_all_files(seen: dict[str, Any]) -> None:
    assert seen["servers"] == 1


def test_health_and_help(seen: dict[str, Any]) -> None:
    health = "\n".join(seen["health"])
    assert "ERROR" not in health, health
    assert "duckflux-ls " in health
    assert "the server runs for" in health
    assert {":DuckfluxRun", ":DuckfluxCancel", ":DuckfluxTrace"} <= set(seen["help"])


def test_without_setup_the_server_is_one_of_many(nvim: str, server: str, path: str, workflows: Path) -> None:
    if subprocess.run([nvim, "--headless", "--clean", "+lua os.exit(vim.lsp.enable and 0 or 1)"]).returncode:
        pytest.skip("this Neovim has no vim.lsp.enable, which came with 0.11")
    script = """
        vim.lsp.enable('duckflux')
        vim.cmd.edit(vim.env.WORKFLOW)
        local found = vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end, 20)
        os.exit(found and vim.diagnostic.get(0)[1].code == 'DF301' and 0 or 1)
    """
    use(nvim, server, path, [f"+lua {' '.join(script.split())}"], WORKFLOW=workflows / "mistake.duck.yaml")

"""VS Code in a browser, used as people do: `vscode/scenarios` has what they do, here is what they must see."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .vscode_process import CODE_SERVER, Home, drive

ROOT = Path(__file__).parent.parent.parent
CLIENT = ROOT / "vscode-client"
TRANSPARENT = "rgba(0, 0, 0, 0)"
SERVER_PROCESS = """#!/bin/sh
echo $$ >>'{pids}'
exec '{server}' "$@"
"""

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
def extension(chromium: str) -> Path:
    """The extension as it is packaged for any machine."""
    return packaged()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, extension: Path, server: str) -> Home:
    """VS Code with the extension and the server under test, whose process ids are noted in `servers`."""
    folder = tmp_path_factory.mktemp("vscode")
    command = folder / "duckflux-ls"
    command.write_text(SERVER_PROCESS.format(pids=folder / "servers", server=server))
    command.chmod(0o700)
    own = {"duckflux.server.path": str(command), "duckflux.trace.server": "verbose"}
    return Home.for_tests(folder, extension, own)


@pytest.fixture(scope="module")
def editor(home: Home) -> Iterator[str]:
    with home.running() as address:
        yield address


def test_a_mistake_is_marked_and_fixed(editor: str, chromium: str, workflows: Path) -> None:
    text = (workflows / "mistake.duck.yaml").read_text().splitlines()
    seen = drive("mistake", editor, chromium, workflows)
    assert seen["position"] == f"Ln {text.index('  - publsh:') + 1}, Col 5"
    assert "publsh" in seen["message"]
    assert "publish" in seen["fix"]
    # What can't run is not offered to be.
    assert not any("Run with" in title or "until" in title for title in seen["offeredWithError"])
    assert "versoin" in seen["typed"]
    assert {"execution"} <= set(seen["completions"])
    assert "fails" in seen["hover"]


TYPED_WORKFLOWS = ROOT / "tests" / "data" / "typed"
TYPED = ("hello.duck.yaml", "review.duck.yaml")
ENTER = {
    "flow:": "  |",
    "participants:\n  build:": "    |",
    "flow:\n  - loop:": "      |",
    "flow:\n  - parallel:": "      |",
    "flow:\n  - loop:\n      steps:": "        |",
    "flow:\n  - type: exec": "    |",
    "flow:\n  - build": "  - |",
    "flow:\n  - build:": "      |",
    "participants:\n  build:\n    run: |": "      |",
    "flow:\n  - run: |": "      |",
    "id: hello": "|",
    "id: hello  # a comment:": "|",
}


def test_enter_indents(editor: str, chromium: str, tmp_path: Path) -> None:
    files = {f"case{number:02}.duck.yaml": text for number, text in enumerate(ENTER)}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    seen = drive("indent", editor, chromium, tmp_path, DUCKFLUX_WORKSPACE=str(tmp_path))
    assert {text: seen[name] for name, text in files.items()} == ENTER


def test_a_workflow_typed_from_nothing_is_what_was_meant(editor: str, chromium: str, tmp_path: Path) -> None:
    """With the lists of completions open as they come, and Enter pressed whatever is selected."""
    workspace, meant = tmp_path / "workspace", tmp_path / "meant"
    for folder in (workspace, meant):
        folder.mkdir()
    for name in TYPED:
        shutil.copy(TYPED_WORKFLOWS / name, meant)
        (workspace / name).touch()
    folders = {"DUCKFLUX_WORKSPACE": str(workspace), "DUCKFLUX_TYPED": str(meant)}
    accepted = drive("typing", editor, chromium, workspace, **folders)
    for name in TYPED:
        typed = (workspace / name).read_text().rstrip()
        assert typed == (meant / name).read_text().rstrip(), accepted[name]
    assert any(accepted.values())


def test_a_run_shows_results_output_and_trace(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive("run", editor, chromium, workflows)
    results = seen["results"]
    assert results["- version"].startswith("✓ ")
    assert results["- tests"].startswith("✓ ")
    assert results["- audit"].startswith("✗ exit 1")
    assert results["- loop:"].startswith("✓ ×3")
    assert results["- publish:"].startswith("⊘ skipped")
    assert seen["status"].startswith("success in ")
    assert "tests | 128 passed" in seen["output"]
    line = (workflows / "release.duck.yaml").read_text().splitlines().index("      - audit") + 1
    assert seen["line"] == str(line)
    assert "no network" in seen["details"]
    assert seen["trace"].endswith(".json")


def test_the_title_runs_and_stops(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive("cancel", editor, chromium, workflows)
    assert "duckflux: Cancel Run" in seen["offered"]
    assert "duckflux: Run with Trace" not in seen["offered"]
    assert seen["results"]["- nap"].startswith("⊘ cancelled")
    assert seen["status"].startswith("cancelled after ")
    assert (seen["marked"], seen["background"]) == (0, TRANSPARENT)


def test_results_are_back_after_a_reload(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive("reload", editor, chromium, workflows)
    assert seen["after"] == seen["before"]
    assert seen["after"]["- check"].startswith("✗ exit 1")
    assert seen["status"].startswith("failure in ")
    assert seen["offered"] == ["duckflux: Resume Last Run"]


def test_a_refused_run_ends_everywhere(editor: str, chromium: str, workflows: Path) -> None:
    (workflows / ".vscode").mkdir()
    settings = '{"duckflux.inputs": {"deploy.duck.yaml": {"count": "many"}}}'
    (workflows / ".vscode" / "settings.json").write_text(settings)
    seen = drive("refused", editor, chromium, workflows)
    assert "count" in seen["status"]
    assert "count" in seen["message"]
    assert "duckflux: Run with Trace" in seen["offered"]
    assert not {"duckflux: Cancel Run", "duckflux: Resume Last Run"} & set(seen["offered"])


def test_a_page_begins_with_the_cause(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive("cause", editor, chromium, workflows)
    assert seen["tab"].startswith("cause.duck.yaml, ")
    assert seen["selected"] == "broken"
    assert seen["details"].split("\n")[1].startswith("error")
    assert seen["details"].index("the disk is full") < seen["details"].index("status")
    assert "failure 1" in seen["statuses"]
    assert "cancelled 1" in seen["statuses"]
    assert seen["tabs"] == 2


def test_a_page_follows_its_run(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive("live", editor, chromium, workflows, DUCKFLUX_WORKSPACE=str(workflows))
    assert [seen[when]["state"] for when in ("begin", "middle", "end")] == ["running", "running", "success"]
    assert {seen[when]["selected"] for when in ("begin", "middle", "end")} == {"first"}
    assert seen["begin"]["rows"] == ["gates", "first"]
    assert seen["end"]["rows"] == seen["middle"]["rows"] == ["gates", "first", "second"]
    assert seen["begin"]["printed"] == ["waiting for one"]
    assert seen["end"]["printed"] == ["waiting for one", "found"]
    assert seen["isSamePage"]


def test_the_flow_diagram_follows_the_run_and_the_cursor(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive("diagram", editor, chromium, workflows, DUCKFLUX_WORKSPACE=str(workflows))
    assert seen["title"] == "Flow of gates"
    first, second = seen["begin"]
    assert re.fullmatch(r"first, exec: echo waiting for one; .*: ⟳ \d+s|.*: ⟳ running", first)
    assert not re.search("[⟳✓]", second)
    assert [re.search(r": (✓) \S+$", label)[1] for label in seen["end"]] == ["✓", "✓"]


def test_the_flow_diagram_of_a_release(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive("release-diagram", editor, chromium, workflows)
    assert {name: result[:1] for name, result in seen.items()} == {
        **dict.fromkeys(
            ("version", "parallel", "lint", "tests", "cached", "loop rollout", "deploy", "set"), "✓"
        ),
        "audit": "✗",
        "publish": "⊘",
    }


def test_a_run_builds_on_the_last_one(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive("again", editor, chromium, workflows, DUCKFLUX_WORKSPACE=str(workflows))
    assert seen == {
        "first": ["build", "check"],
        "resumed": ["check", "ship"],
        "from": ["check", "ship"],
        "replayed": [],
        "until": ["build", "check"],
    }


def test_inputs_are_asked_for_in_a_form(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive("inputs", editor, chromium, workflows)
    assert seen["first"] == "target: Where to"
    assert "'count'" in seen["wrong"]
    assert (seen["kept"], seen["again"]) == ("3", "3")
    assert 'a list as JSON, such as ["a", "b"]' in seen["list"]
    assert seen["secretType"] == "password"
    assert "deploy | 3 to staging with ***" in seen["output"]
    assert not any("correct horse" in line for line in (*seen["output"], *seen["log"]))


def test_a_wait_is_told_of_and_answered(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive("answer", editor, chromium, workflows)
    assert seen["told"] == "approve.duck.yaml waits for approved."
    assert seen["buttons"] == ["Answer…", "Cancel run"]
    assert seen["lens"] == "⏸ Answer approved…"
    assert "⏸ waits for approved · " in seen["waiting"]
    assert seen["title"].startswith("Answer approved")
    assert seen["choices"] == ["beta", "stable"]
    assert seen["results"]["- wait:"].endswith("answered in the editor")
    assert "publish | published to beta, note none" in seen["output"]


def test_the_output_of_a_step_is_one_click_away_and_grows(
    editor: str, chromium: str, workflows: Path
) -> None:
    seen = drive("output", editor, chromium, workflows)
    assert "talk output" in seen["tab"]


def test_the_view_lists_and_runs_workflows(editor: str, chromium: str, workflows: Path) -> None:
    deep = workflows / "folder" / "in" / "deep.duck.yaml"
    deep.parent.mkdir(parents=True)
    deep.write_text("flow: [{type: exec, run: ls}]\n")
    there = [path.name for path in sorted(workflows.rglob("*.duck.yaml"))]
    seen = drive("workflows", editor, chromium, workflows, DUCKFLUX_WORKSPACE=str(workflows))
    assert seen["found"] == there
    assert seen["listed"]
    assert seen["offered"] == [
        "Show the Results on the Lines",
        "Show the Trace as a Page",
        "Show the Trace as Text",
        "Open the Trace File",
        "Compare with the Newest Run",
        "Compare with…",
        "Debug This Trace (Nothing Executes)",
        "Replay This Run (Nothing Executes)",
        "Delete the Trace…",
    ]
    assert "audit" in seen["compared"]
    assert seen["shown"].startswith("# release: success") and "✓" in seen["shown"]
    assert seen["left"] == 1


def test_runs_are_compared_and_expressions_evaluated(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive("lastRun", editor, chromium, workflows)
    [draft, review, publish] = seen["compared"]
    assert draft.strip().startswith("- draft") and "→" in draft and "(+" in draft
    assert "- review" in review
    assert "⊘ skipped (when) → ✓" in publish.replace("  ", " ")
    assert seen["lens"].startswith("Compared with the run of ")
    assert "Before" in seen["hover"] and "6 → 7" in seen["hover"]
    assert sum("draft" in row for row in seen["rows"]) == 2
    assert any("after: review" in row for row in seen["rows"])
    assert seen["after"] == []
    assert seen["begun"] == "review.output.score >= 7"
    assert "draft 2" in seen["value"]


def test_expressions_are_tried_in_a_scratch(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive("scratch", editor, chromium, workflows)
    assert seen["first"].startswith("Last run (")
    assert "// at: deploy@1" in seen["begun"]
    assert seen["values"] == ["= true (bool)", '= "1.4.2" (string)', "= 20 (int)"]
    assert seen["steps"][:2] == ["the end of the run", "build"]
    assert {"deploy, iteration 1", "deploy, iteration 3", "smoke"} <= set(seen["steps"])
    assert '"1.4.2"' in seen["whole"]


def test_a_lens_lists_references(editor: str, chromium: str, workflows: Path) -> None:
    (workflows / ".vscode").mkdir()
    (workflows / ".vscode" / "settings.json").write_text('{"duckflux.lenses.references": true}')
    seen = drive("references", editor, chromium, workflows)
    assert seen["title"].endswith("(2)")


def test_tests_of_workflows_are_in_the_test_explorer(editor: str, chromium: str, workflows: Path) -> None:
    states = drive("tests", editor, chromium, workflows)["states"]
    assert any("it greets" in state and "Passed" in state for state in states)
    assert any("it greets loudly" in state and "Failed" in state for state in states)


def test_a_test_is_debugged_from_the_test_explorer(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive("debugTest", editor, chromium, workflows)
    assert "Debug it greets" in seen["session"] or "greet (exec)" in seen["session"]
    [passed] = [state for state in seen["states"] if "Passed" in state and "ducktest" not in state]
    assert "it greets" in passed and "loudly" not in passed
    assert not any("Failed" in state for state in seen["states"])


def test_a_workflow_is_debugged(editor: str, chromium: str, workflows: Path) -> None:
    seen = drive("debug", editor, chromium, workflows)
    stack = "\n".join(seen["stack"])
    for frame in ("deploy (exec)", "iteration 1", "loop stage", "rollout"):
        assert frame in stack
    assert any("version" in variable for variable in seen["variables"])
    for choice in ("Try Again", "Try Again as Edited", "Use Output…", "Skip"):
        assert choice in seen["offered"]
    assert "exit code 1" in seen["offered"]
    assert seen["results"]["- as: smoke"].startswith("✓")
    assert seen["results"]["- as: report"].startswith("✓")


def test_hovers_show_values_while_a_trace_is_walked(editor: str, chromium: str, workflows: Path) -> None:
    files = {
        "program": "${workspaceFolder}/rollout.duck.yaml",
        "trace": "${workspaceFolder}/.duckflux/traces",
    }
    walked = {"type": "duckflux", "request": "launch", "name": "Walk", **files}
    (workflows / ".vscode").mkdir()
    (workflows / ".vscode" / "launch.json").write_text(json.dumps({"configurations": [walked]}))
    seen = drive("walk", editor, chromium, workflows, DUCKFLUX_WORKSPACE=str(workflows))
    # Before `set` runs in the second iteration, there is the value of the first.
    assert seen == {"first": "10", "second": "20", "condition": "true", "back": "10", "beside": False}


def test_a_killed_server_comes_back(editor: str, chromium: str, workflows: Path, home: Home) -> None:
    seen = drive("crash", editor, chromium, workflows, DUCKFLUX_HOME=str(home.folder))
    assert [line.split()[-2] for line in seen["log"]] == ["1", "2"]


def test_first_steps(editor: str, chromium: str, tmp_path: Path) -> None:
    seen = drive("welcome", editor, chromium, tmp_path)
    assert seen["name"] == "workflow.duck.yaml"
    assert "id: hello" in seen["text"]
    assert seen["ticked"] == seen["steps"][:4]
    assert seen["steps"][2] == "Run it"


def test_nothing_runs_in_a_folder_that_is_not_trusted(
    home: Home, extension: Path, chromium: str, workflows: Path, tmp_path: Path, server: str
) -> None:
    own = {"duckflux.server.path": server, "security.workspace.trust.startupPrompt": "never"}
    with Home.for_tests(tmp_path / "vscode", extension, own).running(trusted=False) as address:
        seen = drive("restricted", address, chromium, workflows)
    assert "duckflux: Run with Trace" not in seen["offered"]
    assert "duckflux: Show Last Trace as a Page" in seen["offered"]
    assert (seen["buttons"], seen["lenses"]) == (0, 0)


def test_the_extension_installs_a_server(
    extension: Path, chromium: str, workflows: Path, tmp_path: Path
) -> None:
    packages = tmp_path / "packages"
    pip = [sys.executable, "-m", "pip", "--quiet", "download", "--dest", str(packages), str(ROOT)]
    subprocess.run(pip, check=True)
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(packages), "PATH": path_without_server()}
    with Home.for_tests(tmp_path / "vscode", extension, {}).running(**offline) as address:
        assert drive("install", address, chromium, workflows)["marked"] == 1


def test_the_bundled_server_needs_nothing(chromium: str, workflows: Path, tmp_path: Path) -> None:
    extension = packaged(this_platform())
    workflow = workflows / "greet.duck.yaml"
    workflow.write_text(workflow.read_text().replace("hello $WHO", "hello $WHO:$PYTHONPATH:"))
    offline = {"PIP_NO_INDEX": "1", "PATH": path_without_server()}
    with Home.for_tests(tmp_path / "vscode", extension, {}).running(**offline) as address:
        seen = drive("bundled", address, chromium, workflows)
    assert seen["asked"] == 0
    assert seen["results"]["- greet"].startswith("✓ ")


def packaged(*targets: str) -> Path:
    script = [sys.executable, str(CLIENT / "scripts" / "package.py"), *targets]
    done = subprocess.run(script, check=True, stdout=subprocess.PIPE, text=True)
    return Path(done.stdout.strip())


def this_platform() -> str:
    return {"x86_64": "linux-x64", "aarch64": "linux-arm64"}[os.uname().machine]


def path_without_server() -> str:
    """PATH without the folders that have a `duckflux-ls`."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not (Path(folder) / "duckflux-ls").exists())

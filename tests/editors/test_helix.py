"""Helix with the settings of docs/editors/helix.md: a mistake, its fix, a run by code action, its results."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .docs import blocks
from .terminal import Terminal

pytestmark = pytest.mark.editor
HELIX = Path(__file__).parent / "build" / "helix" / "bin" / "helix"


Open = Callable[..., Terminal]


@pytest.fixture
def opened(path: str, workflows: Path, tmp_path: Path) -> Iterator[Open]:
    """Opens a workflow with settings, by the name of their file."""
    if not HELIX.exists() or not shutil.which("tmux"):
        pytest.skip("HELIX TEST NOT RUN: no Helix or no tmux; run tests/editors/install.sh")
    folder = tmp_path / "config" / "helix"
    folder.mkdir(parents=True)
    environment = {
        "PATH": path,
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    with contextlib.ExitStack() as stack:

        def open_(workflow: str, **settings: str) -> Terminal:
            for name, text in settings.items():
                (folder / f"{name}.toml").write_text(text)
            terminal = Terminal([str(HELIX), workflow], workflows, environment)
            stack.callback(terminal.close)
            return terminal

        yield open_


@pytest.fixture
def helix(opened: Open) -> Terminal:
    languages, editor, inputs = blocks("helix", "toml")
    return opened("mistake.duck.yaml", languages=languages + inputs, config=editor)


@pytest.fixture
def debugging(opened: Open) -> Terminal:
    """Helix with the settings of docs/debugging.md."""
    languages, _, _ = blocks("helix", "toml")
    server = languages.partition("[[language]]")[0]
    (debugger,) = blocks("../debugging", "toml")
    return opened("rollout.duck.yaml", languages=server + debugger)


def test_a_workflow_is_debugged(debugging: Terminal) -> None:
    debugging.wait_for_text("- as: deploy")
    debugging.type("/as: deploy")
    debugging.press("Enter")
    debugging.type(" G")
    debugging.wait_for_text("Toggle breakpoint")
    debugging.type("b")
    debugging.wait_for_text("◯")
    # The keys of the debugger stay until then. Escape and a key right behind it would be one key with Alt.
    debugging.press("Escape")
    debugging.wait_for("the menu to close", lambda: "Toggle breakpoint" not in debugging.screen())
    debugging.type(":debug-start workflow rollout.duck.yaml")
    debugging.press("Enter")
    debugging.wait_for_text("Thread 1 stopped because of breakpoint")
    debugging.type(" G")
    debugging.wait_for_text("List variables")
    debugging.type("v")
    debugging.wait_for_text("chain")
    debugging.press("Escape")


def test_a_mistake_is_fixed_and_the_workflow_runs(helix: Terminal) -> None:
    helix.wait_for_text("- publsh")
    helix.type("/publsh")
    helix.press("Enter")
    helix.wait_for_text("unknown participant `publsh`")
    helix.type(" a")
    helix.wait_for_text("Change to `publish`")
    helix.press("Enter")
    helix.wait_for("the fix", lambda: "publsh" not in helix.screen())
    helix.type("/flow:")
    helix.press("Enter")
    helix.type(" a")
    helix.wait_for_text("Run with trace")
    # From the top of the menu to its last entry.
    helix.press("Up", "Enter")
    helix.wait_for_text("] success in ")
    for state in ("false", "true"):
        helix.type(":toggle lsp.display-inlay-hints")
        helix.press("Enter")
        helix.wait_for_text(f"set to {state}")
    helix.wait_for("the result of the loop", lambda: "✓ ×3" in helix.line("- loop:"))
    assert "✗ exit 1" in helix.line("- audit")
    assert "⊘ skipped" in helix.line("- publish:")

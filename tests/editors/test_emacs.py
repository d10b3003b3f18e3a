"""Emacs with the block of docs/editors/emacs.md: a mistake, its fix, a run by command, its results."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from .docs import blocks
from .terminal import Terminal

pytestmark = pytest.mark.editor
BUILD = Path(__file__).parent / "build" / "emacs"
EMACS = BUILD / "bin" / "emacs"


@pytest.fixture
def emacs(path: str, workflows: Path, tmp_path: Path) -> Iterator[Terminal]:
    if not EMACS.exists() or not shutil.which("tmux"):
        pytest.skip("EMACS TEST NOT RUN: no Emacs or no tmux; run tests/editors/install.sh")
    home = tmp_path / "home"
    home.mkdir()
    own = "(setq inhibit-startup-screen t eglot-confirm-server-edits nil make-backup-files nil)\n"
    (home / "init.el").write_text(own + "\n".join(blocks("emacs", "elisp")))
    yaml_mode = next(BUILD.glob("usr/share/emacs/site-lisp/elpa-src/yaml-mode-*"))
    environment = {"PATH": path, "HOME": str(home), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    command = [
        str(EMACS),
        "-nw",
        "-Q",
        "-L",
        str(yaml_mode),
        "-l",
        str(home / "init.el"),
        "mistake.duck.yaml",
    ]
    terminal = Terminal(command, workflows, environment)
    yield terminal
    terminal.close()


def run(emacs: Terminal, command: str) -> None:
    """Calls a command by its name."""
    emacs.press("M-x")
    emacs.wait_for_text("M-x")
    emacs.type(command)
    emacs.press("Enter")


def test_a_mistake_is_fixed_and_the_workflow_runs(emacs: Terminal) -> None:
    emacs.wait_for_text("Flymake[1 0]")
    emacs.press("C-s")
    emacs.type("publsh")
    emacs.press("Enter", "Left")
    emacs.wait_for_text("unknown participant `publsh`")
    run(emacs, "eglot-code-action-quickfix")
    emacs.wait_for_text("default Change to `publish`")
    emacs.press("Enter")
    emacs.wait_for("the fix", lambda: "publsh" not in emacs.screen())
    run(emacs, "duckflux-run")
    emacs.wait_for("the result of the loop", lambda: "✓ ×3" in emacs.line("- loop:"))
    assert "✗ exit 1" in emacs.line("- audit")
    assert "⊘ skipped" in emacs.line("- publish:")
    emacs.press("C-x", "b")
    emacs.type("*duckflux output*")
    emacs.press("Enter")
    emacs.wait_for_text("version | 1.4.0")

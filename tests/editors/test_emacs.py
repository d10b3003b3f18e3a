"""Emacs with the block of docs/editors/emacs.md: a mistake, its fix, a run by command, its results."""

import os
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
    terminal = started("mistake.duck.yaml", path, workflows, home)
    yield terminal
    terminal.close()


def started(workflow: str, path: str, workflows: Path, home: Path, *libraries: Path) -> Terminal:
    """Emacs with a workflow and the init file of a home."""
    yaml_mode = next(BUILD.glob("usr/share/emacs/site-lisp/elpa-src/yaml-mode-*"))
    environment = {"PATH": path, "HOME": str(home), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    loaded = [word for folder in (yaml_mode, *libraries) for word in ("-L", str(folder))]
    command = [str(EMACS), "-nw", "-Q", *loaded, "-l", str(home / "init.el"), workflow]
    return Terminal(command, workflows, environment)


@pytest.fixture
def debugger(path: str, workflows: Path, tmp_path: Path) -> Iterator[Terminal]:
    """Emacs with dape: Debian's, or that of a folder."""
    packaged = [*BUILD.glob("usr/share/emacs/site-lisp/elpa-src/dape-*")]
    given = os.environ.get("DUCKFLUX_DAPE")
    dape = Path(given) if given else packaged[0] if packaged else None
    if dape is None or not EMACS.exists() or not shutil.which("tmux"):
        pytest.skip(
            "DAPE TEST NOT RUN: no Emacs, dape or tmux; run tests/editors/install.sh, or set DUCKFLUX_DAPE"
        )
    home = tmp_path / "home"
    home.mkdir()
    own = "(setq inhibit-startup-screen t make-backup-files nil)\n"
    (home / "init.el").write_text(
        own + "\n".join([*blocks("emacs", "elisp"), *blocks("../debugging", "elisp")])
    )
    terminal = started("rollout.duck.yaml", path, workflows, home, dape)
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


def test_dape_debugs_a_workflow(debugger: Terminal) -> None:
    debugger.wait_for_text("- as: deploy")
    debugger.press("C-s")
    debugger.type("as: deploy")
    debugger.press("Enter")
    run(debugger, "dape-breakpoint-toggle")
    run(debugger, "dape")
    # It is offered for what is in the buffer.
    debugger.wait_for_text("Run adapter: duckflux")
    debugger.press("Enter")
    debugger.wait_for_text("deploy (exec)")
    run(debugger, "dape-evaluate-expression")
    debugger.wait_for_text("Evaluate")
    debugger.type("execution.context.share + 32")
    debugger.press("Enter")
    debugger.wait_for_text("42")
    run(debugger, "dape-breakpoint-remove-all")
    run(debugger, "dape-continue")
    debugger.wait_for_text("smoke (exec)")
    run(debugger, "dape-kill")
    debugger.wait_for("the end", lambda: "smoke (exec)" not in debugger.screen())

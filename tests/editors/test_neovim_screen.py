"""What Neovim draws: results on the lines, lenses, the trace and the statusline, as they are on the screen."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from .terminal import Terminal
from .test_neovim import CLIENT, nvim

__all__ = ["nvim"]

pytestmark = pytest.mark.editor
SETUP = """
vim.opt.runtimepath:prepend('%s')
require('duckflux').setup({ cmd = { vim.env.SERVER, '--stdio' }, settings = %s })
vim.o.statusline = "%%{v:lua.require'duckflux'.status()}"
vim.o.laststatus = 2
"""

# As people do who want lists to open by themselves, with Enter for the first entry.
COMPLETION = """
vim.g.enters = 0
vim.on_key(function(key) if key == '\\r' then vim.g.enters = vim.g.enters + 1 end end)
vim.o.completeopt = 'menu,menuone,noinsert'
vim.api.nvim_create_autocmd('LspAttach', { callback = function(event)
  if vim.lsp.completion and vim.lsp.completion.enable then
    vim.lsp.completion.enable(true, event.data.client_id, event.buf, { autotrigger = true })
  end
end })
"""
TYPED = Path(__file__).parents[1] / "data" / "typed"

Open = Callable[..., contextlib.AbstractContextManager[Terminal]]


@pytest.fixture
def opened(nvim: str, server: str, path: str, workflows: Path, tmp_path: Path) -> Open:
    """Opens a workflow in a session of its own: `with opened("release.duck.yaml") as screen:`."""
    sessions = iter(range(10))

    @contextlib.contextmanager
    def session(workflow: str, settings: str = "{}", more: str = "") -> Iterator[Terminal]:
        place = tmp_path / f"session{next(sessions)}"
        place.mkdir()
        (place / "init.lua").write_text(SETUP % (CLIENT, settings) + more)
        socket = place / "socket"
        homes = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("STATE", "DATA", "CONFIG", "CACHE")}
        own = {"PATH": path, "SERVER": server, "TERM": "xterm-256color", "LANG": "C.UTF-8", **homes}
        # With an interface of its own: Neovim's usual one starts /proc/self/exe, here the loader of libraries.
        command = [nvim, "--headless", "--listen", socket, "-u", place / "init.lua", workflow]
        with subprocess.Popen(command, cwd=workflows, env={**os.environ, **own}) as core:
            terminal = None
            try:
                while not socket.exists():
                    assert core.poll() is None, "Neovim has ended"
                terminal = Terminal([nvim, "--remote-ui", "--server", str(socket)], workflows, own)
                yield terminal
            finally:
                core.terminate()
                if terminal is not None:
                    terminal.close()

    return session


def command(screen: Terminal, text: str) -> None:
    screen.type(f":{text}")
    screen.press("Enter")


def run(screen: Terminal) -> None:
    """Run the workflow, once it is offered to."""
    screen.wait_for_text("▶ Run with trace")
    command(screen, "DuckfluxRun")


def status(screen: Terminal) -> str:
    """The statusline, the last line but one."""
    return screen.screen().splitlines()[38]


def wait_for_status(screen: Terminal, begin: str) -> None:
    screen.wait_for(f"the status {begin}", lambda: status(screen).startswith(begin))


def wait_for_result(screen: Terminal, step: str, result: str) -> None:
    """Wait until a result is drawn at the end of a step's line."""
    line = re.compile(rf"^(?:E  )? *{re.escape(step)} .*{result}", re.MULTILINE)
    screen.wait_for(f"`{step}` with `{result}`", lambda: line.search(screen.screen()) is not None)


def test_results_are_drawn_without_an_edit(opened: Open) -> None:
    with opened("release.duck.yaml") as screen:
        run(screen)
        wait_for_status(screen, "✓ success in ")
        wait_for_result(screen, "- version", "✓")
        wait_for_result(screen, "- audit", "✗ exit 1")
        wait_for_result(screen, "- loop:", "✓ ×3")
        command(screen, "DuckfluxTrace")
        screen.wait_for_text("<CR> go to step  K input and output  o open file  q close")


# Stands for the program that shows pictures: keeps what it is given, without a window.
KEEPER = """#!/bin/sh
cp "$1" "$KEPT.new" && mv "$KEPT.new" "$KEPT"
"""


def test_the_diagram_opens_with_the_results_of_the_last_run(opened: Open, tmp_path: Path) -> None:
    kept = tmp_path / "kept.svg"
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(KEEPER)
    opener.chmod(0o755)
    more = f"vim.env.PATH = '{opener.parent}:' .. vim.env.PATH\nvim.env.KEPT = '{kept}'\n"
    with opened("release.duck.yaml", more=more) as screen:
        run(screen)
        wait_for_status(screen, "✓ success in ")
        command(screen, "DuckfluxDiagram")
        screen.wait_for("the diagram", kept.exists)
        drawn = kept.read_text()
        assert drawn.startswith("<svg") and drawn.rstrip().endswith("</svg>")
        assert "audit" in drawn and "✗" in drawn
        assert "E5108" not in screen.screen()


def test_without_a_program_for_pictures_it_says_where_the_diagram_is(opened: Open) -> None:
    more = "vim.ui.open = function() return nil, 'no program shows pictures' end\n"
    with opened("release.duck.yaml", more=more) as screen:
        screen.wait_for_text("▶ Run with trace")
        command(screen, "DuckfluxDiagram")
        screen.wait_for_text("duckflux: no program shows pictures: the diagram is in /")


def test_a_running_step_shows_for_how_long_and_a_cancelled_one_is_no_failure(opened: Open) -> None:
    with opened("slow.duck.yaml") as screen:
        run(screen)
        wait_for_result(screen, "- nap", r"⟳ [1-9]")
        command(screen, "DuckfluxCancel")
        wait_for_status(screen, "⊘ cancelled after ")
        wait_for_result(screen, "- nap", "⊘ cancelled")
        assert "✗" not in screen.screen()
        assert "failed in the last run" not in screen.screen()


def test_two_runs_are_compared_and_an_expression_is_evaluated(opened: Open) -> None:
    with opened("review.duck.yaml") as screen:
        run(screen)
        wait_for_result(screen, "- as: publish", "⊘ skipped")
        run(screen)
        wait_for_result(screen, "- as: publish", "✓")
        command(screen, "DuckfluxCompare")
        for _ in range(2):
            screen.wait_for_text("Type number and <Enter>")
            screen.type("1")
            screen.press("Enter")
        wait_for_result(screen, "- as: publish", r"⊘ skipped \(when\) → ✓")
        screen.wait_for_text("Compared with the run of ")
        command(screen, "DuckfluxStopComparing")
        screen.wait_for("no comparison", lambda: "→" not in screen.screen())
        command(screen, "call search('score >= 7')")
        command(screen, "DuckfluxEvaluate")
        screen.wait_for_text("review.output.score >= 7, Last run (")
        screen.wait_for_text("│true")
        screen.type("q")
        command(screen, "DuckfluxEvaluate review.output.notes")
        screen.wait_for_text('"draft 2"')


def test_expressions_are_tried_in_a_scratch(opened: Open) -> None:
    with opened("review.duck.yaml") as screen:
        run(screen)
        wait_for_result(screen, "- as: publish", "⊘ skipped")
        command(screen, "call search('score >= 7')")
        command(screen, "DuckfluxScratch")
        screen.wait_for_text(" of review.duck.yaml")
        screen.wait_for_text("evaluate at publish")
        screen.wait_for_text("= false (bool)")
        screen.type("oreview.output.sc")
        screen.press("Escape")
        screen.wait_for_text("no such key: review.output.sc")
        screen.type("aore > 100")
        screen.press("Escape")
        screen.wait_for("both values", lambda: screen.screen().count("= false (bool)") == 2)
        command(screen, "call search('// at:', 'b')")
        command(screen, "lua vim.lsp.codelens.run()")
        screen.wait_for_text("Evaluate at")
        screen.wait_for_text("the end of the run")
        screen.type("2")
        screen.press("Enter")
        screen.wait_for_text("// at: draft")
        screen.wait_for_text("evaluate at draft")
        screen.wait_for_text("no value: no such key: review.output")


def test_what_is_stale_runs_again(opened: Open, workflows: Path) -> None:
    with opened("review.duck.yaml") as screen:
        run(screen)
        wait_for_result(screen, "- as: publish", "⊘ skipped")
        command(screen, "%s/n + 5/n + 6/")
        wait_for_result(screen, "- as: publish", "~ ⊘ skipped")
        wait_for_result(screen, "- review", "~ ✓")
        assert "~" not in screen.line("- draft")
        title = "Run what is stale"
        apply = f"filter = function(action) return action.title == '{title}' end, apply = true"
        command(screen, f"lua vim.lsp.buf.code_action({{ {apply} }})")
        wait_for_result(screen, "- as: publish", "✓")
        wait_for_result(screen, "- draft", "reused")
        assert (workflows / "drafts").read_text() == "\n"


def test_a_wait_is_answered(opened: Open) -> None:
    with opened("approve.duck.yaml") as screen:
        run(screen)
        wait_for_result(screen, "- wait:", r"⏸ waits for approved · [1-9]")
        screen.wait_for_text("⏸ Answer approved…")
        command(screen, "DuckfluxAnswer")
        screen.wait_for_text("by:")
        screen.type("eve")
        screen.press("Enter")
        screen.wait_for_text("beta")
        screen.type("2")
        screen.press("Enter")
        screen.wait_for_text("note:")
        screen.press("Enter")
        wait_for_result(screen, "- wait:", "answered in the editor")
        wait_for_status(screen, "✓ success in ")
        command(screen, "DuckfluxOutput")
        screen.wait_for_text("publish | published to stable, note none")


def test_the_output_of_a_step_grows_while_it_runs(opened: Open) -> None:
    with opened("talk.duck.yaml") as screen:
        run(screen)
        wait_for_result(screen, "- as: talk", "⟳")
        command(screen, "4")
        command(screen, "DuckfluxStepOutput")
        screen.wait_for_text("talk (runs)")
        screen.wait_for("the first line", lambda: re.search(r"\d has begun", screen.screen()) is not None)
        screen.wait_for("the last line", lambda: re.search(r"\d has ended", screen.screen()) is not None)
        assert "talk (runs)" not in screen.screen()


def test_a_new_session_knows_the_last_run(opened: Open, workflows: Path) -> None:
    with opened("stages.duck.yaml") as screen:
        run(screen)
        wait_for_status(screen, "✗ failure in ")
    with opened("stages.duck.yaml") as screen:
        wait_for_status(screen, "✗ failure in ")
        wait_for_result(screen, "- build", "✓")
        wait_for_result(screen, "- check", "✗ exit 1")
        command(screen, "DuckfluxTrace")
        screen.wait_for_text("stages: failure in ")
        screen.type("q")
        (workflows / "fixed").touch()
        command(screen, "DuckfluxResume")
        wait_for_status(screen, "✓ success in ")
    assert (workflows / "ran.txt").read_text().split() == ["build", "check", "check", "ship"]


def test_a_refused_run_is_in_the_status(opened: Open) -> None:
    settings = "{ inputs = { ['deploy.duck.yaml'] = { count = 'many' } } }"
    with opened("deploy.duck.yaml", settings) as screen:
        run(screen)
        wait_for_status(screen, "✗ ")
        assert "count" in status(screen)
        assert "Run with trace" in screen.screen()


def test_a_workflow_with_errors_offers_no_run(opened: Open) -> None:
    with opened("mistake.duck.yaml") as screen:
        screen.wait_for_text("Can't run: 1 error")
        assert "▶ Run with trace" not in screen.screen()


def test_the_help_is_found(opened: Open) -> None:
    with opened("slow.duck.yaml") as screen:
        command(screen, "help duckflux")
        # The newest Neovim first says that it has no parser to highlight help, which is a package of its own.
        screen.press("Enter")
        screen.wait_for_text("duckflux workflows: diagnostics, runs, traces")


def test_a_file_of_tests_has_no_commands_for_runs(opened: Open) -> None:
    with opened("greet.ducktest.yaml") as screen:
        screen.wait_for_text("greet.duck.yaml")
        command(screen, "DuckfluxRun")
        screen.wait_for_text("Not an editor command: DuckfluxRun")


@pytest.mark.parametrize("name", ["hello.duck.yaml", "inline.duck.yaml"])
def test_a_workflow_typed_from_nothing_is_what_was_meant(
    opened: Open, nvim: str, name: str, workflows: Path, tmp_path: Path
) -> None:
    """With lists that open at every key that the server names, and Enter at the end of every line."""
    meant = (TYPED / name).read_text().splitlines()
    (workflows / "typed.duck.yaml").touch()
    with opened("typed.duck.yaml", more=COMPLETION) as screen:
        cursor = partial(ask, nvim, next(tmp_path.glob("session*/socket")))
        screen.wait_for("the server", lambda: cursor("len(luaeval('vim.lsp.get_clients()'))") == 1)
        screen.type("i")
        for number, line in enumerate(meant, 1):
            while not line.startswith(before := cursor("getline('.')")):
                screen.press("C-d")
                screen.wait_for("less indentation", lambda before=before: cursor("getline('.')") != before)
            for key in line[len(before) :]:
                screen.type(key)
            screen.wait_for(f"`{line}`", lambda line=line: cursor("getline('.')") == line)
            while number < len(meant) and cursor("line('.')") == number:
                # It may accept an entry of a list that has just opened, and not end the line.
                before = cursor("g:enters")
                screen.press("Enter")
                screen.wait_for("Enter", lambda before=before: cursor("g:enters") > before)
        screen.press("Escape")
        command(screen, "write")
        screen.wait_for_text("written")
    assert (workflows / "typed.duck.yaml").read_text().splitlines() == meant


def ask(nvim: str, socket: Path, expression: str) -> Any:
    """The value of an expression in the session behind a socket."""
    asked = [nvim, "--headless", "--server", socket, "--remote-expr", f"json_encode({expression})"]
    return json.loads(subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout)

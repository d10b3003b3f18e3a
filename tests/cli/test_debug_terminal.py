"""`duckflux debug` in a terminal: lines are edited and completed, an empty one goes on, `run` begins again."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .test_debug import TEXT

DEADLINE = 30.0
PROMPT = "(debug) "
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x07|\r")


class Screen:
    """A terminal with the debugger in it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.own, theirs = pty.openpty()
        self.before = termios.tcgetattr(theirs)
        environment = {**os.environ, "TERM": "xterm", "INPUTRC": "/dev/null"}
        command = [sys.executable, "-m", "duckflux", "debug", "w.duck.yaml", *options]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
        self.theirs = theirs
        self._text = ""

    def until(self, text: str) -> str:
        """Wait for a text, and return all up to it."""
        end = time.monotonic() + DEADLINE
        while text not in self._text:
            left = end - time.monotonic()
            assert left > 0, f"waited in vain for {text!r}: {self._text!r}"
            if select.select([self.own], [], [], left)[0]:
                self._text += _CONTROL.sub("", os.read(self.own, 65536).decode())
        before, _, self._text = self._text.partition(text)
        return before + text

    def type(self, keys: str) -> None:
        os.write(self.own, keys.encode())

    def does(self, line: str) -> str:
        """Type a line, and return what is printed until the next prompt."""
        self.type(f"{line}\r")
        return self.until(PROMPT)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.own)
        os.close(self.theirs)


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    (tmp_path / "w.duck.yaml").write_text(TEXT)
    found = Screen(tmp_path)
    found.until(PROMPT)
    yield found
    found.close()


def test_an_empty_line_does_the_last_again(screen: Screen) -> None:
    assert "w.duck.yaml:3: loop rounds" in screen.does("next")
    assert "w.duck.yaml:8: bad (exec)" in screen.does("")
    # What changes more than where the run stands is not done twice.
    assert "breakpoint 1 at" in screen.does("break 2")
    assert "breakpoint" not in screen.does("")


def test_tab_completes(screen: Screen) -> None:
    screen.does("next")
    screen.type("pri\t")
    screen.until("print")
    screen.type(" build.stat\t")
    screen.until("build.status")
    assert "\nsuccess\n" in screen.does("")
    screen.type("break ba\t")
    screen.until("bad")
    assert "breakpoint 1 at step bad" in screen.does("")


def test_the_run_begins_again(screen: Screen, tmp_path: Path) -> None:
    screen.does("break bad")
    assert "bad (exec)" in screen.does("continue")
    path = tmp_path / "w.duck.yaml"
    path.write_text(TEXT.replace("max: 3", "max: 2"))
    assert "bad (exec)" in screen.does("run")
    assert "1" in screen.does("print execution.context.k")
    path.write_text("flow:\n  - nobody\n")
    assert "error: " in screen.does("restart")
    assert "1" in screen.does("print execution.context.k")


def test_frames_are_looked_at(screen: Screen) -> None:
    screen.does("step")
    screen.does("step")
    assert "1 iteration 1  w.duck.yaml:3" in screen.does("up")
    assert ">   3   - loop:" in screen.does("list")
    screen.does("down")
    assert "error: this is the innermost frame" in screen.does("down")


def test_help_is_about_one_command_or_all(screen: Screen) -> None:
    shown = screen.does("help bt")
    assert "where" in shown and "continue" not in shown
    assert "finish (out)" in screen.does("?")
    assert "no command is called 'fly'" in screen.does("help fly")


def test_the_terminal_is_left_as_it_was(screen: Screen) -> None:
    screen.type("quit\r")
    assert screen.process.wait(DEADLINE) == 130
    assert termios.tcgetattr(screen.theirs) == screen.before

"""Pages do what they say: their commands run in order, and print what stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("tutorial.md", "coming-from.md")
_BLOCK = re.compile(r"^```(yaml|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"Save this as `([\w.]+)`")
# What is different in each run.
_VARIABLE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{8}\b|\d{4}-\d\d-\d\dT[\d:.]+Z|\d+(?:\.\d+)?m?s\b"
)


def pieces(page: str) -> Iterator[tuple[str, str]]:
    """The files, as name and text, and the sessions, with the name ""."""
    done = 0
    for block in _BLOCK.finditer(page):
        named = _FILE.findall(page, done, block.start())
        done = block.end()
        if block[1] == "console":
            yield "", block[2]
        elif named:
            yield named[-1], block[2]


def commands(session: str) -> Iterator[tuple[str, str]]:
    """Each command, and what stands below it."""
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def pattern(output: str) -> re.Pattern[str]:
    """A pattern for an output, in which `...` is any lines."""
    lines = [
        r"(?:.*\n)*?" if line == "...\n" else alike(re.escape(alike(line)))
        for line in output.splitlines(True)
    ]
    return re.compile("".join(lines))


def alike(text: str) -> str:
    # Hints are aligned behind the longest line, and durations differ in length.
    return re.sub(r"(?<=\S) {2,}", "  ", _VARIABLE.sub("#", text))


class Shell:
    """One shell, in which commands run one after the other."""

    def __init__(self, folder: Path) -> None:
        scripts = sysconfig.get_path("scripts")
        own = {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
        # The path of a socket must be short.
        self._runtime = tempfile.TemporaryDirectory(prefix="duckflux-")
        own["DUCKFLUX_RUNTIME_DIR"] = self._runtime.name
        self._process = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env={**os.environ, **own, "GITHUB_ACTIONS": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str) -> str:
        """What a command prints. One in the background is waited for until it is a live run that waits."""
        if command.endswith("&"):
            waits = '[ -n "$(duckflux ps --json | grep approved)" ]'
            command = f"{command[:-1]} >../background & until {waits}; do sleep 0.1; done"
        elif command == "wait":
            command = "wait; cat ../background"
        assert self._process.stdin is not None and self._process.stdout is not None
        # The shell's own input is what is written here.
        self._process.stdin.write(f"{{ {command}\n}} </dev/null\necho 'the end'\n")
        self._process.stdin.flush()
        printed = ""
        while not printed.endswith("the end\n"):
            # An output may end without a line break.
            printed += self._process.stdout.readline()
        return printed.removesuffix("the end\n")

    def close(self) -> None:
        self._process.communicate()
        self._runtime.cleanup()


@pytest.mark.skipif(sys.platform == "win32", reason="bash runs the commands")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_says(tmp_path: Path, page: str) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    shell = Shell(folder)
    ran = 0
    for name, text in pieces((DOCS / page).read_text("utf-8")):
        if name:
            (folder / name).write_text(text)
            continue
        for command, expected in commands(text):
            printed = shell.run(command)
            assert pattern(expected).fullmatch(alike(printed)), (
                f"$ {command}\n{printed}--- instead of\n{expected}"
            )
            ran += 1
    shell.close()
    assert ran > 4

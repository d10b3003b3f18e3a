"""The regular expressions that imports compile are kept for the next start, and nothing depends on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import re, sys
from re import _parser
parsed = []
parse = _parser.parse
_parser.parse = lambda pattern, *rest: (parsed.append(pattern), parse(pattern, *rest))[1]
from duckflux.kept_patterns import KeptPatterns
patterns = KeptPatterns("test")
patterns.use()
import yaml, mine
re.compile("of a user")
for pattern in (mine.DATE, mine.BYTES):
    print(pattern.pattern, pattern.flags, pattern.groups, pattern.groupindex, file=sys.stderr)
assert mine.DATE.fullmatch("On 2026-11")["year"] == "2026" and mine.BYTES.match(b"aB")
patterns.keep()
print("\\n".join(map(str, parsed)))
"""
MODULE = """
import re
DATE = re.compile(r"on (?P<year>[0-9]{4})-(..)", re.IGNORECASE)
BYTES = re.compile(rb"[a-zA-Z]+")
"""


@pytest.fixture
def start(tmp_path: Path):
    """Import modules in a new process: the patterns that it compiled, and what became of them."""
    (tmp_path / "mine.py").write_text(MODULE)

    def run(**environment: str) -> tuple[list[str], str]:
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        env = clean | {"PYTHONPYCACHEPREFIX": str(tmp_path / "cache")} | environment
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], cwd=tmp_path, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines(), done.stderr

    return run


def kept(folder: Path) -> list[Path]:
    return [*folder.rglob("kept_patterns*.test")]


def test_a_second_start_compiles_only_what_no_import_has(start) -> None:
    first, patterns = start()
    assert len(first) > 15
    assert start() == (["of a user"], patterns)


def test_a_changed_pattern_is_compiled(start, tmp_path: Path) -> None:
    start()
    (tmp_path / "mine.py").write_text(MODULE.replace("(..)", "(.)(.)"))
    assert start()[0] == ["on (?P<year>[0-9]{4})-(.)(.)", "of a user"]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xe9\x03\x00\x00\x00", b"\x00" * 100])
def test_a_broken_file_is_written_anew(start, tmp_path: Path, content: bytes) -> None:
    start()
    (file,) = kept(tmp_path)
    file.write_bytes(content)
    assert len(start()[0]) > 15
    assert start()[0] == ["of a user"]


def test_nothing_is_written_where_python_may_not_write(start, tmp_path: Path) -> None:
    assert start(PYTHONDONTWRITEBYTECODE="1") == start(PYTHONDONTWRITEBYTECODE="1")
    assert kept(tmp_path) == []

"""Temporary folders do not pile up, however the processes end that have made them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from duckflux.temporary_folders import temporary_folder

HOLDER = """
from duckflux.temporary_folders import temporary_folder
with temporary_folder() as folder:
    (folder / "0.sh").write_text("echo")
    print(folder, flush=True)
    input()
"""
pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks folders")


@pytest.fixture
def holder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """A process that has made a folder."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    command = [sys.executable, "-c", HOLDER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def made_by(process: subprocess.Popen[str]) -> Path:
    """The folder that the process has made, as if it had done so long ago."""
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    assert folder.stat().st_mode & 0o777 == 0o700
    os.utime(folder, (0, 0))
    return folder


def test_the_folder_of_a_killed_process_is_removed(holder: subprocess.Popen[str]) -> None:
    left = made_by(holder)
    holder.kill()
    holder.wait()
    assert left.exists()
    with temporary_folder() as folder:
        assert [*left.parent.iterdir()] == [folder]
    assert not folder.exists()


def test_the_folder_of_a_living_process_stays(holder: subprocess.Popen[str]) -> None:
    used = made_by(holder)
    with temporary_folder():
        assert (used / "0.sh").exists()


def test_what_others_have_made_stays(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    others = [
        tmp_path / "duckflux-temporary-file",
        tmp_path / "other-folder",
        tmp_path / "duckflux-temporary-link",
    ]
    others[0].write_text("")
    others[1].mkdir()
    others[2].symlink_to(others[1])
    for other in others:
        os.utime(other, (0, 0), follow_symlinks=False)
    with temporary_folder():
        assert all(os.path.lexists(other) for other in others)

"""The shell script at the head of a one-file build, with a small program behind it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from duckflux.version import __version__

from .conftest import ROOT

PROGRAM = '#!/bin/sh\necho "${0##*/} of {edition}:" "$@"\nexit 3\n'
Start = Callable[..., subprocess.Popen[str]]


def packed(folder: Path, edition: str = "one") -> Path:
    """A one-file build of a program that tells its name and its arguments."""
    spec = importlib.util.spec_from_file_location("build", ROOT / "packaging" / "one_file" / "build.py")
    assert spec is not None and spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    program = folder / f"program {edition}"
    program.mkdir()
    (program / "duckflux").write_text(PROGRAM.replace("{edition}", edition))
    (program / "duckflux").chmod(0o755)
    for name in build.OTHER_COMMANDS:
        (program / name).symlink_to("duckflux")
    file = folder / f"duckflux-{edition}"
    file.write_bytes(build.with_launcher(build.archive(program), __version__))
    file.chmod(0o755)
    return file


@pytest.fixture
def start(tmp_path: Path) -> Start:
    def started(file: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        own = {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"], **environment}
        return subprocess.Popen(
            [file, *arguments], env=own, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return started


def unpacked(tmp_path: Path) -> list[Path]:
    return [*(tmp_path / "home" / ".cache" / "duckflux").iterdir()]


def test_it_unpacks_once_and_hands_over_arguments_and_exit_code(tmp_path: Path, start: Start) -> None:
    file = packed(tmp_path)
    first = start(file, "run", "a b")
    assert first.communicate() == ("duckflux of one: run a b\n", "")
    assert first.returncode == 3
    (folder,) = unpacked(tmp_path)
    assert folder.stat().st_mode & 0o077 == 0
    program = folder / "duckflux"
    program.write_text(program.read_text().replace(" of ", " again of "))
    assert start(file).communicate() == ("duckflux again of one:\n", "")


def test_it_is_the_program_and_no_parent_of_it(tmp_path: Path, start: Start) -> None:
    file = packed(tmp_path)
    start(file).wait()
    (folder,) = unpacked(tmp_path)
    (folder / "duckflux").write_text("#!/bin/sh\necho $$\n")
    process = start(file)
    assert process.communicate()[0] == f"{process.pid}\n"


@pytest.mark.parametrize("command", ["duckflux-ls", "duckflux-dap", "quack"])
def test_it_is_the_command_that_a_link_to_it_is_named_after(
    tmp_path: Path, start: Start, command: str
) -> None:
    link = tmp_path / command
    link.symlink_to(packed(tmp_path))
    assert start(link, "--stdio").communicate()[0] == f"{command} of one: --stdio\n"


def test_many_first_starts_at_the_same_time_leave_one_folder(tmp_path: Path, start: Start) -> None:
    file = packed(tmp_path)
    processes = [start(file, str(number)) for number in range(8)]
    assert [process.communicate() for process in processes] == [
        (f"duckflux of one: {number}\n", "") for number in range(8)
    ]
    (folder,) = unpacked(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == [
        "duckflux",
        "duckflux-dap",
        "duckflux-ls",
        "quack",
    ]


def test_another_build_has_a_folder_of_its_own(tmp_path: Path, start: Start) -> None:
    for edition in ("one", "two"):
        assert start(packed(tmp_path, edition)).communicate()[0] == f"duckflux of {edition}:\n"
    assert len(unpacked(tmp_path)) == 2


def test_where_nothing_can_be_unpacked_it_says_what_to_do(tmp_path: Path, start: Start) -> None:
    file = packed(tmp_path)
    (tmp_path / "a file").touch()
    for environment, reason in (
        ({"XDG_CACHE_HOME": str(tmp_path / "a file")}, f"cannot unpack into {tmp_path}/a file/duckflux"),
        ({"HOME": ""}, "HOME is not set, so that there is no folder to unpack into"),
    ):
        process = start(file, "--version", **environment)
        assert process.communicate() == (
            "",
            f"duckflux: error: {reason}: "
            "set XDG_CACHE_HOME to a folder where programs may be written and started\n",
        )
        assert process.returncode == 1


def test_a_file_that_was_not_fully_downloaded_leaves_nothing(tmp_path: Path, start: Start) -> None:
    file = packed(tmp_path)
    os.truncate(file, file.stat().st_size - 40)
    process = start(file)
    assert "cannot unpack into" in process.communicate()[1]
    assert process.returncode == 1
    assert unpacked(tmp_path) == []

"""The container image: the steps of the Dockerfile, without a container."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from .conftest import ROOT, build


class Instruction(NamedTuple):
    name: str
    text: str


def instructions() -> list[Instruction]:
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [Instruction(*line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


def stage(number: int) -> list[Instruction]:
    """The instructions of a stage, without those before the first one."""
    begins = [at for at, instruction in enumerate(instructions()) if instruction.name == "FROM"]
    return instructions()[begins[number] : [*begins, None][number + 1]]


def texts(name: str, number: int) -> list[str]:
    return [instruction.text for instruction in stage(number) if instruction.name == name]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with what the build stage copies, and nothing else."""
    folder = tmp_path / "source"
    folder.mkdir()
    for text in texts("COPY", 0):
        *names, to = text.split()
        for name in names:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, folder / to)
            else:
                shutil.copy(ROOT / name, folder / to)
    return folder


def test_what_is_copied_is_enough_to_build_the_package(source: Path, sdist: Path, tmp_path: Path) -> None:
    wheel = build(source, "wheel", tmp_path / "wheel")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if "dist-info" not in name}
    assert {"duckflux/__main__.py", "duckflux_ls/__main__.py"} <= names
    assert wheel.name.startswith(sdist.name.removesuffix(".tar.gz"))


def test_docker_is_sent_only_what_is_copied() -> None:
    kept = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    copied = [name for text in texts("COPY", 0) for name in text.split()[:-1]]
    assert sorted(kept) == sorted(copied)


def test_nothing_runs_as_root() -> None:
    names = [instruction.name for instruction in stage(1)]
    (user,) = texts("USER", 1)
    assert f"--uid {user} " in texts("RUN", 1)[0] and user != "0"
    assert names.index("USER") > max(at for at, name in enumerate(names) if name in ("RUN", "COPY"))


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"
    found = subprocess.run(
        [hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.skipif(
    "DUCKFLUX_PACKAGING" not in os.environ, reason="INSTALLATION NOT TRIED: set DUCKFLUX_PACKAGING=1"
)
@pytest.mark.parametrize("extras", ["", "http"])
def test_the_steps_of_the_build_make_a_command_that_runs(source: Path, tmp_path: Path, extras: str) -> None:
    prefix = tmp_path / "opt"
    (script,) = texts("RUN", 0)
    environment = {**os.environ, "EXTRAS": extras}
    subprocess.run(
        ["sh", "-ec", script.replace("/opt/duckflux", str(prefix))], cwd=source, env=environment, check=True
    )
    (source / "hello.duck.yaml").write_text("flow: [{type: exec, run: echo hello}]")
    ran = subprocess.run(
        [prefix / "bin" / "duckflux", "run", "hello.duck.yaml"],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "hello\n"), ran.stderr
    assert (prefix / "bin" / "pip").exists() is False
    has_http = [*prefix.glob("lib/python*/site-packages/httpx2")] != []
    assert has_http == (extras == "http")

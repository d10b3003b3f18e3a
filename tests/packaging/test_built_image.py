"""The container image, built by Buildah from the Dockerfile, on a base made by debootstrap.

The base stands for `python:VERSION-slim`, for machines that reach Debian's mirror and no registry of images.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import ROOT

MISSING = [name for name in ("buildah", "debootstrap") if shutil.which(name) is None]
pytestmark = [
    pytest.mark.skipif("DUCKFLUX_IMAGE" not in os.environ, reason="IMAGE NOT BUILT: set DUCKFLUX_IMAGE=1"),
    pytest.mark.skipif(bool(MISSING), reason=f"IMAGE NOT BUILT: install {' and '.join(MISSING)}"),
    pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() != 0, reason="IMAGE NOT BUILT: debootstrap needs root"
    ),
]
# The Debian whose Python is that of the Dockerfile.
SUITE = "trixie"
MIRROR = "http://deb.debian.org/debian"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# What the package adds to the base, at most.
MEBIBYTES = 40


class Buildah:
    """Buildah with a storage of its own, on machines without user namespaces and overlays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        storage = [
            "--root",
            self.folder / "root",
            "--runroot",
            self.folder / "run",
            "--storage-driver",
            "vfs",
        ]
        return subprocess.run(
            ["buildah", *storage, *arguments],
            env={**os.environ, "BUILDAH_ISOLATION": "chroot"},
            capture_output=True,
            text=True,
            check=check,
        )

    def size(self, image: str) -> int:
        """The bytes of the files in an image."""
        return sum(path.stat().st_size for path in self.files(image))

    def files(self, image: str) -> Iterator[Path]:
        container = self.run("from", "--pull-never", image).stdout.strip()
        mounted = Path(self.run("mount", container).stdout.strip())
        yield from (path for path in mounted.rglob("*") if path.is_file() and not path.is_symlink())
        self.run("rm", container)


@pytest.fixture(scope="module")
def buildah(tmp_path_factory: pytest.TempPathFactory) -> Buildah:
    """Buildah with the base image."""
    folder = tmp_path_factory.mktemp("image")
    system = folder / "debian"
    packages = "--include=python3,python3-venv,python3-pip"
    subprocess.run(
        ["debootstrap", "--variant=minbase", packages, SUITE, system, MIRROR], check=True, capture_output=True
    )
    (system / "usr" / "bin" / "python").symlink_to("python3")
    found = Buildah(folder)
    container = found.run("from", "scratch").stdout.strip()
    found.run("add", container, system, "/")
    found.run("commit", container, base())
    found.run("rm", container)
    shutil.rmtree(system)
    return found


def base() -> str:
    return f"docker.io/library/python:{python()}-slim"


def python() -> str:
    (version,) = re.findall(r"^ARG PYTHON=(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return str(version)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages that the build installs: it has no network here, and no index of this machine."""
    folder = tmp_path_factory.mktemp("packages")
    project = PROJECT["project"]
    wanted = [
        *PROJECT["build-system"]["requires"],
        *project["dependencies"],
        *project["optional-dependencies"]["http"],
    ]
    pip = ["pip", "download", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"]
    for platform in ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64"):
        pip += ["--platform", platform]
    command = [*pip, "--python-version", python(), "--dest", folder, *wanted]
    subprocess.run(["python3", "-m", *command], check=True, capture_output=True)
    (folder / "pip.conf").write_text("[global]\nno-index = true\nfind-links = /packages\n")
    return folder


@pytest.mark.parametrize("extras", ["", "http"])
def test_the_image_runs_workflows_as_a_user(
    buildah: Buildah, packages: Path, tmp_path: Path, extras: str
) -> None:
    image = f"duckflux-{extras or 'none'}"
    mounts = [f"{packages}:/packages:ro", f"{packages / 'pip.conf'}:/etc/pip.conf:ro"]
    volumes = [argument for mount in mounts for argument in ("--volume", mount)]
    buildah.run("bud", "--pull-never", *volumes, "--build-arg", f"EXTRAS={extras}", "-t", image, ROOT)
    work = tmp_path / "work"
    work.mkdir(mode=0o777)
    work.chmod(0o777)
    (work / "hello.duck.yaml").write_text(
        "flow: [{type: exec, run: 'id -un; echo hello > said; cat said'}]\n"
    )
    (work / "http.duck.yaml").write_text("flow: [{type: http, url: 'http://127.0.0.1:9/'}]\n")
    container = buildah.run("from", "--pull-never", image).stdout.strip()

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return buildah.run("run", "--volume", f"{work}:/work", container, "--", *command, check=False)

    try:
        ran = run("duckflux", "run", "--quiet", "hello.duck.yaml")
        assert (ran.returncode, ran.stdout) == (0, "duckflux\nhello\n"), ran.stderr
        assert run("duckflux", "lint", ".").returncode == 0
        assert run("duckflux-ls", "--version").stdout.startswith("duckflux-ls ")
        assert ("pip install" in run("duckflux", "run", "http.duck.yaml").stderr) == (extras == "")
        assert buildah.size(image) - buildah.size(base()) < MEBIBYTES << 20
        config = json.loads(buildah.run("inspect", "--type", "image", image).stdout)["OCIv1"]["config"]
        assert (config["User"], config["Entrypoint"], config["WorkingDir"]) == ("1000", ["duckflux"], "/work")
    finally:
        buildah.run("rm", container)

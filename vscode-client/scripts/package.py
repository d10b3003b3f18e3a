"""Packages the extension: `package.py [TARGET...]` makes `duckflux.vsix` or `duckflux-TARGET.vsix`.

Without a target the package has the server's own wheel, which its action "Install Server" gives to pip. For a
target it also has all that the server needs, for each version of Python: `bundled/any` for packages of pure
Python, `bundled/cp311`, `bundled/cp312`, … for compiled ones. Needs pip, npm, and the package index for a target.

The same sources and packages make the same bytes, wherever and whenever that is.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from zipfile import ZipFile

CLIENT = Path(__file__).parent.parent
BUNDLED = CLIENT / "bundled"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# The time of all files in a package, as seconds since 1970, where the environment does not name one.
_TIME = "1580601600"
# From vsce's names to those of wheels, the oldest systems first that a wheel may be made for.
TARGETS = {
    "linux-x64": ("manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_28_x86_64"),
    "linux-arm64": ("manylinux_2_17_aarch64", "manylinux2014_aarch64", "manylinux_2_28_aarch64"),
    "alpine-x64": ("musllinux_1_1_x86_64", "musllinux_1_2_x86_64"),
    "alpine-arm64": ("musllinux_1_1_aarch64", "musllinux_1_2_aarch64"),
    "darwin-x64": ("macosx_10_9_x86_64", "macosx_10_12_x86_64", "macosx_11_0_x86_64"),
    "darwin-arm64": ("macosx_11_0_arm64",),
    "win32-x64": ("win_amd64",),
    "win32-arm64": ("win_arm64",),
}


def package(target: str | None) -> Path:
    """Make one package. Raises CalledProcessError when a tool fails."""
    shutil.rmtree(BUNDLED, ignore_errors=True)
    wheel = _own_wheel()
    if target is not None:
        for python in PYTHONS:
            _bundle(wheel, target, python)
    out = CLIENT / (f"duckflux-{target}.vsix" if target else "duckflux.vsix")
    vsce = [*("npx", "vsce", "package", "--no-dependencies", "--allow-missing-repository"), "--out", str(out)]
    vsce += ["--no-rewrite-relative-links", *(("--target", target) if target else ())]
    subprocess.run(vsce, cwd=CLIENT, check=True, stdout=sys.stderr, env=_environment())
    return out


def _own_wheel() -> Path:
    _pip("wheel", "--no-deps", "--wheel-dir", str(BUNDLED), str(CLIENT.parent))
    (wheel,) = BUNDLED.glob("*.whl")
    return wheel


def _bundle(wheel: Path, target: str, python: str) -> None:
    """Unpack what one version of Python needs; a version that lacks a compiled package is left out, and said."""
    platforms = [option for name in TARGETS[target] for option in ("--platform", name)]
    with tempfile.TemporaryDirectory() as folder:
        try:
            _pip(
                *("download", "--only-binary=:all:", "--implementation", "cp", "--python-version", python),
                *(*platforms, "--dest", folder, str(wheel)),
            )
        except subprocess.CalledProcessError:
            print(
                f"note: {target} has no bundle for Python {python}: a package lacks a wheel", file=sys.stderr
            )
            return
        for file in Path(folder).glob("*.whl"):
            is_pure = file.name.endswith("-any.whl")
            _unpack(file, BUNDLED / ("any" if is_pure else f"cp{python.replace('.', '')}"))


def _unpack(wheel: Path, folder: Path) -> None:
    with ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".data/" not in name]
        archive.extractall(folder, names)


def _environment() -> dict[str, str]:
    # The archive has local times.
    return {"SOURCE_DATE_EPOCH": _TIME, **os.environ, "TZ": "UTC"}


def _pip(command: str, *arguments: str) -> None:
    pip = [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(pip, check=True, env=_environment())


def main() -> None:
    """Make the packages that are asked for, and print their names."""
    parser = argparse.ArgumentParser(description="Packages the extension for VS Code.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"one of {', '.join(TARGETS)}")
    targets = parser.parse_args().targets
    if unknown := set(targets) - set(TARGETS):
        parser.error(f"unknown target: {', '.join(unknown)}")
    for target in targets or (None,):
        print(package(target))


if __name__ == "__main__":
    main()

"""Builds `duckflux` as one file for this platform: `python packaging/one_file/build.py PACKAGE FOLDER`.

PACKAGE is what pip installs: a wheel, a source distribution or a clone. On Linux and macOS the file is a shell
script with a program behind it, which it unpacks once. PyInstaller's own one file unpacks itself at every start,
in a second, and starts as two processes: the one that the user ends by force is not the one that works. Windows
has only that.
"""

from __future__ import annotations

import hashlib
import io
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
# All but `durable`, which would double the size.
EXTRAS = "http,import,mcp,nats,otel,re2,redis,server"
OTHER_COMMANDS = ("duckflux-ls", "duckflux-dap", "quack")
_PYINSTALLER = "pyinstaller>=6.10"
# Imported by name, so that PyInstaller cannot see them.
_PACKAGES = ("duckflux", "duckflux_ls")
_BY_NAME = ("re2", "httpx2", "nats", "redis", "uvicorn", "starlette")
_NOT_NEEDED = ("tkinter", "IPython", "pytest", "setuptools", "pip")


def main(arguments: list[str]) -> int:
    """Write the file into a folder, print its path and return the exit code."""
    if len(arguments) != 2:
        print("usage: python packaging/one_file/build.py PACKAGE FOLDER", file=sys.stderr)
        return 2
    package, folder = arguments[0], Path(arguments[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        python = _python_with(package, Path(work) / "environment")
        is_windows = os.name == "nt"
        file = folder / f"duckflux-{platform_name()}{'.exe' if is_windows else ''}"
        if is_windows:
            file.write_bytes(_pyinstaller(python, Path(work), "--onefile").with_suffix(".exe").read_bytes())
        else:
            program = _pyinstaller(python, Path(work), "--onedir", "--strip")
            for name in OTHER_COMMANDS:
                (program / name).symlink_to("duckflux")
            file.write_bytes(with_launcher(archive(program), _version(python)))
            file.chmod(0o755)
    print(file)
    return 0


def _python_with(package: str, folder: Path) -> Path:
    """Return the Python of a new environment with the package and PyInstaller."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, f"{package}[{EXTRAS}]", _PYINSTALLER], check=True)
    return python


def _version(python: Path) -> str:
    show = "from duckflux.version import __version__ as version; print(version)"
    return subprocess.run([python, "-c", show], check=True, capture_output=True, text=True).stdout.strip()


def platform_name() -> str:
    """Return this platform as release files name it, such as `linux-x64`."""
    system = {"Darwin": "macos"}.get(platform.system(), platform.system().lower())
    machine = platform.machine().lower()
    return f"{system}-{ {'x86_64': 'x64', 'amd64': 'x64', 'aarch64': 'arm64'}.get(machine, machine) }"


def _pyinstaller(python: Path, work: Path, *options: str) -> Path:
    """Return what PyInstaller builds in a folder: a program, or a folder with one."""
    collected = [
        option for name in _PACKAGES for option in ("--collect-submodules", name, "--collect-data", name)
    ]
    hidden = [option for name in _BY_NAME for option in ("--hidden-import", name)]
    excluded = [option for name in _NOT_NEEDED for option in ("--exclude-module", name)]
    command = [python, "-m", "PyInstaller", "--log-level", "WARN", "--noconfirm", "--name", "duckflux"]
    places = ["--distpath", work / "dist", "--workpath", work / "build", "--specpath", work]
    chosen = [*collected, *hidden, *excluded, "--copy-metadata", "duckflux-ls"]
    subprocess.run([*command, *options, *chosen, *places, HERE / "program.py"], check=True)
    return work / "dist" / "duckflux"


def archive(program: Path) -> bytes:
    """Return the contents of a folder as a compressed archive, without times and owners."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz", compresslevel=9) as tar:
        for path in sorted(program.rglob("*")):
            tar.add(path, path.relative_to(program).as_posix(), recursive=False, filter=_anonymous)
    return data.getvalue()


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    return member


def with_launcher(program: bytes, version: str) -> bytes:
    """Return the file that unpacks and starts an archived program."""
    digest = hashlib.sha256(program).hexdigest()[:16]
    text = (HERE / "launcher.sh").read_text("utf-8")
    values = {
        "VERSION": version,
        "PLATFORM": platform_name(),
        "NAME": f"{version}-{digest}",
        "LINES": str(text.count("\n") + 1),
    }
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text.encode() + program


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

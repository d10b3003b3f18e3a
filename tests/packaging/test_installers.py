"""The installers that docs/install.md names, each from the source distribution."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from duckflux.version import __version__

pytestmark = pytest.mark.skipif(
    "DUCKFLUX_PACKAGING" not in os.environ, reason="INSTALLATION NOT TRIED: set DUCKFLUX_PACKAGING=1"
)


@pytest.mark.parametrize(
    ("installer", "command"),
    [
        ("pip", "pip install {sdist}[http] && duckflux --version"),
        ("pipx", "pipx install {sdist} && duckflux --version"),
        ("pipx", "pipx run --spec {sdist} duckflux --version"),
        ("uv", "uvx --from {sdist} duckflux --version"),
        ("uv", "uv tool install {sdist} && duckflux --version"),
    ],
    ids=lambda value: value.partition("{")[0] if "{" in value else None,
)
def test_it_installs_and_runs(sdist: Path, tmp_path: Path, installer: str, command: str) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    pip = tmp_path / "venv" / "bin" / "pip"
    subprocess.run([pip, "install", "--quiet", "--disable-pip-version-check", installer], check=True)
    binaries = tmp_path / "bin"
    own = {"PIPX_HOME": "pipx", "PIPX_BIN_DIR": "bin", "UV_TOOL_DIR": "uv", "UV_TOOL_BIN_DIR": "bin"}
    environment = {
        **os.environ,
        **{name: str(tmp_path / folder) for name, folder in own.items()},
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "PATH": f"{binaries}:{pip.parent}:/usr/bin:/bin",
    }
    ran = subprocess.run(
        ["sh", "-ec", command.format(sdist=sdist)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == f"duckflux {__version__}"

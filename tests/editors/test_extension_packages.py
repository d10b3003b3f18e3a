"""The packages of the VS Code extension: what each platform gets, and the same bytes from the same sources."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.editor
CLIENT = ROOT / "vscode-client"
# How the names of compiled modules end.
COMPILED = {
    "linux-x64": "x86_64-linux-gnu.so",
    "darwin-arm64": "darwin.so",
    "win32-x64": "win_amd64.pyd",
}


def package(folder: Path, target: str, **environment: str) -> Path:
    script = [sys.executable, str(CLIENT / "scripts" / "package.py"), target]
    made = subprocess.run(
        script, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE, text=True
    )
    return Path(made.stdout.strip()).rename(folder / f"{target}.vsix")


@pytest.fixture(scope="module", params=COMPILED)
def vsix(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(tmp_path_factory.mktemp("packages"), request.param)


def test_it_has_the_server_and_what_it_needs_for_its_platform_alone(vsix: Path) -> None:
    target = vsix.stem
    with ZipFile(vsix) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        manifest = archive.read("extension.vsixmanifest").decode()
    assert f'TargetPlatform="{target}"' in manifest
    assert {"extension/package.json", "extension/dist/extension.js"} <= {*names}
    bundled = "extension/bundled/"
    assert {f"{bundled}any/{name}/__init__.py" for name in ("duckflux", "duckflux_ls", "pygls")} <= {*names}
    compiled = [name for name in names if name.startswith(bundled) and name.endswith((".so", ".pyd"))]
    assert {re.findall(r"bundled/(cp\d+)/", name)[0] for name in compiled} == {
        "cp311",
        "cp312",
        "cp313",
        "cp314",
    }
    for python in ("cp311", "cp314"):
        assert any(f"/{python}/msgspec/" in name and name.endswith(COMPILED[target]) for name in compiled)
    others = [suffix for other, suffix in COMPILED.items() if other != target]
    assert not [name for name in compiled if name.endswith(tuple(others))]
    # Sources, tests and what a user has set up stay here.
    assert not [name for name in names if re.match(r"extension/(src|test|node_modules|\.)", name)]


def test_the_same_sources_make_the_same_bytes(tmp_path: Path) -> None:
    digests = set()
    for zone in ("Pacific/Kiritimati", "America/Adak"):
        made = package(tmp_path, "linux-x64", TZ=zone)
        digests.add(hashlib.sha256(made.read_bytes()).hexdigest())
        for source in (CLIENT / "src").glob("*.ts"):
            source.touch()
    assert len(digests) == 1

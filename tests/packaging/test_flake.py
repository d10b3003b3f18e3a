"""The nix flake: it takes the package's facts from pyproject.toml, so these must be written as it reads them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from duckflux.version import __version__

from .conftest import ROOT

FLAKE = (ROOT / "flake.nix").read_text()
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_version_is_on_a_line_of_its_own() -> None:
    (marker,) = re.findall(r'marker = "(.*)";', FLAKE)
    lines = (ROOT / "engine/duckflux/version.py").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(marker.replace('\\"', '"'))]
    assert line.endswith('"')


def test_the_name_of_each_dependency_is_that_of_a_nix_package() -> None:
    (pattern,) = re.findall(r'builtins\.match "(.*)" requirement', FLAKE)
    for requirement in PYPROJECT["project"]["dependencies"]:
        match = re.fullmatch(pattern, requirement)
        # nixpkgs writes names in lower case, with hyphens.
        assert match and re.fullmatch(r"[a-z][a-z0-9-]*", match[1]), requirement


def test_it_builds_with_the_same_backend_and_imports_every_package() -> None:
    assert [re.match(r"[a-z]+", each)[0] for each in PYPROJECT["build-system"]["requires"]] == re.findall(
        r"build-system = \[ python\.(\w+) \];", FLAKE
    )
    (imports,) = re.findall(r"pythonImportsCheck = \[([^\]]*)\]", FLAKE)
    packages = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert re.findall(r'"(\w+)"', imports) == [package.rpartition("/")[2] for package in packages]
    assert PYPROJECT["project"]["license"] == "MIT" and "lib.licenses.mit" in FLAKE


@pytest.mark.skipif(shutil.which("nix-instantiate") is None, reason="FLAKE NOT EVALUATED: install nix")
def test_nix_reads_it_as_the_package(tmp_path: Path) -> None:
    names = [re.match(r"[A-Za-z0-9_-]+", each)[0] for each in PYPROJECT["project"]["dependencies"]]
    known = " ".join(json.dumps(name) for name in ["hatchling", *names])
    stub = Path(__file__).with_name("stub_nixpkgs.nix")
    expression = f"import {stub} {{ flake = {ROOT / 'flake.nix'}; dependencies = [ {known} ]; }}"
    # A nix that is not set up writes nowhere else.
    places = {f"NIX_{name}_DIR": str(tmp_path / name) for name in ("STATE", "STORE", "LOG")}
    ran = subprocess.run(
        ["nix-instantiate", "--eval", "--strict", "--json", "--readonly-mode", "--expr", expression],
        env={**os.environ, **places},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    packages = json.loads(ran.stdout)["packages"]
    assert len(packages) == 4
    for system in packages.values():
        found = system["default"]
        assert (found["pname"], found["version"]) == (PYPROJECT["project"]["name"], __version__)
        assert found["dependencies"] == names
        assert found["meta"]["mainProgram"] in PYPROJECT["project"]["scripts"]

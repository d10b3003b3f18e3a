"""The nix flake: it takes the package's facts from pyproject.toml, so these must be written as it reads them."""

from __future__ import annotations

import re
import tomllib

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

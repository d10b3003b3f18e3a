"""The Homebrew formula, as packaging/homebrew.py writes it for a source distribution."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from duckflux.version import __version__

from .conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def formula(sdist: Path) -> str:
    script = ROOT / "packaging" / "homebrew.py"
    return subprocess.run([sys.executable, script, sdist], check=True, capture_output=True, text=True).stdout


def field(formula: str, name: str) -> str:
    (found,) = re.findall(rf'^  {name} "(.*)"$', formula, re.MULTILINE)
    return found


def test_it_installs_this_very_file(formula: str, sdist: Path) -> None:
    assert field(formula, "url").endswith(f"/{PROJECT['name']}/duckflux_ls-{__version__}.tar.gz")
    assert field(formula, "sha256") == hashlib.sha256(sdist.read_bytes()).hexdigest()


def test_it_says_what_the_package_says(formula: str) -> None:
    assert field(formula, "desc") == PROJECT["description"]
    assert field(formula, "license") == PROJECT["license"]
    assert field(formula, "homepage") == f"https://pypi.org/project/{PROJECT['name']}/"


def test_it_links_every_command(formula: str) -> None:
    (linked,) = re.findall(r'libexec/"bin/\{(.*)\}"', formula)
    assert linked.split(",") == [*PROJECT["scripts"]]


def test_its_python_and_extras_are_supported(formula: str) -> None:
    (version,) = re.findall(r'depends_on "python@(.*)"', formula)
    assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]
    (extras,) = re.findall(r"buildpath\}\[(.*)\]", formula)
    assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"])


@pytest.mark.skipif(shutil.which("ruby") is None, reason="FORMULA NOT READ BY RUBY: install ruby")
def test_ruby_reads_it(formula: str) -> None:
    read = subprocess.run(["ruby", "-wc"], input=formula, capture_output=True, text=True, check=False)
    assert (read.returncode, read.stdout, read.stderr) == (0, "Syntax OK\n", "")

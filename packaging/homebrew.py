"""Writes the Homebrew formula of a release: `python packaging/homebrew.py SDIST > duckflux.rb`.

All that the formula says of the package comes from the source distribution itself.
"""

from __future__ import annotations

import hashlib
import sys
import tarfile
import tomllib
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

# The Python of Homebrew that the package is installed with, and the extras that go with it.
PYTHON = "3.13"
EXTRAS = "http"
_FORMULA = """\
class Duckflux < Formula
  include Language::Python::Virtualenv

  desc "{description}"
  homepage "https://pypi.org/project/{name}/"
  url "https://files.pythonhosted.org/packages/source/{initial}/{name}/{file}"
  sha256 "{digest}"
  license "{license}"

  depends_on "python@{python}"

  def install
    virtualenv_create(libexec, "python{python}")
    environment = libexec/"bin/python"
    system "python{python}", "-m", "pip", "--python=#{{environment}}", "install", "#{{buildpath}}[{extras}]"
    bin.install_symlink Dir[libexec/"bin/{{{commands}}}"]
    generate_completions_from_executable(bin/"duckflux", "completion")
  end

  test do
    (testpath/"hello.duck.yaml").write "flow: [{{type: exec, run: echo hello}}]"
    assert_equal "hello\\n", shell_output("#{{bin}}/duckflux run --quiet hello.duck.yaml")
    assert_match version.to_s, shell_output("#{{bin}}/duckflux-ls --version")
  end
end
"""


def main(arguments: list[str]) -> int:
    """Print the formula and return the exit code."""
    if len(arguments) != 1:
        print("usage: python packaging/homebrew.py SDIST", file=sys.stderr)
        return 2
    print(formula(Path(arguments[0])), end="")
    return 0


def formula(sdist: Path) -> str:
    """Return the formula that installs a source distribution."""
    metadata = _metadata(sdist)
    name = metadata["Name"]
    return _FORMULA.format(
        name=name,
        initial=name[0],
        file=sdist.name,
        digest=hashlib.sha256(sdist.read_bytes()).hexdigest(),
        description=metadata["Summary"],
        license=metadata["License-Expression"],
        python=PYTHON,
        extras=EXTRAS,
        commands=",".join(_commands(sdist)),
    )


def _metadata(sdist: Path) -> Message:
    return BytesParser().parsebytes(_member(sdist, "PKG-INFO"))


def _commands(sdist: Path) -> list[str]:
    """Return the names of the commands that the package installs."""
    return [*tomllib.loads(_member(sdist, "pyproject.toml").decode())["project"]["scripts"]]


def _member(sdist: Path, name: str) -> bytes:
    with tarfile.open(sdist) as archive:
        member = archive.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/{name}")
        assert member is not None  # noqa: S101
        return member.read()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""ARCHITECTURE rule 1: arrows point one way: cel ← language ← runtime ← trace, cli ← server."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
ENGINE = PROJECT / "engine"
EDITOR = {"lsprotocol", "pygls", "duckflux_ls"}
FORBIDDEN = {
    "duckflux/cel": {"duckflux", *EDITOR},
    "duckflux/language": {"duckflux.runtime", "duckflux.trace", "duckflux.cli", *EDITOR},
    "duckflux/runtime": {"duckflux.trace", "duckflux.cli", *EDITOR},
    "duckflux/trace": {"duckflux.cli", *EDITOR},
    "duckflux": EDITOR,
}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ENGINE).with_suffix("").parts)


def imports(source: str, module: str) -> Iterator[tuple[int, str]]:
    """(line, absolute name) of everything that is imported, also late ones and through `import_module`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*package, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).rpartition(".")[2] in ("import_module", "__import__")
            and isinstance(node.args[0], ast.Constant)
        ):
            name = str(node.args[0].value)
            dots = len(name) - len(name.lstrip("."))
            package = module.split(".")[:-dots] if dots else []
            yield node.lineno, ".".join([*package, name[dots:]])


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_arrows_point_one_way(folder: str) -> None:
    own = folder.replace("/", ".")
    wrong = []
    files = sorted((ENGINE / folder).rglob("*.py"))
    assert files
    for path in files:
        for line, name in imports(path.read_text("utf-8"), module_of(path)):
            if own != "duckflux" and within(name, own):
                continue
            if any(within(name, package) for package in FORBIDDEN[folder]):
                wrong.append(f"{path.relative_to(PROJECT)}:{line}: {name}")
    assert not wrong


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a.b", "a.b"),
        ("def f():\n from ..cel import parse", "duckflux.cel.parse"),
        ("from . import codes", "duckflux.language.codes"),
        ("from .. import cel", "duckflux.cel"),
        ("import_module('..cli.run')", "duckflux.cli.run"),
    ],
)
def test_imports_are_found(source: str, expected: str) -> None:
    assert [name for _, name in imports(source, "duckflux.language.model")] == [expected]

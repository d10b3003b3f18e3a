"""Imports between the packages of the server, and of `duckflux.ide`, go one way and form no cycles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SERVER, ENGINE = PROJECT / "server", PROJECT / "engine"
# Each may import those after it. `runs` and `index` do not know each other.
LAYERS = (
    {"__main__"},
    {"app"},
    {"requests"},
    {"server_state"},
    {"runs", "index"},
    {"session"},
)
PROTOCOL = ("lsprotocol", "pygls", "duckflux_ls")


def modules(base: Path, package: str) -> dict[str, Path]:
    """The modules of a package by their names."""
    found = {}
    for path in sorted(base.joinpath(*package.split(".")).rglob("*.py")):
        parts = path.relative_to(base).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules that a module imports; those in functions, and for type checking, too."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parts, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield full if full in known else base


@pytest.fixture(scope="module")
def server() -> dict[str, set[str]]:
    """The imports of each module of the server."""
    known = modules(SERVER, "duckflux_ls")
    return {name: set(imports(name, path, known)) for name, path in known.items()}


@pytest.fixture(scope="module")
def ide() -> dict[str, set[str]]:
    """The imports of each module of the editor layer."""
    known = modules(ENGINE, "duckflux.ide")
    return {name: set(imports(name, path, known)) for name, path in known.items()}


def layer_of(module: str) -> int | None:
    """The number of a module's layer, the highest first; None for the package itself and other packages."""
    package, _, rest = module.partition(".")
    if package != "duckflux_ls" or not rest:
        return None
    return next(number for number, layer in enumerate(LAYERS) if rest.split(".")[0] in layer)


def test_the_server_imports_downwards(server: dict[str, set[str]]) -> None:
    wrong = []
    for module, imported in server.items():
        own = layer_of(module)
        for other in imported:
            layer = layer_of(other)
            same_package = module.split(".")[1:2] == other.split(".")[1:2]
            if own is not None and layer is not None and not same_package and layer <= own:
                wrong.append(f"{module} imports {other}")
    assert wrong == []


def test_the_editor_layer_knows_no_protocol(ide: dict[str, set[str]]) -> None:
    wrong = [
        f"{module} imports {other}"
        for module, imported in ide.items()
        for other in imported
        if other.split(".")[0] in PROTOCOL
    ]
    assert wrong == []


@pytest.mark.parametrize("package", ["server", "ide"])
def test_there_are_no_cycles(package: str, request: pytest.FixtureRequest) -> None:
    graph: dict[str, set[str]] = request.getfixturevalue(package)
    known = {module: {other for other in imported if other in graph} for module, imported in graph.items()}
    try:
        TopologicalSorter(known).prepare()
    except CycleError as cycle:
        pytest.fail(" → ".join(reversed(cycle.args[1])))


def test_each_request_registers_itself(server: dict[str, set[str]]) -> None:
    requests = {name for name in server if name.startswith("duckflux_ls.requests.")}
    assert requests <= server["duckflux_ls.app.server"]

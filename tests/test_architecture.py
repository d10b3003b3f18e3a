"""The layers that ARCHITECTURE.md describes hold, and no modules import each other in a circle."""

from __future__ import annotations

import pytest

from . import architecture
from .architecture import LAYERS, circles, imported_names, imports, layer_of, modules, violations


def test_every_module_belongs_to_a_layer() -> None:
    assert not [name for name in modules() if layer_of(name) is None]
    assert not [layer.name for layer in LAYERS if not any(layer_of(name) == layer for name in modules())]


def test_layers_are_listed_from_the_ground_up() -> None:
    names = [layer.name for layer in LAYERS]
    for layer in LAYERS[: names.index("duckflux.cli")]:
        below = [name for name in layer.may_import if name != layer.name]
        assert all(names.index(name) < names.index(layer.name) for name in below), layer.name


def test_imports_follow_the_layers() -> None:
    assert not violations(imports())


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert not circles(imports())


def test_a_circle_is_found() -> None:
    graph = imports()
    one = next(found for found in graph["duckflux.language.analysis"] if "lint" in found.target)
    graph[one.target] = [*graph[one.target], one._replace(target="duckflux.language.analysis")]
    assert any({"duckflux.language.analysis", one.target} <= set(ring) for ring in circles(graph))


def test_an_import_against_the_layers_is_found() -> None:
    graph = imports()
    one = graph["duckflux.cli.main"][0]
    graph = {"duckflux.cel.parser": [one._replace(target="duckflux.language.analysis")]}
    assert len(violations(graph)) == 1
    assert violations({"duckflux.ide.cursor": [one._replace(target="lsprotocol.types")]})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a.b", ("a.b", "")),
        ("def f():\n from ..cel import parse", ("duckflux.cel", "parse")),
        ("from . import codes", ("duckflux.language", "codes")),
        ("from .. import cel", ("duckflux", "cel")),
        ("import_module('..cli.run')", ("duckflux.cli.run", "")),
    ],
)
def test_imports_are_found(source: str, expected: tuple[str, str]) -> None:
    assert [found[1:] for found in imported_names(source, "duckflux.language")] == [expected]


def test_the_command_prints_layers(capsys: pytest.CaptureFixture[str]) -> None:
    assert architecture.main() == 0
    assert "no circles" in capsys.readouterr().out

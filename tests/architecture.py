"""The layers of the code, and its import graph: `python -m tests.architecture` prints both.

A layer may import itself and the layers that `LAYERS` lists for it; ARCHITECTURE.md says why. Every import
counts: inside functions, under TYPE_CHECKING, and by `import_module` with a name that is written out.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).parent.parent
SOURCES = {"duckflux": PROJECT / "engine", "duckflux_ls": PROJECT / "server"}
PROTOCOL = ("lsprotocol", "pygls")

LANGUAGE = (
    "duckflux.language.budget",
    "duckflux.language.registry",
    "duckflux.language.suggest",
    "duckflux.language.syntax",
    "duckflux.language.schema",
    "duckflux.language.model",
    "duckflux.language.semantics",
    "duckflux.language.lint",
    "duckflux.language.analysis",
    "duckflux.language.workflow_files",
    "duckflux.language.free_names",
    "duckflux.language.test_files",
    "duckflux.files",
)


SERVER = (
    *LANGUAGE,
    "duckflux.cel",
    "duckflux.ide",
    "duckflux.shellcheck",
    "duckflux.runtime",
    "duckflux.trace",
    "duckflux.diagram",
    "duckflux.replay",
    "duckflux.testing",
    "duckflux.version",
    "duckflux.start_cache",
    "duckflux.own_command",
    "duckflux.kept_patterns",
    "duckflux.json_text",
    "duckflux.value_changes",
    "duckflux.terminal_text",
    "duckflux.tcp_access",
)


class Layer(NamedTuple):
    """A package or module with all that is below it, and the layers that it may import."""

    name: str
    may_import: tuple[str, ...]


# From the ground up: no layer imports one that is listed after it.
LAYERS = (
    Layer("duckflux.files", ()),
    Layer("duckflux.version", ()),
    Layer("duckflux.temporary_folders", ()),
    Layer("duckflux.start_cache", ()),
    Layer("duckflux.own_command", ()),
    Layer("duckflux.kept_patterns", ("duckflux.start_cache",)),
    Layer("duckflux.terminal_text", ()),
    Layer("duckflux.json_text", ()),
    Layer("duckflux.value_changes", ()),
    Layer("duckflux.cel", ()),
    Layer("duckflux.language.budget", ()),
    Layer("duckflux.language.registry", ()),
    Layer("duckflux.language.suggest", ("duckflux.cel",)),
    Layer("duckflux.language.workflow_files", ()),
    Layer("duckflux.language.free_names", ()),
    Layer("duckflux.language.syntax", LANGUAGE[:2]),
    Layer("duckflux.language.schema", ("duckflux.cel", *LANGUAGE[:4])),
    Layer("duckflux.language.model", ("duckflux.cel", *LANGUAGE[:5])),
    Layer(
        "duckflux.language.semantics", ("duckflux.json_text", "duckflux.cel", "duckflux.files", *LANGUAGE[:6])
    ),
    Layer(
        "duckflux.language.lint",
        ("duckflux.cel", "duckflux.files", *LANGUAGE[:7], "duckflux.language.workflow_files"),
    ),
    Layer("duckflux.language.analysis", ("duckflux.files", *LANGUAGE[:8])),
    Layer("duckflux.language.test_files", LANGUAGE[:9]),
    Layer("duckflux.shellcheck", ("duckflux.temporary_folders", *LANGUAGE)),
    Layer("duckflux.templates", ()),
    Layer(
        "duckflux.ide",
        (
            "duckflux.terminal_text",
            "duckflux.value_changes",
            "duckflux.templates",
            "duckflux.cel",
            *LANGUAGE,
        ),
    ),
    Layer("duckflux.importing", ("duckflux.json_text", *LANGUAGE)),
    Layer("duckflux.runtime.extras", ("duckflux.own_command",)),
    Layer("duckflux.runtime.clock", ()),
    Layer("duckflux.runtime.ids", ()),
    Layer("duckflux.runtime.values", ("duckflux.json_text",)),
    Layer("duckflux.runtime.events", ()),
    Layer("duckflux.runtime.process", ("duckflux.own_command",)),
    Layer(
        "duckflux.runtime.hubs",
        (
            "duckflux.json_text",
            "duckflux.language.schema",
            *(f"duckflux.runtime.{name}" for name in ("clock", "extras", "ids", "values", "events")),
        ),
    ),
    Layer(
        "duckflux.runtime",
        (
            "duckflux.version",
            "duckflux.json_text",
            "duckflux.terminal_text",
            "duckflux.cel",
            *LANGUAGE,
            "duckflux.runtime",
        ),
    ),
    Layer(
        "duckflux.trace",
        (
            "duckflux.version",
            "duckflux.temporary_folders",
            "duckflux.json_text",
            "duckflux.value_changes",
            "duckflux.terminal_text",
            *LANGUAGE,
            "duckflux.runtime",
        ),
    ),
    Layer("duckflux.diagram", (*LANGUAGE, "duckflux.trace")),
    Layer(
        "duckflux.replay",
        ("duckflux.json_text", "duckflux.cel", *LANGUAGE, "duckflux.runtime", "duckflux.trace"),
    ),
    Layer("duckflux.tcp_access", ("duckflux.files",)),
    Layer("duckflux.live", ("duckflux.json_text", "duckflux.runtime", "duckflux.trace")),
    Layer(
        "duckflux.wait_answers",
        ("duckflux.json_text", *LANGUAGE, "duckflux.ide", "duckflux.runtime", "duckflux.live"),
    ),
    Layer("duckflux.testing", (*LANGUAGE, "duckflux.runtime", "duckflux.trace", "duckflux.replay")),
    Layer(
        "duckflux.debug",
        (
            "duckflux.json_text",
            "duckflux.terminal_text",
            "duckflux.cel",
            *LANGUAGE,
            "duckflux.runtime",
            "duckflux.trace",
            "duckflux.replay",
            "duckflux.live",
            "duckflux.testing",
        ),
    ),
    Layer(
        "duckflux.durable",
        ("duckflux.json_text", *LANGUAGE, "duckflux.runtime", "duckflux.trace"),
    ),
    Layer("duckflux.library", ("duckflux.json_text", *LANGUAGE, "duckflux.runtime", "duckflux.trace")),
    Layer(
        "duckflux.web",
        (
            "duckflux.files",
            "duckflux.json_text",
            "duckflux.tcp_access",
            *LANGUAGE,
            "duckflux.ide",
            "duckflux.runtime",
            "duckflux.trace",
            "duckflux.diagram",
            "duckflux.live",
            "duckflux.wait_answers",
            "duckflux.durable",
        ),
    ),
    Layer("duckflux.cli", ("duckflux",)),
    Layer("duckflux.__main__", ("duckflux.kept_patterns", "duckflux.runtime", "duckflux.cli")),
    Layer("duckflux", ("duckflux",)),
    Layer("duckflux_ls.session", SERVER),
    Layer("duckflux_ls.index", (*SERVER, "duckflux_ls.session")),
    Layer("duckflux_ls.runs", (*SERVER, "duckflux.live", "duckflux.wait_answers", "duckflux_ls.session")),
    Layer(
        "duckflux_ls.server_state", (*SERVER, "duckflux_ls.session", "duckflux_ls.index", "duckflux_ls.runs")
    ),
    Layer(
        "duckflux_ls.requests",
        (
            *SERVER,
            *(f"duckflux_ls.{name}" for name in ("session", "index", "runs", "server_state")),
        ),
    ),
    Layer("duckflux_ls.app", ("duckflux_ls", *SERVER)),
    Layer("duckflux_ls", ("duckflux_ls.app", "duckflux.runtime", "duckflux.version")),
)


class Import(NamedTuple):
    """One import: the module that is imported, and where."""

    target: str
    path: Path
    line: int


def modules() -> dict[str, Path]:
    """Return the path of every module by its name."""
    found = {}
    for folder in SOURCES.values():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported_names(source: str, package: str) -> Iterator[tuple[int, str, str]]:
    """Yield (line, absolute module, name in it or empty) for every import of a module inside `package`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name, "") for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = _absolute(package, level, module or "")
                yield from ((node.lineno, base, alias.name) for alias in names)
            case ast.Call(func=func, args=[ast.Constant(value=str() as name), *_]) if ast.unparse(
                func
            ).rpartition(".")[2] in ("import_module", "__import__"):
                level = len(name) - len(name.lstrip("."))
                yield node.lineno, _absolute(package, level, name[level:]), ""
            case _:
                pass


def _absolute(package: str, level: int, module: str) -> str:
    if level == 0:
        return module
    parents = package.split(".")
    return ".".join([*parents[: len(parents) - level + 1], *([module] if module else [])])


def imports() -> dict[str, list[Import]]:
    """Return the imports of each module; of other modules of this project, and of the protocol's packages."""
    known = modules()
    graph: dict[str, list[Import]] = {}
    for name, path in known.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        graph[name] = [
            Import(target, path, line)
            for line, module, member in imported_names(path.read_text("utf-8"), package)
            if (target := _target(known, module, member)) is not None and target != name
        ]
    return graph


def _target(known: Mapping[str, Path], module: str, member: str) -> str | None:
    if member and f"{module}.{member}" in known:
        return f"{module}.{member}"
    return module if module in known or module.split(".")[0] in PROTOCOL else None


def layer_of(module: str) -> Layer | None:
    """Return the layer of a module: the one with the longest matching name."""
    matching = [layer for layer in LAYERS if _within(module, layer.name)]
    return max(matching, key=lambda layer: len(layer.name), default=None)


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def violations(graph: Mapping[str, list[Import]]) -> list[str]:
    """Return the imports that the layers forbid, as `FILE:LINE: importer -> imported`."""
    return [
        f"{found.path.relative_to(PROJECT)}:{found.line}: {name} -> {found.target}"
        for name, targets in graph.items()
        for found in targets
        if not _may_import(name, found.target)
    ]


def _may_import(name: str, target: str) -> bool:
    layer = layer_of(name)
    if layer is None:
        return False
    if target.split(".")[0] in PROTOCOL:
        return layer.name.startswith("duckflux_ls")
    inside = _within(target, layer.name) and layer_of(target) == layer
    return inside or any(_within(target, allowed) for allowed in layer.may_import)


def circles(graph: Mapping[str, list[Import]]) -> list[list[str]]:
    """Return the groups of modules that import each other, directly or through others (Tarjan's algorithm)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = lowest[name] = len(order)
        stack.append(name)
        for target in {one.target for one in graph[name] if one.target in graph}:
            if target not in order:
                visit(target)
                lowest[name] = min(lowest[name], lowest[target])
            elif target in stack:
                lowest[name] = min(lowest[name], order[target])
        if lowest[name] == order[name]:
            at = stack.index(name)
            group = stack[at:]
            del stack[at:]
            if len(group) > 1:
                found.append(sorted(group))

    sys.setrecursionlimit(max(sys.getrecursionlimit(), 4 * len(graph) + 1000))
    for name in graph:
        if name not in order:
            visit(name)
    return found


def main() -> int:
    """Print the layers with what each imports, then circles and violations. Return 1 if there are any."""
    graph = imports()
    for layer in LAYERS:
        members = [name for name in graph if layer_of(name) == layer]
        used = {
            other.name
            for name in members
            for one in graph[name]
            if (other := layer_of(one.target)) is not None and other != layer
        }
        print(f"{layer.name} ({len(members)} modules)")
        print(f"    imports {', '.join(sorted(used)) or 'nothing of ours'}")
    wrong = violations(graph)
    rings = circles(graph)
    print(f"\n{len(graph)} modules, {sum(map(len, graph.values()))} imports")
    print("\n".join(f"circle: {' <-> '.join(ring)}" for ring in rings) or "no circles")
    print("\n".join(wrong) or "no import against the layers")
    return 1 if wrong or rings else 0


if __name__ == "__main__":
    raise SystemExit(main())

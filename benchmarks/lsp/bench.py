"""How long a language server takes, beside a peer in the same run.

    python benchmarks/lsp/bench.py [--peer 'COMMAND'] [--sizes 31,1055,10775] [--rounds 15]

The peer is another server's command, such as `npx yaml-language-server --stdio`; it is given this project's
schema. Times are medians in milliseconds. The start is also that of an empty pygls server, the floor of every
server in Python.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
from client import Client
from files import File, Place, generate

OURS = [sys.executable, "-m", "duckflux_ls", "--stdio"]
EMPTY = [sys.executable, "-c", "from pygls.lsp.server import LanguageServer as S; S('x', '1').start_io()"]
EDIT = "edit to diagnostics"
DELTA = "changed tokens after an edit"
GOALS: dict[str, tuple[float, ...]] = {
    "open to diagnostics": (20, 80, 400),
    EDIT: (5, 20, 60),
    "completion of a field": (3, 5, 15),
    "completion in an expression": (3, 5, 15),
    "hover": (2, 3, 5),
    "symbols": (2, 10, 60),
    "definition": (2, 5, 20),
    "references": (2, 5, 20),
    "semantic tokens": (5, 30, 250),
    DELTA: (3, 8, 40),
    "peak MiB": (60, 80, 160),
}


class Session(NamedTuple):
    """A server with one file open."""

    client: Client
    uri: str
    file: File

    def at(self, place: Place) -> dict[str, Any]:
        position = {"line": place.line, "character": place.character}
        return {"textDocument": {"uri": self.uri}, "position": position}

    def edit(self, version: int, text: str, *, replaces: int = 0) -> None:
        """Type a text at the end of a command, over as many characters."""
        place = self.file.typing
        start = {"line": place.line, "character": place.character}
        end = {"line": place.line, "character": place.character + replaces}
        change = {"range": {"start": start, "end": end}, "text": text}
        document = {"uri": self.uri, "version": version}
        params = {"textDocument": document, "contentChanges": [change]}
        self.client.notify("textDocument/didChange", params)


def measure(command: list[str], file: File, folder: Path, rounds: int) -> Iterator[tuple[str, float]]:
    """(what, milliseconds or MiB) for one server and one file."""
    schema = {str(folder / "schema.json"): "*.duck.yaml"}
    settings = {"yaml": {"schemas": schema, "validate": True, "completion": True, "hover": True}}
    path = folder / "w.duck.yaml"
    path.write_text(file.text)
    client = Client(command, settings, folder / "server.log")
    session = Session(client, path.as_uri(), file)
    try:
        client.initialize(folder)
        time.sleep(1.0)
        yield "open to diagnostics", 1000 * opened(session)
        yield from edits(session, rounds)
        yield from requests(session, rounds)
        yield from tokens(session, rounds)
        yield "peak MiB", client.peak()
    finally:
        client.close()


def opened(session: Session) -> float:
    item = {"uri": session.uri, "languageId": "yaml", "version": 1, "text": session.file.text}
    begin = time.perf_counter()
    session.client.notify("textDocument/didOpen", {"textDocument": item})
    return session.client.published(session.uri, 1, begin)


def edits(session: Session, rounds: int) -> Iterator[tuple[str, float]]:
    taken = []
    for version in range(2, rounds + 2):
        session.client.forget()
        begin = time.perf_counter()
        session.edit(version, "x", replaces=0 if version == 2 else 1)
        taken.append(session.client.published(session.uri, version, begin))
        time.sleep(0.02)
    yield EDIT, 1000 * statistics.median(taken)
    begin = time.perf_counter()
    for version in range(rounds + 2, rounds + 22):
        session.edit(version, "y", replaces=1)
    yield "burst of 20 edits", 1000 * session.client.published(session.uri, rounds + 21, begin)


def requests(session: Session, rounds: int) -> Iterator[tuple[str, float]]:
    file, uri = session.file, session.uri
    asked: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("completion of a field", "textDocument/completion", session.at(file.key)),
        ("completion in an expression", "textDocument/completion", session.at(file.expression)),
        ("hover", "textDocument/hover", session.at(file.field)),
        ("symbols", "textDocument/documentSymbol", {"textDocument": {"uri": uri}}),
        ("definition", "textDocument/definition", session.at(file.name)),
        (
            "references",
            "textDocument/references",
            session.at(file.name) | {"context": {"includeDeclaration": True}},
        ),
    )
    for what, method, params in asked:
        try:
            yield what, 1000 * median(lambda m=method, p=params: session.client.request(m, p), rounds)  # type: ignore[misc]
        except RuntimeError as error:
            print(f"  {what}: {error}", file=sys.stderr)
            yield what, float("nan")


def tokens(session: Session, rounds: int) -> Iterator[tuple[str, float]]:
    """All of them, the first time; then what an edit changes, once its diagnostics are there."""
    text = {"textDocument": {"uri": session.uri}}
    try:
        yield "semantic tokens", 1000 * session.client.request("textDocument/semanticTokens/full", text)
    except RuntimeError as error:
        print(f"  semantic tokens: {error}", file=sys.stderr)
        return
    taken = []
    for version in range(1_000, 1_000 + rounds):
        begin = time.perf_counter()
        session.edit(version, "z", replaces=1)
        session.client.published(session.uri, version, begin)
        known = text | {"previousResultId": session.client.last["resultId"]}
        taken.append(session.client.request("textDocument/semanticTokens/full/delta", known))
    yield DELTA, 1000 * statistics.median(taken)


def median(once: Callable[[], float], rounds: int) -> float:
    return statistics.median(once() for _ in range(rounds))


def start(command: list[str], folder: Path, rounds: int) -> float:
    """Milliseconds from the start of the process to the answer to `initialize`."""

    def once() -> float:
        client = Client(command, {}, folder / "server.log")
        try:
            return client.initialize(folder)
        finally:
            client.close()

    return 1000 * median(once, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", type=shlex.split, metavar="COMMAND")
    parser.add_argument("--sizes", default="31,1055,10775", help="lines of the files")
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    # As installed: with the byte code that a first start leaves.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sizes = [int(size) for size in args.sizes.split(",")]
    servers = {"ours": OURS, **({"peer": args.peer} if args.peer else {})}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_schema(folder / "schema.json")
        report_start(servers | {"empty pygls": EMPTY}, folder)
        for at, size in enumerate(sizes):
            file = generate(size)
            found = {
                who: dict(measure(command, file, folder, args.rounds)) for who, command in servers.items()
            }
            report(f"{file.lines} lines", found, at if len(sizes) == 3 else None)
        under_load(folder, args.rounds)


def under_load(folder: Path, rounds: int) -> None:
    """Edits of a middle file with other files open, and while a run writes as much as it can."""
    file = generate(1055)
    print(f"\n{'1055 lines: edit to diagnostics':40}" + "ms".rjust(8))
    for others in (0, 10, 100):
        client = Client(OURS, {}, folder / "server.log")
        try:
            client.initialize(folder)
            for number in range(others):
                opened(Session(client, (folder / f"other{number}.duck.yaml").as_uri(), generate(300, number)))
            session = Session(client, (folder / "w.duck.yaml").as_uri(), file)
            opened(session)
            print(f"{f'  with {others} other files open':40}{dict(edits(session, rounds))[EDIT]:8.1f}")
            if others == 0:
                run_noisily(client, folder)
                print(f"{'  while a run logs heavily':40}{dict(edits(session, rounds))[EDIT]:8.1f}")
        finally:
            client.close()


def run_noisily(client: Client, folder: Path) -> None:
    """Start a run whose step prints all the time, and wait until it does."""
    path = folder / "noisy.duck.yaml"
    path.write_text("flow: [{type: exec, timeout: 1m, run: 'while :; do echo some words to log; done'}]\n")
    noisy = generate(31)._replace(text=path.read_text())
    opened(Session(client, path.as_uri(), noisy))
    client.request(
        "workspace/executeCommand", {"command": "duckflux.server.run", "arguments": [{"uri": path.as_uri()}]}
    )


def write_schema(path: Path) -> None:
    from duckflux.language import schema

    path.write_text(json.dumps(schema.root()))


def report_start(servers: dict[str, list[str]], folder: Path) -> None:
    print(f"{'start to initialize':30}", end="")
    for who, command in servers.items():
        print(f" {who} {start(command, folder, 5):.0f} ms", end="")
    print()


def report(title: str, found: dict[str, dict[str, float]], goal: int | None) -> None:
    print(f"\n{title:30}" + "".join(f"{who:>10}" for who in found) + f"{'ratio':>8}{'goal':>8}")
    for what in next(iter(found.values())):
        values = [result.get(what, float("nan")) for result in found.values()]
        ratio = f"{values[0] / values[1]:8.2f}" if len(values) > 1 else " " * 8
        wanted = f"{GOALS[what][goal]:8.0f}" if goal is not None and what in GOALS else ""
        print(f"{what:30}" + "".join(f"{value:10.1f}" for value in values) + ratio + wanted)


if __name__ == "__main__":
    main()

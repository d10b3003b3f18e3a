"""How long a workspace of many workflows takes to read, and what somebody who types feels of it.

    python benchmarks/lsp/index.py [--files 1000] [--rounds 15]

Medians in milliseconds, but for the time of the index, which is in seconds: from the answer to `initialize` to
the end of its progress. The file that is typed in has 1,055 lines; the others have about 65, and a hundred of
them call one.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from bench import OURS, Session, median, opened
from client import Client
from files import generate

RENAMED = 100


def write(folder: Path, count: int) -> None:
    """A hundred of the files read an input of one that they call."""
    for number in range(count):
        text = generate(60, number).text
        if number < RENAMED:
            call = "  called: {type: workflow, path: called.duck.yaml, input: {version: \"'1'\"}}\n"
            text = text.replace("participants:\n", "participants:\n" + call).replace(
                "flow:\n", "flow:\n  - called\n"
            )
        (folder / f"w{number}.duck.yaml").write_text(text)
    (folder / "called.duck.yaml").write_text(CALLED)


CALLED = """\
inputs:
  version: {required: true}
flow:
  - {type: exec, run: make, input: {VERSION: workflow.inputs.version}}
"""


def type_until(session: Session, version: int, end: float, taken: list[float]) -> int:
    """Type a character every 100 ms until a time, as people do. The last version."""
    while time.perf_counter() < end:
        begin = time.perf_counter()
        session.edit(version, "x", replaces=0 if version == 2 else 1)
        taken.append(1000 * session.client.published(session.uri, version, begin))
        version += 1
        time.sleep(max(0.0, begin + 0.1 - time.perf_counter()))
    return version


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, args.files)
        alone(folder)
        while_typing(folder, args.rounds)


def alone(folder: Path) -> None:
    client = Client(OURS, {}, folder / "server.log")
    try:
        client.initialize(folder)
        begin = time.perf_counter()
        print(f"{'index, nobody types':40}{client.end_of_progress() - begin:10.2f} s (goal 3)")
        print(f"{'peak':40}{client.peak():10.0f} MiB")
    finally:
        client.close()


def while_typing(folder: Path, rounds: int) -> None:
    client = Client(OURS, {}, folder / "server.log")
    session = Session(client, (folder / "typed.duck.yaml").as_uri(), generate(1055))
    during: list[float] = []
    after: list[float] = []
    try:
        client.initialize(folder)
        begin = time.perf_counter()
        opened(session)
        version = 2
        while client.ended is None:
            version = type_until(session, version, time.perf_counter() + 0.1, during)
        print(f"{'index, somebody types':40}{client.ended - begin:10.2f} s")
        type_until(session, version, time.perf_counter() + 0.1 * rounds, after)
        print(f"{'edit to diagnostics while it is made':40}{statistics.median(during):10.1f} ms", end="")
        print(f", at most {max(during):.1f}")
        print(f"{'edit to diagnostics afterwards':40}{statistics.median(after):10.1f} ms")
        ask(client, folder, rounds)
    finally:
        client.close()


def ask(client: Client, folder: Path, rounds: int) -> None:
    called = Session(client, (folder / "called.duck.yaml").as_uri(), generate(31)._replace(text=CALLED))
    opened(called)
    at = {"textDocument": {"uri": called.uri}, "position": {"line": 1, "character": 4}}
    asked = {
        "workspace symbols": ("workspace/symbol", {"query": "step12"}),
        "references of an input": (
            "textDocument/references",
            {**at, "context": {"includeDeclaration": True}},
        ),
        f"rename across {RENAMED} files": ("textDocument/rename", {**at, "newName": "release"}),
    }
    for what, (method, params) in asked.items():
        print(f"{what:40}{1000 * median(lambda m=method, p=params: client.request(m, p), rounds):10.1f} ms")  # type: ignore[misc]
        if method == "textDocument/rename":
            assert len(client.last["changes"]) == RENAMED + 1


if __name__ == "__main__":
    main()

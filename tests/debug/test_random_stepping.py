"""However a run is stepped through, it does the same as one without a debugger."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ..replay.workflows import Maker
from .conftest import Debugging
from .dap_client import TIMEOUT, RefusedError

MOTIONS = ("next", "stepIn", "stepIn", "stepOut", "continue")


def ran(folder: Path) -> Counter[str]:
    """Return the commands that ran, each as often as it did; those of branches have no order."""
    path = folder / "ran.txt"
    return Counter(path.read_text().splitlines()) if path.exists() else Counter()


@pytest.mark.parametrize("others", ["run", "hold"])
@pytest.mark.parametrize("seed", range(5))
def test_stepping_changes_nothing(debugging: Debugging, seed: int, others: str) -> None:
    made, dice = Maker(seed), random.Random(seed)
    plain = debugging.folder / "plain"
    plain.mkdir()
    for folder in (plain, debugging.folder):
        (folder / "main.duck.yaml").write_text(made.workflow)
        (folder / "child.duck.yaml").write_text(made.child)
    command = [sys.executable, "-m", "duckflux", "run", "main.duck.yaml", "--quiet", "--no-control"]
    expected = subprocess.run(
        command, cwd=plain, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert expected.returncode == 0, expected.stderr
    lines = range(1, made.workflow.count("\n"))
    path = debugging.folder / "main.duck.yaml"
    client = debugging.client()
    client.launch(
        path,
        breakpoints={path: dice.sample(lines, 8), debugging.folder / "child.duck.yaml": [4]},
        stopOnEntry=True,
        otherBranches=others,
    )
    stops = 0
    while (thread := client.next_stop()) is not None:
        assert client.stack(thread)
        motion = dice.choice(MOTIONS) if stops < 150 else "continue"
        try:
            client.move(motion, thread, **({"singleThread": True} if others == "run" else {}))
        except RefusedError as error:
            # Another thread was told to continue, and with it this one.
            assert "the thread runs" in str(error) or "may have ended" in str(error)
            assert others == "hold"
        stops += 1
    assert stops > 3
    result = next(e["body"]["output"] for e in reversed(client.all) if e.get("event") == "output")
    assert json.loads(result) == json.loads(expected.stdout)
    assert ran(debugging.folder) == ran(plain)

"""Random workflows on two workers, either of which is killed at any moment, give what they give without kills.

No committed step runs again. `DUCKFLUX_KILLED_RUNS=500 make test-durable` tries so many; a failure names a seed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest
from duckflux.durable.records import Ended, decode_records
from duckflux.durable.store import OPEN_STATES

from ...replay.workflows import Maker
from .servers import Team

RUNS = int(os.environ.get("DUCKFLUX_KILLED_RUNS", "50"))
BATCH = 10


def committed(team: Team, id_: str) -> Counter[str]:
    """How often the end of each step was kept."""
    keys: Counter[str] = Counter()
    for text in team.journal(id_):
        keys.update(record.key for record in decode_records(text) if isinstance(record, Ended))
    return keys


@pytest.mark.parametrize("first", range(0, RUNS, BATCH))
def test_random_kills(team: Team, first: int) -> None:
    rng, seeds = random.Random(first), range(first, min(first + BATCH, RUNS))
    expected: dict[int, tuple[object, Counter[str]]] = {}
    folders: dict[int, Path] = {}
    for seed in seeds:
        maker = Maker(seed)
        folder = folders[seed] = team.folder / str(seed)
        folder.mkdir()
        (folder / "w.duck.yaml").write_text(maker.workflow)
        (folder / "child.duck.yaml").write_text(maker.child)
        output = team.do("run", f"{seed}/w.duck.yaml", "--quiet")
        expected[seed] = json.loads(output), Counter(team.log(f"{seed}/ran.txt"))
        (folder / "ran.txt").unlink()
    team.hire()
    team.hire()
    for seed in seeds:
        team.submit(
            f"r{seed}", "--spread", rng.choice(["none", "parallel", "all"]), file=f"{seed}/w.duck.yaml"
        )
    kills = 0
    while any(team.find(f"r{seed}").state in OPEN_STATES for seed in seeds):
        time.sleep(rng.uniform(0.2, 1.5))
        if kills < 12:
            team.kill(rng.choice(team.workers))
            team.hire()
            kills += 1
    for seed in seeds:
        result = json.loads(team.find(f"r{seed}").result or "null")
        assert result == {"output": expected[seed][0]}, seed
        did = Counter(team.log(f"{seed}/ran.txt"))
        assert not expected[seed][1] - did, seed
        # The end of a step is kept once, and a step whose end is kept has not begun again since.
        assert set(committed(team, f"r{seed}").values()) <= {1}, seed
        twice = (did - expected[seed][1]).total()
        assert twice <= kills * 3, seed
        shutil.rmtree(folders[seed])

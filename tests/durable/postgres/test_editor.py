"""An editor with the setting `run.durable`, whose runs workers of a real Postgres execute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ...server.conftest import start
from ...server.test_answers import ASKING, WAITING, is_answered_by_its_lens, runtime
from ...server.test_durable_runs import keeping
from .servers import Team

# pytest finds the fixtures here.
__all__ = ["runtime", "start"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.usefixtures("runtime")
async def test_a_wait_of_a_run_elsewhere_is_answered_by_its_lens(
    team: Team, start: Any, tmp_path: Path
) -> None:
    team.hire()
    editor = await start(experimental=ASKING, **keeping(team.url))
    await is_answered_by_its_lens(editor, editor.write(tmp_path / "w.duck.yaml", WAITING))
    (run,) = team.query("SELECT workflow_uuid FROM dbos.workflow_status WHERE name = 'duckflux-runs'")
    assert team.find(run).state == "success"

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .servers import Postgres, Team, programs


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    if not os.environ.get("DUCKFLUX_POSTGRES"):
        pytest.skip("tests with a real Postgres run where DUCKFLUX_POSTGRES is set (make test-durable)")
    if programs() is None:
        pytest.skip("Postgres is not installed (apt install postgresql)")
    with tempfile.TemporaryDirectory(prefix="duckflux-pg-") as folder:
        postgres = Postgres(Path(folder))
        yield postgres
        postgres.stop("immediate")


@pytest.fixture
def team(server: Postgres, tmp_path: Path) -> Iterator[Team]:
    team = Team(server.database(), tmp_path)
    yield team
    team.dismiss()

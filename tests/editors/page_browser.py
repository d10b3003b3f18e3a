"""Drives pages of traces in a browser: `page/` has what is done there."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .vscode_process import PICTURES

__all__ = ["PICTURES", "chromium", "drive"]

_DRIVER = Path(__file__).parent / "page"


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium")
    if found is None or not (_DRIVER / "node_modules").exists():
        pytest.skip("PAGE TESTS NOT RUN: no chromium or playwright-core; run tests/editors/install.sh")
    return found


def drive(script: str, *arguments: str | Path) -> dict[str, Any]:
    """What a script saw."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    driver = ["node", str(_DRIVER / script), *map(str, arguments), str(PICTURES)]
    driven = subprocess.run(driver, stdout=subprocess.PIPE, text=True, timeout=300, check=True)
    found: dict[str, Any] = json.loads(driven.stdout)
    return found

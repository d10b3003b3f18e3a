"""Steps of all participant types are performed by workers that do not have their run, or say why they can't."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("mcp")

from ...plugins.test_plugins import site
from ...runtime.mcp.conftest import Mcp
from .servers import Team

# pytest finds the fixture here.
__all__ = ["site"]

TOOLS = """
flow:
- as: sum
  type: mcp
  server: ducks
  tool: add
  input: '{"a": 1, "b": 2}'
- as: wrong
  type: mcp
  server: ducks
  tool: fail
  onError: skip
- as: unknown
  type: mcp
  server: ducks
  tool: ad
  onError: skip
output: '{"sum": sum.output, "wrong": wrong.error, "unknown": unknown.error}'
"""
NOTE = """
flow:
- {as: note, type: file, to: ./out.txt, content: "'hello'"}
output: note.output
"""


def performed(team: Team, id_: str) -> int:
    """How many steps of a run have travelled."""
    (count,) = team.query(f"SELECT count(*) FROM dbos.workflow_status WHERE workflow_uuid LIKE '{id_}/%'")
    return int(count)


def test_tools_of_an_mcp_server_are_called_elsewhere(team: Team) -> None:
    mcp = Mcp(team.folder)
    mcp.configure(ducks=mcp.stdio)
    team.begin(TOOLS, "--spread", "all")
    found = json.loads(team.result("r"))
    assert found["sum"] == {"sum": 3}
    assert "'fail' of 'ducks' failed" in found["wrong"]
    assert "no ducks today" in found["wrong"]
    assert "MCP server 'ducks' has no tool 'ad': did you mean `add`?" in found["unknown"]
    assert performed(team, "r") == 3


def test_a_worker_without_the_configuration_of_the_server_says_so(team: Team) -> None:
    team.begin(TOOLS, "--spread", "all", workers=1)
    assert "ducks" in team.try_to("runs", "follow", "r").stderr
    assert performed(team, "r") == 1


def test_a_step_of_a_plugin_is_performed_elsewhere(team: Team, site: Path) -> None:
    team.environment["PYTHONPATH"] = str(site)
    team.begin(NOTE, "--spread", "all")
    assert team.result("r")
    assert (team.folder / "out.txt").read_text() == "hello"
    assert performed(team, "r") == 1


def test_a_worker_without_the_plugin_is_told_of_with_what_to_install(team: Team, site: Path) -> None:
    team.hire()
    team.environment["PYTHONPATH"] = str(site)
    team.begin(NOTE, workers=0)
    done = team.try_to("runs", "follow", "r")
    assert done.returncode == 2
    assert done.stderr.endswith(
        "no plugin for participants of type file is installed, "
        f"on the worker {team.find('r').holder}: pip install duckflux-file [not-installed]\n"
    )

"""What is asked of all workflows together: symbols, links, calls, moves, as data."""

from __future__ import annotations

from pathlib import Path

import pytest
from duckflux.language.analysis import analyse
from duckflux.testing.files import check
from duckflux_ls.features import call_hierarchy
from duckflux_ls.features.document_link import document_links
from duckflux_ls.features.names import AnyNames, KeptNames, Names
from duckflux_ls.features.will_rename_files import will_rename_files
from duckflux_ls.features.workspace_symbol import workspace_symbols
from lsprotocol.types import PositionEncodingKind, TextEdit

UTF16 = PositionEncodingKind.Utf16
FILES = {
    "main.duck.yaml": """
id: main
participants:
  deploy: {type: workflow, path: ./sub/deploy.duck.yaml, onError: roll_back}
  roll_back: {type: exec, run: git revert, onError: alarm}
  alarm: {type: emit, event: alarmed}
flow:
  - deploy
  - {type: workflow, path: sub/deploy.duck.yaml}
""",
    "sub/deploy.duck.yaml": """
inputs: {environment: }
flow:
  - {type: workflow, path: ../shared.duck.yaml}
  - {type: workflow, path: missing.duck.yaml}
""",
    "shared.duck.yaml": "name: Shared steps\nflow: [{as: release_notes, type: exec, run: x}]\n",
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Names]:
    (tmp_path / "sub").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return {
        name: Names((tmp_path / name).as_uri(), analyse(text, tmp_path / name))
        for name, text in FILES.items()
    }


@pytest.fixture(params=["open", "closed"])
def everywhere(request: pytest.FixtureRequest, files: dict[str, Names]) -> list[AnyNames]:
    """The same as they are kept of files that are open, and of files that are not."""
    return [names if request.param == "open" else KeptNames(names, UTF16) for names in files.values()]


def test_symbols_by_a_part_of_their_names(everywhere: list[AnyNames]) -> None:
    def named(query: str) -> list[str]:
        return [symbol.name for symbol in workspace_symbols(query, everywhere, UTF16)]

    assert named("alarm") == ["alarm", "alarmed"]
    assert named("rlnts") == ["release_notes"]
    assert named("environ") == ["environment"]
    assert named("shared") == ["Shared steps (shared.duck.yaml)"]
    assert {"deploy.duck.yaml", "roll_back", "main (main.duck.yaml)"} <= set(named(""))


def test_links_in_comments(tmp_path: Path) -> None:
    """Of a code to its explanation, of a trace or another file to that."""
    (tmp_path / ".duckflux").mkdir()
    (tmp_path / ".duckflux" / "run.json").write_text("{}")
    text = """\
# The last run: .duckflux/run.json, not .duckflux/other.json. See https://example.org/run.json
flow:
  - nobody  # duckflux-ignore DF301, DF999: see run.md
  - type: exec
    run: |
      # .duckflux/run.json is in no comment of ours, nor is DF301
"""
    names = Names("file:///w", analyse(text, tmp_path / "w.duck.yaml"))
    links = [
        (link.range.start.line, str(link.target).rpartition("/")[2]) for link in document_links(names, UTF16)
    ]
    assert links == [(0, "run.json"), (2, "DF301.md")]


def test_a_test_file_leads_to_its_workflow(files: dict[str, Names], tmp_path: Path) -> None:
    text = "workflow: sub/deploy.duck.yaml\ntests: []\n"
    names = Names("file:///w", check(text, tmp_path / "main.ducktest.yaml"))
    assert [str(link.target) for link in document_links(names, UTF16)] == [files["sub/deploy.duck.yaml"].uri]


def test_links_lead_to_files_that_are_there(files: dict[str, Names]) -> None:
    links = document_links(files["sub/deploy.duck.yaml"], UTF16)
    assert [str(link.target).rpartition("/")[2] for link in links] == ["shared.duck.yaml"]


def test_which_workflows_run_which(files: dict[str, Names], everywhere: list[AnyNames]) -> None:
    deploy = files["sub/deploy.duck.yaml"]
    (item,) = call_hierarchy.prepare(deploy, 0, everywhere, UTF16)
    assert item.name == "deploy.duck.yaml"
    (caller,) = call_hierarchy.incoming(item, deploy, everywhere, UTF16)
    assert caller.from_.name == "main" and len(caller.from_ranges) == 2
    (callee,) = call_hierarchy.outgoing(item, deploy, everywhere, UTF16)
    assert callee.to.name == "Shared steps" and len(callee.from_ranges) == 1
    main = files["main.duck.yaml"]
    (named,) = call_hierarchy.prepare(main, FILES["main.duck.yaml"].index("sub/"), everywhere, UTF16)
    assert named == item


def test_which_participant_stands_in_for_which(files: dict[str, Names], everywhere: list[AnyNames]) -> None:
    main = files["main.duck.yaml"]
    (item,) = call_hierarchy.prepare(
        main, FILES["main.duck.yaml"].index("  roll_back:") + 3, everywhere, UTF16
    )
    assert item.name == "roll_back"
    (caller,) = call_hierarchy.incoming(item, main, everywhere, UTF16)
    (callee,) = call_hierarchy.outgoing(item, main, everywhere, UTF16)
    assert (caller.from_.name, callee.to.name) == ("deploy", "alarm")


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        (
            "sub/deploy.duck.yaml",
            "deploy.duck.yaml",
            {
                "main.duck.yaml": ["./deploy.duck.yaml", "deploy.duck.yaml"],
                "deploy.duck.yaml": ["shared.duck.yaml", "sub/missing.duck.yaml"],
            },
        ),
        (
            "sub",
            "steps/deep",
            {
                "main.duck.yaml": ["./steps/deep/deploy.duck.yaml", "steps/deep/deploy.duck.yaml"],
                "deploy.duck.yaml": ["../../shared.duck.yaml"],
            },
        ),
        ("shared.duck.yaml", "common.duck.yaml", {"deploy.duck.yaml": ["../common.duck.yaml"]}),
        ("main.duck.yaml", "first.duck.yaml", {}),
    ],
)
def test_paths_follow_what_is_moved(
    everywhere: list[AnyNames], tmp_path: Path, old: str, new: str, paths: dict[str, list[str]]
) -> None:
    edit = will_rename_files({tmp_path / old: tmp_path / new}, everywhere, UTF16)
    changes = edit.changes if edit is not None and edit.changes is not None else {}
    assert {
        uri.rpartition("/")[2]: [one.new_text for one in edits if isinstance(one, TextEdit)]
        for uri, edits in changes.items()
    } == paths


@pytest.mark.parametrize(
    "comment", ["~." * 50_000 + "!", "a/" * 50_000, "a.a/" * 25_000, "/a.b" * 20_000 + "/"]
)
def test_comments_may_be_anything(tmp_path: Path, comment: str) -> None:
    names = Names("file:///w", analyse(f"# {comment}\nflow: [a]\n", tmp_path / "w.duck.yaml"))
    assert document_links(names, UTF16) == []

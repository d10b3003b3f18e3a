"""Answers about all workflows together: symbols, links, calls, moved files."""

from __future__ import annotations

from pathlib import Path

import pytest
from duckflux.ide import call_hierarchy
from duckflux.ide.document_links import document_links
from duckflux.ide.moved_files import updated_paths
from duckflux.ide.occurrences import AnyOccurrences, StoredOccurrences, WorkflowOccurrences
from duckflux.ide.ranges import LineRange, TextRange
from duckflux.ide.workspace_symbols import workspace_symbols
from duckflux.language.analysis import analyse
from duckflux.language.test_files import check

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
def files(tmp_path: Path) -> dict[str, WorkflowOccurrences]:
    (tmp_path / "sub").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return {
        name: WorkflowOccurrences((tmp_path / name).as_uri(), analyse(text, tmp_path / name))
        for name, text in FILES.items()
    }


def stored(occurrences: WorkflowOccurrences) -> StoredOccurrences:
    lines = occurrences.analysis.document.lines

    def to_lines(range_: TextRange) -> LineRange:
        return LineRange(*lines.position(range_.start), *lines.position(range_.end))

    return StoredOccurrences(occurrences, to_lines)


@pytest.fixture(params=["open", "closed"])
def everywhere(request: pytest.FixtureRequest, files: dict[str, WorkflowOccurrences]) -> list[AnyOccurrences]:
    """The same as they are kept of files that are open, and of files that are not."""
    return [occurrences if request.param == "open" else stored(occurrences) for occurrences in files.values()]


def test_symbols_by_a_part_of_their_names(everywhere: list[AnyOccurrences]) -> None:
    def named(query: str) -> list[str]:
        return [symbol.name for symbol in workspace_symbols(query, everywhere)]

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
    occurrences = WorkflowOccurrences("file:///w", analyse(text, tmp_path / "w.duck.yaml"))
    links = [
        (text.count("\n", 0, link.range.start), link.target.name) for link in document_links(occurrences)
    ]
    assert links == [(0, "run.json"), (2, "DF301.md")]


def test_a_test_file_leads_to_its_workflow(files: dict[str, WorkflowOccurrences], tmp_path: Path) -> None:
    text = "workflow: sub/deploy.duck.yaml\ntests: []\n"
    occurrences = WorkflowOccurrences("file:///w", check(text, tmp_path / "main.ducktest.yaml"))
    assert [link.target.as_uri() for link in document_links(occurrences)] == [
        files["sub/deploy.duck.yaml"].uri
    ]


def test_links_lead_to_files_that_are_there(files: dict[str, WorkflowOccurrences]) -> None:
    links = document_links(files["sub/deploy.duck.yaml"])
    assert [link.target.name for link in links] == ["shared.duck.yaml"]


def test_which_workflows_run_which(
    files: dict[str, WorkflowOccurrences], everywhere: list[AnyOccurrences]
) -> None:
    deploy = files["sub/deploy.duck.yaml"]
    (item,) = call_hierarchy.hierarchy_items(deploy, 0, everywhere)
    assert item.name == "deploy.duck.yaml"
    (caller,) = call_hierarchy.incoming_calls(None, deploy, everywhere)
    assert caller.item.name == "main" and len(caller.references) == 2
    (callee,) = call_hierarchy.outgoing_calls(None, deploy, everywhere)
    assert callee.item.name == "Shared steps" and len(callee.references) == 1
    main = files["main.duck.yaml"]
    (named,) = call_hierarchy.hierarchy_items(main, FILES["main.duck.yaml"].index("sub/"), everywhere)
    assert (named.workflow.uri, named.name, named.definition) == (item.workflow.uri, item.name, None)


def test_which_participant_stands_in_for_which(
    files: dict[str, WorkflowOccurrences], everywhere: list[AnyOccurrences]
) -> None:
    main = files["main.duck.yaml"]
    (item,) = call_hierarchy.hierarchy_items(
        main, FILES["main.duck.yaml"].index("  roll_back:") + 3, everywhere
    )
    assert item.name == "roll_back"
    (caller,) = call_hierarchy.incoming_calls("roll_back", main, everywhere)
    (callee,) = call_hierarchy.outgoing_calls("roll_back", main, everywhere)
    assert (caller.item.name, callee.item.name) == ("deploy", "alarm")


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
    everywhere: list[AnyOccurrences], tmp_path: Path, old: str, new: str, paths: dict[str, list[str]]
) -> None:
    found: dict[str, list[str]] = {}
    for reference, path in updated_paths({tmp_path / old: tmp_path / new}, everywhere):
        found.setdefault(reference.workflow.file_name, []).append(path)
    assert found == paths


@pytest.mark.parametrize(
    "comment", ["~." * 50_000 + "!", "a/" * 50_000, "a.a/" * 25_000, "/a.b" * 20_000 + "/"]
)
def test_comments_may_be_anything(tmp_path: Path, comment: str) -> None:
    occurrences = WorkflowOccurrences(
        "file:///w", analyse(f"# {comment}\nflow: [a]\n", tmp_path / "w.duck.yaml")
    )
    assert document_links(occurrences) == []

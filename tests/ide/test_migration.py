"""Workflows of older versions of the language become today's, in place."""

from __future__ import annotations

from pathlib import Path

import pytest
from duckflux.cli.main import main
from duckflux.ide.fixes import fixes_of
from duckflux.ide.migration import migration
from duckflux.language.analysis import analyse
from duckflux.language.syntax.edits import apply

OLD = """\
# A release.
version: "0.2" # of the language
inputs:
  repo: { type: string, required: true }
  dry: { type: boolean, default: false } # only look
participants:
  build:
    type: exec
    input: { REPO: 'input.repo', NAME: 'input["name"]' }
    run: echo "$REPO input.repo"
  call: { type: http, url: '"https://x.org/" + input.repo' }
  plain: { type: http, url: https://x.org/input.repo }
flow:
  - build:
      when: "!input.dry && [1].all(input, input > 0)"
      input: { REPO: "'other'" }
  - call
  - plain
  - if: { condition: output.ok == true, then: [build] }
output: { repo: input.repo, all: input }
"""
NEW = (
    OLD.replace('version: "0.2"', 'version: "0.7"')
    .replace("'input.repo'", "'workflow.inputs.repo'")
    .replace('input["name"]', 'workflow.inputs["name"]')
    .replace("+ input.repo", "+ workflow.inputs.repo")
    .replace("!input.dry", "!workflow.inputs.dry")
    .replace("condition: output.ok", "condition: workflow.output.ok")
    .replace("{ repo: input.repo", "{ repo: workflow.inputs.repo")
)


def migrated(text: str) -> str:
    return apply(text, migration(analyse(text)).edits)


def test_only_what_has_changed_is_rewritten() -> None:
    assert migrated(OLD) == NEW
    assert migrated(NEW) == NEW


def test_what_a_person_decides_is_told() -> None:
    found = migration(analyse(OLD.replace("type: http, url: https", "type: agent, model: x, url: https")))
    told = [
        (OLD[: remark.offset].count("\n") + 1, remark.message.partition(":")[0]) for remark in found.remarks
    ]
    assert told == [
        (12, "the type `agent` is none of the language any more"),
        (16, "this `input` replaced that of `build`; now both are merged"),
    ]


UNMARKED = """\
inputs: { repo: null, dry: { type: boolean } }
flow:
  - { as: build, type: exec, run: echo, when: input.dry }
output: input.repo + input.other
"""


def test_without_a_version_declared_inputs_tell() -> None:
    assert migrated(UNMARKED) == UNMARKED.replace("input.dry", "workflow.inputs.dry").replace(
        "output: input.repo", "output: workflow.inputs.repo"
    )
    # Where inputs are read as today, `input` is the value of the step before.
    today = UNMARKED.replace("when: input.dry", "when: workflow.inputs.dry")
    assert migrated(today) == today
    # A version that is the author's own says nothing.
    own = f"version: 3\n{UNMARKED}"
    assert migrated(own) == f"version: 3\n{migrated(UNMARKED)}"
    assert migrated(f'version: "0.7"\n{today}') == f'version: "0.7"\n{today}'


def test_the_editor_offers_it_where_an_input_is_never_read() -> None:
    analysis = analyse(UNMARKED)
    unused = [one for one in analysis.diagnostics if one.code == "DF604"]
    assert [fix.title for fix in fixes_of(analysis, unused[0])] == [
        "Read it as `workflow.inputs.repo`: `input` is the value of the step before",
        "Read all inputs as `workflow.inputs`",
        "Remove `repo`",
    ]
    first, every, _ = fixes_of(analysis, unused[0])
    assert "output: workflow.inputs.repo + input.other" in apply(UNMARKED, first.edits)
    assert apply(UNMARKED, every.edits) == migrated(UNMARKED)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "old.duck.yaml"
    path.write_text(OLD)
    return path


def test_the_command_rewrites_files(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "--diff", str(file)]) == 1
    shown = capsys.readouterr()
    assert '-version: "0.2" # of the language\n+version: "0.7" # of the language\n' in shown.out
    assert f"{file}:16:14: to decide: this `input` replaced that of `build`" in shown.err
    assert file.read_text() == OLD
    assert main(["migrate", str(file)]) == 1
    assert f"migrated: {file}: 7 changes\n" in capsys.readouterr().err
    assert file.read_text() == NEW
    assert main(["migrate", str(file)]) == 0
    assert capsys.readouterr() == ("", "")


def test_what_cannot_be_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "w.duck.yaml"
    file.write_text("flow: [a\n")
    assert main(["migrate", str(file)]) == 1
    assert "[DF101]" in capsys.readouterr().err
    assert file.read_text() == "flow: [a\n"

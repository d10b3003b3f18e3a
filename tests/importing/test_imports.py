"""Pipelines as they are imported: tests/data/imports has each with its workflow and what is not translated.

`DUCKFLUX_UPDATE_GOLDEN=1 pytest tests/importing/test_imports.py` writes them anew: read the difference.
"""

from __future__ import annotations

import os
import shutil
from importlib import import_module
from pathlib import Path

import pytest
from duckflux.cli.import_workflow import SYSTEMS
from duckflux.cli.main import main
from duckflux.importing.plan import ImportFailedError, WorkflowPlan, levels_of
from duckflux.importing.writer import workflow_text
from duckflux.language.analysis import analyse

DATA = Path(__file__).parent.parent / "data" / "imports"
PIPELINES = sorted(DATA.glob("*/*.yml"))


def imported(system: str, text: str) -> WorkflowPlan:
    module = import_module(f"duckflux.importing.{SYSTEMS[system]}")
    plan: WorkflowPlan = module.read(text, "untitled", {}, lambda _: None)
    return plan


@pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_import(pipeline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(pipeline, tmp_path)
    os.chdir(tmp_path)
    assert main(["import", pipeline.parent.name, pipeline.name, "-o", "out.duck.yaml"]) == 0
    goldens = {
        pipeline.with_name(f"{pipeline.stem}.duck.yaml"): (tmp_path / "out.duck.yaml").read_text("utf-8"),
        pipeline.with_name(f"{pipeline.stem}.out"): capsys.readouterr().err,
    }
    for golden, text in goldens.items():
        if os.environ.get("DUCKFLUX_UPDATE_GOLDEN"):
            golden.write_text(text, "utf-8")
        assert text == golden.read_text("utf-8")


@pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_imported_workflows_have_no_errors(pipeline: Path) -> None:
    analysis = analyse(workflow_text(imported(pipeline.parent.name, pipeline.read_text("utf-8"))))
    assert not [one for one in analysis.diagnostics if one.severity == "error"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_values_arrive_when_it_runs(folder: Path) -> None:
    shutil.copy(DATA / "github-actions" / "values.yml", folder)
    assert main(["import", "github-actions", "values.yml", "-o", "values.duck.yaml"]) == 0
    assert main(["run", "values.duck.yaml", "--quiet"]) == 0
    assert (folder / "all.txt").read_text() == 'hello world v1.2\nb success\nsay "hi" \\ back'


def test_a_matrix_runs_each_combination(folder: Path) -> None:
    (folder / "m.yml").write_text(
        "jobs:\n"
        "  m:\n"
        "    strategy: {matrix: {a: [1, 2], b: [x y], exclude: [{a: 2}], include: [{a: 3, b: z, c: '$c'}]}}\n"
        "    steps:\n"
        '      - run: echo "${{ matrix.a }} ${{ matrix.b }} ${{ matrix.c }}" >> "out-${{ matrix.a }}"\n'
        "      - run: echo only >> out-${{ matrix.a }}\n"
        "        if: matrix.a == 3\n"
    )
    assert main(["import", "github-actions", "m.yml", "-o", "m.duck.yaml"]) == 0
    assert main(["run", "m.duck.yaml", "--quiet"]) == 0
    assert {path.name: path.read_text() for path in folder.glob("out-*")} == {
        "out-1": "1 x y \n",
        "out-3": "3 z $c\nonly\n",
    }


def test_a_folder_is_imported_with_its_reusable_workflows(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "main.yml").write_text(
        "jobs: {call: {uses: ./.github/workflows/child.yml, with: {who: '${{ github.actor }}x'}}}\n"
    )
    (workflows / "child.yml").write_text(
        "on: {workflow_call: {inputs: {who: {type: string, required: true}}}}\n"
        "jobs: {greet: {steps: [{run: 'echo hi ${{ inputs.who }} > out.txt'}]}}\n"
    )
    assert main(["import", "github-actions", ".github/workflows"]) == 0
    assert "not translated" not in capsys.readouterr().err
    assert main(["run", ".github/workflows/main.duck.yaml", "--quiet"]) == 0
    assert (folder / "out.txt").read_text() == "hi x\n"
    # What is there is not written over.
    assert main(["import", "github-actions", ".github/workflows"]) == 1
    assert "it exists already" in capsys.readouterr().err


@pytest.mark.parametrize("source", [".github/workflows", ".github/workflows/a.yml"])
def test_workflows_are_checked_when_those_that_they_call_are_written(
    folder: Path, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "a.yml").write_text("jobs: {call: {uses: ./.github/workflows/b.yml}}\n")
    (workflows / "b.yml").write_text("on: workflow_call\njobs: {greet: {steps: [{run: echo hi}]}}\n")
    output = "out" if source.endswith("workflows") else "a.duck.yaml"
    assert main(["import", "github-actions", source, "-o", output]) == 0
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if not line.startswith(("written: ", "run it: "))] == []


@pytest.mark.parametrize(
    ("system", "text", "message"),
    [
        ("github-actions", "a: [", "line 1: "),
        ("github-actions", "- a", "this is not a map of fields, as a pipeline is"),
        ("github-actions", "on: push", "there are no `jobs`: this is not a workflow of GitHub Actions"),
        (
            "github-actions",
            "jobs: {a: {needs: b, steps: [{run: x}]}, b: {needs: a}}",
            "the jobs a, b need each other",
        ),
        ("github-actions", "jobs: {a: {steps: [{uses: x/y@v1}]}}", "no step could be translated"),
        ("gitlab-ci", "stages: [a]", "there is no job with a `script`"),
    ],
)
def test_what_is_no_pipeline_is_told(system: str, text: str, message: str) -> None:
    with pytest.raises(ImportFailedError) as failed:
        imported(system, text)
    assert str(failed.value).startswith(message)


def test_levels_come_after_what_they_need() -> None:
    assert levels_of({"c": ["a", "b"], "a": [], "b": ["a"], "d": []}) == [["a", "d"], ["b"], ["c"]]

"""Hovers say what was there in the last run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import pytest_asyncio
from duckflux_ls.session import command_names
from lsprotocol import types

from .conftest import Editor, File, eventually
from .test_views import Told

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = r"""
    inputs: {target: {default: web}}
    participants:
      review:
        type: exec
        run: 'echo "{\"score\": $n, \"notes\": [\"a\"]}"'
        output: {score: {type: integer}}
    flow:
      - as: build
        type: exec
        run: echo {}
        when: workflow.inputs.target == 'web' && size(workflow.inputs.target) < 9
      - loop:
          as: again
          max: 5
          until: review.output.score >= 2
          steps:
            - review: {input: {n: again.iteration}}
            - if:
                condition: size(review.output.notes) > 3 || review.output.score > 5
                then: [{set: {high: 'true'}}]
    output: review.output.notes
"""


async def hovered(editor: Editor, file: File, place: str) -> str:
    """What is said of the last run at a `|` in a part of the text, without the time of the run."""
    before, _, after = place.partition("|")
    offset = file.text.index(before + after) + len(before)
    line = file.text.count("\n", 0, offset)
    position = types.Position(line, offset - file.text.rfind("\n", 0, offset) - 1)
    found = await editor.text_document_hover_async(types.HoverParams(file.id, position))
    assert found is not None and isinstance(found.contents, types.MarkupContent)
    _, mark, text = found.contents.value.rpartition("**Last run** (")
    return text.partition(")")[2] if mark else ""


@pytest_asyncio.fixture(loop_scope="module")
async def ran(editor: Editor, tmp_path: Path) -> File:
    """A workflow that has just run."""
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    await file.run()
    return file


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("until: review.output.sc|ore", ", iteration 2 of 2: `2` (`int`)"),
        ("n: again.iter|ation", ", iteration 2 of 2: `2` (`int`)"),
        ("output: review.output.no|tes", ': `["a"]` (`list(string)`)'),
        ("inputs: {tar|get", ': `"web"` (`string`)'),
        ("si|ze(workflow.inputs.target)", ": `3` (`int`)"),
    ],
)
async def test_the_value_of_a_part(editor: Editor, ran: File, place: str, value: str) -> None:
    assert (await hovered(editor, ran, place)).partition("\n")[0] == value


async def test_all_parts_of_a_condition(editor: Editor, ran: File) -> None:
    assert await hovered(editor, ran, "workflow.inputs.target == 'web' &|& size") == dedent("""\
        : `true` (`bool`)

        ```text
        workflow.inputs.target == 'web' && size(workflow.inputs…  true
        workflow.inputs.target == 'web'                           true
        workflow.inputs.target                                    "web"
        size(workflow.inputs.target) < 9                          true
        size(workflow.inputs.target)                              3
        ```""")


async def test_what_a_step_gave(editor: Editor, ran: File) -> None:
    review = await hovered(editor, ran, "- rev|iew")
    assert review.startswith(", iteration 2 of 2: `success`\n\ninput\n")
    assert '"n": 2' in review and '"score": 2' in review.partition("\noutput\n")[2]
    assert (await hovered(editor, ran, "as: bu|ild")).startswith(": `success`\n\noutput\n")


async def test_another_iteration(editor: Editor, ran: File) -> None:
    await editor.command(command_names.SHOW_ITERATION, {"uri": ran.uri, "iteration": 1})
    assert (await hovered(editor, ran, "n: again.iter|ation")).startswith(", iteration 1 of 2: `1`")
    assert (await hovered(editor, ran, "- rev|iew")).startswith(", iteration 1 of 2: `success`")
    await editor.command(command_names.SHOW_ITERATION, {"uri": ran.uri, "iteration": None})
    assert (await hovered(editor, ran, "n: again.iter|ation")).startswith(", iteration 2 of 2: `2`")


async def test_actions_write_what_was_seen(start: Callable[..., Any], tmp_path: Path) -> None:
    edits = types.WorkspaceEditClientCapabilities(
        document_changes=True, resource_operations=[types.ResourceOperationKind.Create]
    )
    editor = await start(workspace=types.WorkspaceClientCapabilities(workspace_edit=edits))
    ran = editor.write(tmp_path / "w.duck.yaml", TEXT)
    await ran.run()
    place = types.Position(ran.text[: ran.text.index("as: build")].count("\n"), 10)
    context = types.CodeActionContext([], trigger_kind=types.CodeActionTriggerKind.Invoked)
    found = await editor.text_document_code_action_async(
        types.CodeActionParams(ran.id, types.Range(place, place), context)
    )
    actions = {action.title: action for action in found or [] if isinstance(action, types.CodeAction)}
    created: dict[str, str] = {}
    for title in (
        "Write a test from the last run",
        "Write mocks from the last run",
        "Keep the inputs of the last run for later runs",
    ):
        edit = actions[title].edit
        assert edit is not None and edit.document_changes is not None
        create, content, *_ = edit.document_changes
        assert isinstance(create, types.CreateFile) and isinstance(content, types.TextDocumentEdit)
        created[create.uri.rpartition("/")[2]] = content.edits[0].new_text  # type: ignore[union-attr]
    assert [*created] == ["w.ducktest.yaml", "w.mocks.yaml", "w.duck.yaml.inputs.json"]
    assert created["w.ducktest.yaml"].startswith("workflow: ./w.duck.yaml\ntests:\n")
    assert created["w.mocks.yaml"].startswith("build: {}\nreview: {")
    assert created["w.duck.yaml.inputs.json"] == '{\n  "target": "web"\n}\n'


async def test_links_to_other_iterations(start: Callable[..., Any], tmp_path: Path) -> None:
    editor = await start(experimental={"duckflux": {"iterations": True}})
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    await file.run()
    found = await hovered(editor, file, "n: again.iter|ation")
    assert found.startswith(", iteration 2 of 2 [←](command:duckflux.server.showIteration?%5B%7B%22uri%22")
    assert "→" not in found


async def test_an_expression_that_is_being_written(editor: Editor, ran: File) -> None:
    ran.replace("review.output.score > 5", "review.output.score * 10 > 15")
    assert (await hovered(editor, ran, "score |* 10")).startswith(
        ", iteration 2 of 2, *before what it depends on was changed*: `20` (`int`)"
    )
    ran.replace("flow:", "name: test\nflow:")
    assert "`20` (`int`)" in await hovered(editor, ran, "score |* 10")


async def test_what_has_no_value(editor: Editor, ran: File) -> None:
    ran.replace("review.output.score > 5", "review.output.level > 5")
    assert "iteration 2 of 2, *before what it depends on was changed*: no value: " in await hovered(
        editor, ran, "output.lev|el"
    )


async def test_a_run_of_an_earlier_session(start: Callable[..., Any], tmp_path: Path) -> None:
    file = (await start()).write(tmp_path / "w.duck.yaml", TEXT)
    await file.run()
    editor = await start(experimental={"duckflux": {"runs": True}})
    told = Told(editor)
    changed = editor.open(file.path, file.text.replace("printf", "printf ") + "\n# later\n")
    await eventually(lambda: bool(told.states))
    assert "before what it depends on was changed*: `2`" in await hovered(
        editor, changed, "until: review.output.sc|ore"
    )


async def test_no_values_are_wanted(start: Callable[..., Any], tmp_path: Path) -> None:
    asked = types.WorkspaceClientCapabilities(configuration=True)
    editor = await start(configuration={"trace": {"values": False}}, workspace=asked)
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    await file.run()
    assert await hovered(editor, file, "until: review.output.sc|ore") == ""


async def test_completion_offers_what_was_seen_in_all_runs(editor: Editor, ran: File) -> None:
    ran.replace('\\"notes\\": [\\"a\\"]', '\\"notes\\": [\\"b\\"], \\"verdict\\": \\"pass\\"')
    await ran.run()
    # Completion does not wait for the trace to be read; a hover does.
    assert await hovered(editor, ran, "- rev|iew")
    ran.replace("review.output.score > 5", "review.output.")
    before = ran.text[: ran.text.index("|| review.output.") + len("|| review.output.")]
    position = types.Position(before.count("\n"), len(before) - before.rfind("\n") - 1)
    found = await editor.text_document_completion_async(types.CompletionParams(ran.id, position))
    assert isinstance(found, types.CompletionList)
    observed = {item.label: item.detail for item in found.items if "observed" in (item.detail or "")}
    assert observed == {"notes": "list(string), observed", "verdict": "string, observed"}

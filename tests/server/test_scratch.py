"""A scratch: expressions in a text of their own, each with its value in the last run of a workflow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from duckflux_ls.session import command_names
from lsprotocol import types

from .conftest import Editor, File
from .test_recorded_values import TEXT

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRATCH = """\
// workflow: w.duck.yaml

again.index
// at: review@0

review.output.score >= 2
again.iteration *
  10

// at: review
has(review.output.score)   // a comment
review.output.level
review.output.
"""


@pytest_asyncio.fixture(loop_scope="module")
async def ran(editor: Editor, tmp_path: Path) -> File:
    """A workflow that has just run."""
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    await file.run()
    return file


def opened(editor: Editor, ran: File, text: str = SCRATCH) -> File:
    return editor.open(ran.path.with_name("w.scratch.cel"), text, "duckflux-scratch")


async def shown(scratch: File) -> list[tuple[str, str]]:
    """What stands above the lines: the first line of the text, and the title."""
    lenses = await scratch.lenses()
    lines = scratch.text.splitlines()
    return [(lines[lens.range.start.line], lens.command.title) for lens in lenses if lens.command]


async def clicked(editor: Editor, scratch: File, title: str) -> Any:
    """What the command of a lens answers; `title` is its beginning."""
    lenses = await scratch.lenses()
    command = next(lens.command for lens in lenses if lens.command and lens.command.title.startswith(title))
    assert command.arguments
    return await editor.command(command.command, command.arguments[0])


def texts(completions: Any) -> list[str]:
    return [item.label for item in completions.items]


def position(scratch: File, place: str) -> types.Position:
    """The position of a `|` in a part of the text."""
    before, _, after = place.partition("|")
    offset = scratch.text.index(before + after) + len(before)
    return types.Position(
        scratch.text.count("\n", 0, offset), offset - scratch.text.rfind("\n", 0, offset) - 1
    )


async def test_values(editor: Editor, ran: File) -> None:
    (line, title), *rest = await shown(opened(editor, ran))
    assert line == "// workflow: w.duck.yaml"
    assert title.startswith("Last run (") and title.endswith(") of w.duck.yaml: choose another ▸")
    assert rest == [
        ("// at: review@0", "evaluate at review, iteration 1 ▸"),
        ("// at: review@0", "→ iteration 2"),
        ("// at: review", "evaluate at review, iteration 2 ▸"),
        ("// at: review", "← iteration 1"),
        ("again.index", "no value: undeclared reference to `again`"),
        ("review.output.score >= 2", "no value: no such key: review.output"),
        ("again.iteration *", "= 10 (int)"),
        ("has(review.output.score)   // a comment", "= true (bool)"),
        ("review.output.level", "no value: no such key: review.output.level"),
        ("review.output.", "no value: expected a field or method name, found the end"),
    ]


async def test_the_step_is_chosen(editor: Editor, ran: File) -> None:
    scratch = opened(editor, ran, "// workflow: w.duck.yaml\n// at:\nreview.output.score\n")
    assert (await shown(scratch))[1:] == [
        ("// at:", "evaluate at the end of the run ▸"),
        ("review.output.score", "= 2 (int)"),
    ]
    editor.pick = "build"
    await clicked(editor, scratch, "evaluate at")
    assert editor.offered_choices[:5] == [
        "the end of the run",
        "build",
        "again",
        "review, iteration 1",
        "review, iteration 2",
    ]
    assert scratch.text == "// workflow: w.duck.yaml\n// at: build\nreview.output.score\n"
    assert (await shown(scratch))[1:] == [
        ("// at: build", "evaluate at build ▸"),
        ("review.output.score", "no value: no such key: review.output"),
    ]


async def test_the_iteration_is_chosen(editor: Editor, ran: File) -> None:
    scratch = opened(editor, ran, "// workflow: w.duck.yaml\n// at: review\nagain.index\n")
    await clicked(editor, scratch, "← iteration 1")
    assert scratch.text == "// workflow: w.duck.yaml\n// at: review@0\nagain.index\n"
    assert [title for _, title in await shown(scratch)][1:] == [
        "evaluate at review, iteration 1 ▸",
        "→ iteration 2",
        "= 0 (int)",
    ]


async def test_the_run_is_chosen(editor: Editor, ran: File) -> None:
    await ran.run(target="api")
    scratch = opened(editor, ran, "// workflow: w.duck.yaml\nworkflow.inputs.target\n")
    assert (await shown(scratch))[1] == ("workflow.inputs.target", '= "api" (string)')
    # The newest run is the first.
    editor.pick = 1
    await clicked(editor, scratch, "Last run (")
    assert len(editor.offered_choices) == 2
    assert (await shown(scratch))[1] == ("workflow.inputs.target", '= "web" (string)')


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("1 + 1\n", "name the workflow: // workflow: FILE.duck.yaml"),
        ("// workflow: other.duck.yaml\n1 + 1\n", "open other.duck.yaml to see values"),
    ],
    ids=["no workflow", "not open"],
)
async def test_there_is_no_workflow(editor: Editor, ran: File, text: str, title: str) -> None:
    assert [shown for _, shown in await shown(opened(editor, ran, text))] == [title]


async def test_what_the_run_has_not_come_to(editor: Editor, ran: File) -> None:
    text = "// workflow: w.duck.yaml\n// at: review@7\n1 + 1\n// at: nobody\n1 + 1\n"
    scratch = opened(editor, ran, text)
    assert [title for line, title in await shown(scratch) if line == "1 + 1"] == [
        "the run has not come to review, iteration 8",
        "the workflow has no step `nobody`",
    ]
    assert (await clicked(editor, scratch, "the workflow has no"))[
        "error"
    ] == "the workflow has no step `nobody`"


async def test_a_value_is_shown_whole(editor: Editor, ran: File) -> None:
    scratch = opened(editor, ran, "// workflow: w.duck.yaml\nreview.output.notes\n")
    found = await clicked(editor, scratch, '= ["a"] (list')
    assert found["value"] == '[\n  "a"\n]'
    assert found["origin"].startswith("Last run (")
    # A client that does not show the answer gets a message.
    assert await editor.shown() == 'review.output.notes = [\n  "a"\n]'


async def test_hover(editor: Editor, ran: File) -> None:
    scratch = opened(editor, ran)
    place = position(scratch, "again.itera|tion *")
    found = await editor.text_document_hover_async(types.HoverParams(scratch.id, place))
    assert found is not None and isinstance(found.contents, types.MarkupContent)
    text = found.contents.value
    assert ", iteration 1 of 2: `1` (`int`)" in text
    assert "again.iteration * 10  10" in text
    assert found.range == types.Range(position(scratch, "|again.iteration *"), position(scratch, "  10|"))


@pytest.mark.parametrize(
    ("place", "offered", "not_offered"),
    [
        ("review.output.|\n", ["score", "notes"], ["level"]),
        ("|again.iteration *", ["again", "loop", "review", "workflow", "size"], []),
        ("// at: |review@0", ["build", "again", "review"], ["workflow"]),
        ("// a com|ment", [], ["review"]),
    ],
    ids=["fields", "names", "steps", "in a comment"],
)
async def test_completion(
    editor: Editor, ran: File, place: str, offered: list[str], not_offered: list[str]
) -> None:
    scratch = opened(editor, ran)
    params = types.CompletionParams(scratch.id, position(scratch, place))
    labels = texts(await editor.text_document_completion_async(params))
    assert set(offered) <= set(labels)
    assert not set(not_offered) & set(labels)
    # What is known of the value comes before what any value has.
    assert labels[: len(offered)] == offered or place != "review.output.|\n"


async def test_a_scratch_is_made(editor: Editor, ran: File) -> None:
    line = ran.text[: ran.text.index("until:")].count("\n")
    place = {"position": {"line": line, "character": 20}}
    assert await editor.command(command_names.SCRATCH, {"uri": ran.uri, **place}) == {
        "path": str(ran.path.with_name("w.scratch.cel")),
        "head": "// workflow: w.duck.yaml\n",
        "part": "\n// at: again\nreview.output.score >= 2\n",
    }


async def test_before_it_is_saved(editor: Editor, ran: File) -> None:
    scratch = opened(editor, ran, "// workflow: w.duck.yaml\nworkflow.inputs.target\n")
    scratch.close()
    scratch.uri = scratch.uri.replace("file://", "untitled:")
    scratch.id = types.TextDocumentIdentifier(scratch.uri)
    item = types.TextDocumentItem(scratch.uri, "duckflux-scratch", 1, scratch.text)
    editor.text_document_did_open(types.DidOpenTextDocumentParams(item))
    assert (await shown(scratch))[1] == ("workflow.inputs.target", '= "web" (string)')


async def test_secrets_are_masked(editor: Editor, tmp_path: Path) -> None:
    text = """
        inputs: {token: {type: string, format: password, required: true}}
        flow: [{as: greet, type: exec, run: 'echo hello'}]
    """
    file = editor.write(tmp_path / "w.duck.yaml", text)
    await file.run(token="s3cret-value")
    scratch = opened(editor, file, "// workflow: w.duck.yaml\nworkflow.inputs\n")
    assert (await shown(scratch))[1] == ("workflow.inputs", '= {"token": "***"} (map)')


async def test_no_values_are_wanted(start: Any, tmp_path: Path) -> None:
    asked = types.WorkspaceClientCapabilities(configuration=True)
    editor = await start(configuration={"trace": {"values": False}}, workspace=asked)
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    await file.run()
    (_, title), *rest = await shown(opened(editor, file))
    assert title.endswith("the setting duckflux.trace.values is off")
    assert rest == []

"""With `trace.values: false` nothing shows what runs have recorded, also of traces from elsewhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import pytest
import pytest_asyncio
from duckflux_ls.session import command_names
from lsprotocol import types

from .conftest import Editor, File, capabilities, started, stopped

pytestmark = pytest.mark.asyncio(loop_scope="module")

# What is recorded is nowhere in the text.
TEXT = r"""defaults: {cwd: .}
inputs: {target: {type: string, required: true}}
flow:
  - as: review
    type: exec
    run: 'echo >> runs; printf "{\"le%s\":\"zeb%s%s\"}" vel ra $(wc -l < runs)'
  - set: {seen: review.output.level}
  - as: publish
    type: exec
    run: echo done
    when: review.output.level != "" || review.output.other == 1
output: review.output.level
"""
SCRATCH = "// workflow: w.duck.yaml\nreview.output\nreview.output."
Ask: TypeAlias = Callable[[Editor, File], Awaitable[Any]]


def opened(folder: Path, values: bool) -> Awaitable[Editor]:
    asked = types.WorkspaceClientCapabilities(
        configuration=True,
        inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True),
        workspace_edit=types.WorkspaceEditClientCapabilities(
            document_changes=True, resource_operations=[types.ResourceOperationKind.Create]
        ),
    )
    settings = {"trace": {"values": values, "replay": True}, "hints": {"unobserved": True}}
    extensions = {"duckflux": {"askInputs": True}}
    return started(folder, capabilities(workspace=asked, experimental=extensions), None, settings)


@pytest.fixture(scope="module")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workflow with two traces from a terminal."""
    path = tmp_path_factory.mktemp("workspace") / "w.duck.yaml"
    path.write_text(TEXT)
    traces = path.parent / ".duckflux" / "traces"
    command = [
        sys.executable,
        "-m",
        "duckflux",
        "run",
        path,
        "--input",
        "target=zebra",
        "--trace-dir",
        traces,
    ]
    for _ in range(2):
        subprocess.run(command, check=True, capture_output=True)
    return path


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=[True, False], ids=["values", "no values"]
)
async def shown(request: Any, workflow: Path) -> AsyncIterator[tuple[bool, Editor, File]]:
    """It in an editor that wants values, and in one that wants none."""
    editor = await opened(workflow.parent, request.param)
    file = editor.open(workflow, TEXT)
    await file.settled()
    yield request.param, editor, file
    await stopped(editor)


def place(text: str, part: str) -> types.Position:
    """The position of a `|` in a part of a text."""
    before, _, after = part.partition("|")
    offset = text.index(before + after) + len(before)
    return types.Position(text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset) - 1)


def hover(part: str) -> Ask:
    async def ask(editor: Editor, file: File) -> Any:
        return await editor.text_document_hover_async(types.HoverParams(file.id, place(file.text, part)))

    return ask


async def completion(editor: Editor, file: File) -> Any:
    params = types.CompletionParams(file.id, place(file.text, "review.output.level != |"))
    return await editor.text_document_completion_async(params)


async def evaluate(editor: Editor, file: File) -> Any:
    given = {"uri": file.uri, "expression": "review.output.level"}
    return await editor.command(command_names.EVALUATE, given)


def scratch_of(editor: Editor, file: File) -> File:
    return editor.open(file.path.with_name("w.scratch.cel"), SCRATCH, "duckflux-scratch")


async def scratch(editor: Editor, file: File) -> Any:
    return await scratch_of(editor, file).lenses()


async def scratch_value(editor: Editor, file: File) -> Any:
    uri = scratch_of(editor, file).uri
    return await editor.command(
        command_names.SCRATCH_VALUE, {"uri": uri, "offset": len("// workflow: w.duck.yaml\n")}
    )


async def scratch_hover(editor: Editor, file: File) -> Any:
    id_ = scratch_of(editor, file).id
    return await editor.text_document_hover_async(types.HoverParams(id_, types.Position(1, 10)))


async def tooltip(editor: Editor, file: File) -> Any:
    return [
        await editor.inlay_hint_resolve_async(hint) if hint.data else hint
        for hint in (await file.hints()).values()
    ]


async def comparison(editor: Editor, file: File) -> Any:
    """The values that differ between two runs: in a hover, and in the tooltips of results."""
    before, after = sorted((file.path.parent / ".duckflux" / "traces").glob("*.json"))
    await editor.command(command_names.COMPARE, {"uri": file.uri, "before": str(before), "after": str(after)})
    found = [await hover("as: rev|iew")(editor, file), await tooltip(editor, file)]
    await editor.command(command_names.STOP_COMPARING, {"uri": file.uri})
    return found


async def reevaluation(editor: Editor, file: File) -> Any:
    """The hints once the workflow would have been replayed."""
    file.replace("{seen: review", "{seen2: review")
    if not editor.get_configuration(section="duckflux")["trace"]["values"]:
        # What could be waited for is not to come: a request that is answered later has been through the queue.
        await file.hints()
    else:
        await file._labels_when(lambda labels: any(label.startswith("≈") for label in labels))
    found = [hint for hint in (await file.hints()).values() if str(hint.label).startswith("≈")]
    file.replace("{seen2: review", "{seen: review")
    return found


async def unobserved(editor: Editor, file: File) -> Any:
    # Diagnostics do not wait for the trace to be read; a hover does.
    await hover("as: rev|iew")(editor, file)
    file.rewrite(file.text + "#")
    return [one.message + " zebra" for one in await file.diagnostics() if one.code == "unobserved-field"]


def actions(part: str, title: str, *, edits: str = "zebra") -> Ask:
    """The edits of the code actions with a title."""

    async def ask(editor: Editor, file: File) -> Any:
        at = place(file.text, part)
        context = types.CodeActionContext([], None, types.CodeActionTriggerKind.Invoked)
        params = types.CodeActionParams(file.id, types.Range(at, at), context)
        found = await editor.text_document_code_action_async(params) or ()
        return [f"{one} zebra" for one in found if one.title.startswith(title) and edits in f"{one}"]

    return ask


async def asked_inputs(editor: Editor, file: File) -> Any:
    """What the form for the inputs of a run begins with."""
    editor.answer = None
    await editor.command(command_names.RUN, {"uri": file.uri})
    return editor.questions


async def pinned(editor: Editor, file: File) -> Any:
    await editor.command(command_names.PIN, {"uri": file.uri, "name": "review"})
    found = await file.lenses()
    await editor.command(command_names.UNPIN, {"uri": file.uri, "name": "review"})
    return found


ASKED: dict[str, Ask] = {
    "hover on an expression": hover("review.output.lev|el != "),
    "hover on a step": hover("as: rev|iew"),
    "hover on an input": hover("inputs: {tar|get"),
    "completion": completion,
    "evaluate": evaluate,
    "scratch": scratch,
    "value in a scratch": scratch_value,
    "hover in a scratch": scratch_hover,
    "tooltip of a result": tooltip,
    "comparison": comparison,
    "re-evaluation": reevaluation,
    "unobserved field": unobserved,
    "action: output schema": actions("as: rev|iew", "Write the `output` schema", edits="level"),
    "action: defaults": actions("inputs: {tar|get", "Write the input"),
    "action: test": actions("as: rev|iew", "Write a test"),
    "action: mocks": actions("as: rev|iew", "Write mocks"),
    "action: inputs": actions("as: rev|iew", "Keep the inputs"),
    "action: pin": actions("as: rev|iew", "Pin the output", edits=""),
    "pin": pinned,
    "form for inputs": asked_inputs,
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
async def test_recorded_values(shown: tuple[bool, Editor, File], asked: Ask) -> None:
    wanted, editor, file = shown
    found = msgspec.to_builtins(str(await asked(editor, file)))
    assert ("zebra" in found) is wanted

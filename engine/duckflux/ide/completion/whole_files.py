"""Completes whole workflows and test files, where nothing is written yet."""

from __future__ import annotations

from collections.abc import Iterator

from ...templates import templates
from .completion import Completion
from .context import CompletionContext
from .snippets import Snippet, snippet_completion

_GROUP = 4

WORKFLOWS = (
    Snippet(
        "workflow",
        """\
id: ${1:hello}

participants:
  ${2:greet}:
    type: exec
    run: ${3:echo hello}

flow:
  - ${2:greet}
$0""",
        "A workflow with one step.",
    ),
)
TESTS = (
    Snippet(
        "workflow tests",
        """\
workflow: ${1:./hello.duck.yaml}
tests:
  - name: ${2:it greets}
    mocks:
      ${3:greet}: ${4:hello}
    expect:
      output: ${5:hello}
$0""",
        "Tests of a workflow with mocks, for `duckflux test`.",
    ),
)


def contribute(context: CompletionContext) -> Iterator[Completion]:
    """Yield what a file may begin with, at the margin of a file without any field."""
    if context.cursor.keys or not context.is_alone_on_line or context.line_before.startswith((" ", "\t")):
        return
    for snippet in TESTS if context.is_test_file else WORKFLOWS:
        yield snippet_completion(snippet, context.word_edit, _GROUP)
    for template in () if context.is_test_file else templates().values():
        yield Completion(
            label=f"workflow {template.name}",
            kind="snippet",
            edit=context.word_edit._replace(text=template.workflow),
            detail="template",
            documentation=f"{template.summary[0].upper()}{template.summary[1:]}.",
            group=_GROUP,
        )

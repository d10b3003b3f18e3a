"""Completes whole workflows and test files, where nothing is written yet."""

from __future__ import annotations

from collections.abc import Iterator

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
    Snippet(
        "workflow with inputs",
        """\
id: ${1:greeting}
inputs:
  ${2:who}: { type: string, required: true, description: ${3:Who to greet} }

participants:
  ${4:greet}:
    type: exec
    input:
      ${5:WHO}: workflow.inputs.${2:who}
    run: printenv ${5:WHO}

flow:
  - ${4:greet}

output: ${4:greet}.output
$0""",
        "A workflow that is given something, and gives something back.",
    ),
    Snippet(
        "workflow pipeline",
        """\
id: ${1:pipeline}
inputs:
  publish: { type: boolean, default: false }
defaults: { timeout: 10m }

participants:
  build: { type: exec, run: ${2:make} }
  lint: { type: exec, run: ${3:make lint} }
  test:
    type: exec
    run: ${4:make test}
    onError: retry
    retry: { max: 2, backoff: 1s, factor: 2 }
  publish: { type: exec, run: ${5:make publish} }

flow:
  - build
  - parallel:
      - lint
      - test
  - publish: { when: workflow.inputs.publish }
$0""",
        "Parallel checks, a step that is tried again, a step that runs only sometimes.",
    ),
    Snippet(
        "workflow review loop",
        """\
id: ${1:review}

participants:
  write: { type: exec, run: ${2:./write.sh} }
  review:
    type: exec
    run: ${3:./review.sh}
    output:
      approved: { type: boolean, required: true }

flow:
  - loop:
      as: attempt
      max: ${4:5}
      until: review.output.approved
      steps:
        - write
        - review

output: write.output
$0""",
        "Writes and reviews, again and again until it is approved.",
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
    """Yield a snippet for each kind of file, at the margin of a file without any field."""
    if context.cursor.keys or not context.is_alone_on_line or context.line_before.startswith((" ", "\t")):
        return
    for snippet in TESTS if context.is_test_file else WORKFLOWS:
        yield snippet_completion(snippet, context.word_edit, _GROUP)

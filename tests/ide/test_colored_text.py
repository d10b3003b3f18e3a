"""The text of a workflow in colored pieces, for viewers that are not editors."""

from __future__ import annotations

import pytest
from duckflux.ide import colored_text
from duckflux.ide.colored_text import colored_lines
from duckflux.language.analysis import analyse

TEXT = """\
# Builds, then tells.
inputs: {count: {type: integer, default: 3}} # how many
flow:
  - as: build
    type: exec
    run: |
      # a comment of the shell
      make 'all' # and another
    when: workflow.inputs.count > 2 && "a#b" != ''
  - emit: {event: "done", payload: build.output}
output: build.output
"""


def marked(text: str) -> list[str]:
    """The lines with the types of their pieces, as `<type text>`."""
    return [
        "".join(f"<{type_} {text}>" if type_ else text for text, type_ in line)
        for line in colored_lines(analyse(text))
    ]


def test_keys_names_expressions_and_comments() -> None:
    assert marked(TEXT) == [
        "<comment # Builds, then tells.>",
        "<key inputs>: {<parameter count>: {<key type>: integer, <key default>: <number 3>}} "
        "<comment # how many>",
        "<key flow>:",
        "  - <key as>: <function build>",
        "    <key type>: exec",
        "    <key run>: |",
        "      # a comment of the shell",
        "      make 'all' # and another",
        "    <key when>: <variable workflow><operator .><property inputs><operator .><property count> "
        "<operator >> <number 2> <operator &&> <string \"a#b\"> <operator !=> <string ''>",
        '  - <key emit>: {<key event>: <event "done">, '
        "<key payload>: <function build><operator .><property output>}",
        "<key output>: <function build><operator .><property output>",
        "",
    ]


@pytest.mark.parametrize("text", ["", "\n", "a: [", "flow: [{run: 'x\n", "\t\r\n\u2028x: 1\r\n", "- a\n# b"])
def test_the_pieces_are_the_text_whatever_it_is(text: str) -> None:
    analysis = analyse(text)
    lines = ["".join(piece for piece, _ in line) for line in colored_lines(analysis)]
    assert lines == [
        analysis.document.lines.line_text(number) for number in range(len(analysis.document.lines))
    ]


def test_a_large_text_has_no_colors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(colored_text, "_MAX_COLORED", 10)
    assert marked(TEXT)[2] == "flow:"

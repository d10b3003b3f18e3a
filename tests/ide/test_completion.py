"""Completes: which entries are listed where, and the text after choosing one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from duckflux.ide.completion import Tool, completions, whole_files
from duckflux.language.analysis import analyse
from duckflux.language.syntax import LineIndex
from duckflux.language.test_files import check

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.duck.yaml"))

BUILD = """
participants:
  build:
    type: exec
    run: make
"""


# Fields


def test_fields_of_the_participants_type_required_ones_first(offers) -> None:
    found = offers("""
        participants:
          build:
            type: exec
            |
    """)
    assert found.labels == ["run", "as", "timeout", "onError", "retry", "input", "output", "cwd"]


def test_fields_that_are_there_are_not_offered_again(offers) -> None:
    found = offers("""
        participants:
          call:
            type: http
            url: https://example.org
            me|
            timeout: 5s
    """)
    assert "method" in found.labels and not {"url", "timeout", "type"} & set(found.labels)


def test_without_a_type_all_fields_are_offered_type_first(offers) -> None:
    found = offers("participants:\n  build:\n    |\n")
    assert found.labels[0] == "type" and {"run", "url", "server"} <= set(found.labels)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("|", ["flow", "id", "name", "version", "defaults", "inputs", "participants", "output"]),
        ("flow: [a]\n|", ["id", "name", "version", "defaults", "inputs", "participants", "output"]),
        ("defaults:\n  |\nflow: [a]", ["timeout", "cwd", "onError", "retry"]),
        ("defaults: {retry: {|}}\nflow: [a]", ["max", "backoff", "factor"]),
        ("flow:\n  - loop:\n      |", ["steps", "as", "until", "max"]),
        ("flow:\n  - if:\n      condition: 'true'\n      |", ["then", "else"]),
        ("flow:\n  - wait:\n      event: e\n      |", ["match", "until", "poll", "timeout", "onTimeout"]),
        ("inputs:\n  who:\n    type: string\n    req|\nflow: [a]", ["required"]),
    ],
)
def test_fields_by_their_place(offers, text, labels) -> None:
    found = offers(text).labels
    assert [label for label in found if label in labels] == labels
    if len(labels) > 1:
        assert [label for label in found if not label.startswith("workflow")] == labels


def test_a_key_that_is_there_keeps_its_colon(offers) -> None:
    found = offers("participants:\n  build:\n    type: exec\n    time|: 5s\n")
    assert found.chosen("timeout") == "participants:\n  build:\n    type: exec\n    timeout: 5s\n"


def test_a_field_with_a_map_opens_it(offers) -> None:
    found = offers("participants:\n  build:\n    type: exec\n    re|\n")
    assert found.chosen("retry") == "participants:\n  build:\n    type: exec\n    retry:\n      \n"


def test_in_braces_everything_stays_on_its_line(offers) -> None:
    found = offers("flow: [{type: exec, re|}]")
    assert found.chosen("retry") == "flow: [{type: exec, retry: }]"
    assert "loop" not in offers("flow: [|]").labels


def test_a_bare_step_becomes_an_override(offers) -> None:
    found = offers(BUILD + "flow:\n  - build\n    wh|\n")
    assert found.chosen("when").endswith("flow:\n  - build:\n      when: \n")
    assert found.labels[0] == "when" and "type" not in found.labels


@pytest.mark.parametrize(
    "step", ['"bu¦ild"', "|-\n      build\n      ¦", "|-\n      ¦\n      build", "'build ¦'", "build: ¦"]
)
def test_only_a_bare_step_becomes_one(offers, step) -> None:
    assert "when" not in offers(f"{BUILD}flow:\n  - {step}\n").labels


# Values


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("participants: {a: {type: |}}", ["exec", "http", "mcp", "workflow", "emit"]),
        ("participants: {a: {type: http, method: P|}}", ["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ("participants: {a: {type: emit, event: e, ack: |}}", ["true", "false"]),
        ("defaults: {timeout: 15|}\nflow: [a]", ["15ms", "15s", "15m", "15h", "15d"]),
        ("inputs: {n: {type: i|}}\nflow: [a]", ["string", "integer", "number", "boolean", "array", "object"]),
    ],
)
def test_listed_values(offers, text, labels) -> None:
    assert offers(text).labels == labels


def test_on_error_takes_strategies_and_participants(offers) -> None:
    found = offers(BUILD + "  other:\n    type: exec\n    run: x\n    onError: |\nflow: [build]\n")
    assert found.labels == ["fail", "skip", "retry", "build", "other"]


def test_events_used_anywhere(offers) -> None:
    found = offers("""
        participants:
          tell: {type: emit, event: told}
        flow:
          - tell: {event: asked}
          - {type: emit, event: done}
          - wait: {event: |}
    """)
    assert set(found.labels) == {"told", "asked", "done"}


def test_workflow_files_one_folder_at_a_time(offers, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in (
        "main.duck.yaml",
        "other.duck.yaml",
        "notes.txt",
        "sub/child.duck.yaml",
        ".hidden.duck.yaml",
    ):
        (tmp_path / name).touch()
    assert offers("flow: [{type: workflow, path: |}]").labels == ["./other.duck.yaml", "./sub/"]
    found = offers("flow: [{type: workflow, path: ./sub/ch|}]")
    assert found.chosen("./sub/child.duck.yaml") == "flow: [{type: workflow, path: ./sub/child.duck.yaml}]"


def test_mcp_servers_by_name(offers, tmp_path: Path) -> None:
    (tmp_path / ".mcp.json").write_text(
        '{"mcpServers": {"tickets": {"command": "x"}, "wiki": {"command": "y"}}}'
    )
    assert offers("flow: [{type: mcp, server: |, tool: x}]").labels == ["tickets", "wiki"]


@pytest.mark.parametrize(
    "text",
    [
        "participants:\n  child:\n    type: workflow\n    path: ./child.duck.yaml\n"
        "    input:\n      |\n      level: '1'\n",
        "flow:\n  - type: workflow\n    path: child.duck.yaml\n    input: {level: '1', |}\n",
        "participants:\n  child: {type: workflow, path: child.duck.yaml}\n"
        "flow:\n  - child:\n      input:\n        level: '1'\n        w|\n",
    ],
)
def test_inputs_of_the_workflow_that_is_called(offers, tmp_path: Path, text: str) -> None:
    (tmp_path / "child.duck.yaml").write_text(
        "inputs: {level: , why: , who: {required: true}}\nflow: [{type: exec, run: x}]\n"
    )
    assert offers(text).labels == ["who", "why"]


def test_the_first_input_of_the_workflow_that_is_called(offers, tmp_path: Path) -> None:
    (tmp_path / "child.duck.yaml").write_text("inputs: {level: , who: {required: true}}\nflow: []\n")
    found = offers("flow:\n  - type: workflow\n    path: child.duck.yaml\n    input:\n      |\n")
    assert found.labels[:2] == ["who", "level"]


# Steps


def test_steps_are_participants_then_snippets(offers) -> None:
    found = offers(BUILD + "flow:\n  - |\n")
    assert found.labels[0] == "build"
    assert {"loop", "parallel", "if else", "set", "wait until", "exec", "http"} <= set(found.labels)


@pytest.mark.parametrize("indent", ["", "    "])
@pytest.mark.parametrize(
    "outer", ["flow:\n{}- |\n", "flow:\n{}- loop:\n{}    max: 2\n{}    steps:\n{}      - |\n"]
)
def test_snippets_are_indented_right_anywhere(offers, outer, indent) -> None:
    text = outer.replace("{}", indent)
    found = offers(text)
    for candidate in found.found:
        chosen = found.chosen(candidate.label)
        step = yaml.safe_load(chosen)["flow"][0]
        inner = step["loop"]["steps"][0] if "steps" in text else step
        # The first key of the snippet has all that follows below it or beside it.
        assert isinstance(inner, dict), chosen
        syntax = [d for d in analyse(chosen).diagnostics if d.code.startswith("DF1")]
        assert not syntax, (chosen, syntax)


def test_a_new_participant(offers) -> None:
    found = offers("participants:\n  |\nflow: [a]\n")
    assert (
        found.chosen("exec participant") == "participants:\n  name:\n    type: exec\n    run: \nflow: [a]\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("flow:\n  |\n", "flow:\n  - build\n"),
        ("flow:\n  bu|\n", "flow:\n  - build\n"),
        ("flow:\n  - build\n  |\n", "flow:\n  - build\n  - build\n"),
        (
            "flow:\n  - build\n  # comment\n  b|\n  - build\n",
            "flow:\n  - build\n  # comment\n  - build\n  - build\n",
        ),
        ("flow:\n  - parallel:\n      |\n", "flow:\n  - parallel:\n      - build\n"),
    ],
)
def test_a_step_without_its_dash_gets_it(offers, before, after) -> None:
    found = offers(BUILD + before)
    assert found.labels[0] == "build" and {"loop", "exec"} <= set(found.labels)
    assert found.chosen("build") == BUILD.lstrip("\n") + after


def test_at_the_margin_below_a_list_are_fields(offers) -> None:
    assert "output" in offers(BUILD + "flow:\n- build\n|\n").labels


@pytest.mark.parametrize("line", ["flow:|", "- loop:|", "  |- build", "  -| build", "  - |build: x"])
def test_where_only_a_space_can_follow_nothing_is_offered(offers, line) -> None:
    found = offers(f"{BUILD}flow:\n  - build\n{line}\n")
    assert [one for one in found.found if "\n" in one.edit.text or ":" in one.edit.text] == []


# Whole files


@pytest.mark.parametrize("label", [one.label for one in whole_files.WORKFLOWS])
def test_a_whole_workflow_is_right_as_it_stands(offers, label) -> None:
    found = analyse(offers("# Greets.\nwork|").chosen(label).partition("\n")[2])
    assert [one.message for one in found.diagnostics] == []


def test_a_whole_test_file_is_right_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "hello.duck.yaml").write_text("flow:\n  - {as: greet, type: exec, run: echo hello}\n")
    path = tmp_path / "hello.ducktest.yaml"
    [found] = [one for one in completions(LineIndex(""), 0, path) if one.kind == "snippet"]
    text = re.sub(r"\$\{\d+:([^}]*)\}", r"\1", found.edit.text).replace("$0", "")
    assert [one.message for one in check(text, path).diagnostics] == []


@pytest.mark.parametrize(
    "text", ["id: x\n|", "inputs:\n  |", "participants:\n  work|", "output: work|", "flow:\n  - |"]
)
def test_only_an_empty_file_becomes_a_whole_workflow(offers, text) -> None:
    assert not {one.label for one in whole_files.WORKFLOWS} & {
        one.label for one in offers(text).found if one.kind == "snippet" and "flow:" in one.edit.text
    }


# Expressions


def test_members_by_type(offers) -> None:
    found = offers("inputs: {who: , age: {type: integer}}\nflow: [a]\noutput: workflow.inputs.|\n")
    assert found.labels[:2] == ["who", "age"]


def test_variables_in_scope(offers) -> None:
    found = offers(BUILD + "flow:\n  - build\n  - loop:\n      as: round\n      max: 2\n      until: |\n")
    assert {"workflow", "execution", "env", "now", "build", "round", "loop"} <= set(found.labels)
    assert "has" in found.labels


def test_statuses_after_a_comparison(offers) -> None:
    found = offers(BUILD + "flow:\n  - build\n  - build:\n      when: build.status == |\n")
    assert found.labels[:3] == ['"success"', '"failure"', '"skipped"']


@pytest.mark.parametrize(
    ("written", "chosen"),
    [
        ("build.status == |", 'build.status == "success"'),
        ('"build.status == |"', "\"build.status == 'success'\""),
        ("'build.status == |'", "'build.status == \"success\"'"),
        (">-\n        build.status\n        == |", '>-\n        build.status\n        == "success"'),
        ("build.status == 's|'", "build.status == 'success'"),
    ],
)
def test_strings_in_every_style(offers, written, chosen) -> None:
    found = offers(BUILD + f"flow:\n  - build\n  - build:\n      when: {written}\n")
    label = next(label for label in found.labels if "success" in label)
    assert found.chosen(label).endswith(f"when: {chosen}\n")


def test_what_stands_after_the_cursor_stays(offers) -> None:
    found = offers(BUILD + "flow: [build]\noutput: build.out|put.size() + 1\n")
    assert found.chosen("output").endswith("output: build.output.size() + 1\n")
    assert found.chosen("duration").endswith("output: build.duration.size() + 1\n")


@pytest.mark.parametrize(
    "text",
    ["build.status |", "build.output[0] |", "size(build.output) |", "true|", "'x' |", "1 |", "build b|"],
)
def test_behind_an_operand_there_is_no_other(offers, text) -> None:
    assert offers(BUILD + f"flow: [build]\noutput: {text}\n").labels == []


def test_a_duration_is_read_out(offers) -> None:
    details = {one.label: one.detail for one in offers("defaults: {timeout: 1|}\nflow: [a]").found}
    assert details["1s"] == "1 second" and details["1m"] == "1 minute"
    details = {one.label: one.detail for one in offers("defaults: {timeout: 20|}\nflow: [a]").found}
    assert details["20s"] == "20 seconds"


def test_an_expression_that_does_not_parse_yet(offers) -> None:
    found = offers(BUILD + "flow: [build]\noutput: size(build.|\n")
    assert {"status", "output"} <= set(found.labels)


def test_text_that_is_no_expression_offers_none(offers) -> None:
    assert offers("flow: [{type: http, url: 'https://exam|ple.org'}]").labels == []
    assert "workflow" in offers("flow: [{type: http, url: w|}]").labels


# Shell


def test_variables_of_the_steps_input_in_its_command(offers) -> None:
    found = offers("""
        participants:
          greet:
            type: exec
            input: {WHO: "'x'"}
            run: echo "$|"
        flow:
          - greet: {input: {GREETING: "'hi'"}}
    """)
    assert found.labels[:2] == ["WHO", "GREETING"] and "PATH" in found.labels


def test_braces_are_closed(offers) -> None:
    found = offers("flow: [{type: exec, input: {WHO: '1'}, run: 'echo ${W|'}]")
    assert found.chosen("WHO") == "flow: [{type: exec, input: {WHO: '1'}, run: 'echo ${WHO}'}]"


def test_no_offers_in_other_shell_text_and_comments(offers) -> None:
    assert offers("flow: [{type: exec, run: ec|ho}]").labels == []
    assert offers("flow:\n  - {type: exec, run: x} # co|mment\n").labels == []


# Everywhere


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_no_place_is_a_crash_and_every_edit_is_about_the_cursor(path: Path) -> None:
    text = path.read_text()
    lines, analysis = LineIndex(text), analyse(text, path)
    for offset in range(0, len(text), 3):
        line = lines.position(offset)[0]
        for candidate in completions(lines, offset, path, analysis):
            start, end, _ = candidate.edit
            assert start <= offset <= end and lines.position(start)[0] == lines.position(end)[0] == line


@pytest.mark.parametrize(
    "text",
    [
        "- |",
        "flow: {|",
        "flow: [[|",
        "a: b: |",
        "\t|",
        "flow:\n - a\n|\n - b",
        "? |",
        "&a |",
        "*|",
        "|\n--- x",
        "'|",
    ],
)
def test_broken_texts(offers, text) -> None:
    assert isinstance(offers(text).labels, list)


# Tools of MCP servers, which may say anything


def test_arguments_that_are_described_wrongly() -> None:
    call = "participants: {a: {type: mcp, server: s, tool: t, input: {¦}}}\n"
    schema = {"required": 7, "properties": {"a: b": "text", "yes": {"type": ["string", "null"]}, "true": {}}}
    text, _, _ = call.partition("¦")
    whole = call.replace("¦", "")
    found = completions(
        LineIndex(whole), len(text), None, tools=lambda _: (Tool(name="t", input_schema=schema),)
    )
    inserted = [candidate.edit.text for candidate in found if candidate.detail != "" and candidate.group < 0]
    assert inserted == ["'a: b': ", "yes: ", "'true': "]

"""What flows from step to step."""

from __future__ import annotations

import json

import pytest


def test_text_of_a_step_is_the_stdin_of_the_next(flow):
    assert (
        flow("""
        flow:
          - {type: exec, run: printf 'a b'}
          - {type: exec, run: tr a-z A-Z}
    """).output
        == "A B"
    )


def test_stdout_is_kept_raw_with_its_newline(flow):
    assert flow("flow: [{type: exec, run: echo hi}]").output == "hi\n"


def test_strict_json_is_parsed(flow):
    assert flow("""flow: [{type: exec, run: 'echo {\\"a\\":[1,2.5,null]}'}]""").output == {
        "a": [1, 2.5, None]
    }


@pytest.mark.parametrize("text", ["NaN", "[1,]", "{a: 1}", "1 2", "Infinity"])
def test_what_is_no_strict_json_stays_text(flow, text):
    assert flow(f"flow: [{{type: exec, run: \"printf '%s' '{text}'\"}}]").output == text


def test_big_integers_are_exact(flow):
    assert flow("flow: [{type: exec, run: echo 123456789012345678901234567890}]").output == (
        123456789012345678901234567890
    )


def test_a_map_becomes_environment_variables(flow):
    assert (
        flow("""
        flow:
          - {type: exec, run: 'echo "{\\"NAME\\":\\"x y\\",\\"LIST\\":[1, 2],\\"ON\\":true}"'}
          - {type: exec, run: printf '%s|%s|%s' "$NAME" "$LIST" "$ON"}
    """).output
        == "x y|[1,2]|true"
    )


def test_a_json_output_also_reaches_stdin_as_it_was_printed(flow):
    ran = flow("""
        flow:
          - {type: exec, run: "printf '{ \\"a\\" : 1 }'"}
          - {type: exec, run: 'printf "%s" "$(cat) $a"'}
    """)
    assert ran.output == '{ "a" : 1 } 1'


def test_so_does_the_result_of_a_workflow_that_is_just_its_last_step_s(flow):
    flow.write(
        "child.duck.yaml",
        """
        flow: [{type: exec, run: 'echo "{ \\"a\\": 1 }"'}]
    """,
    )
    ran = flow("""
        flow:
          - {type: workflow, path: child.duck.yaml}
          - {type: exec, run: 'cat; echo "$a"'}
    """)
    assert ran.output == '{ "a": 1 }\n1\n'


def test_with_an_input_of_its_own_a_map_does_not_reach_stdin(flow):
    assert (
        flow("""
        flow:
          - {type: exec, run: 'echo "{\\"a\\":1}"'}
          - {type: exec, input: {b: "'2'"}, run: 'printf "%s|%s|%s" "$a" "$b" "$(cat)"'}
    """).output
        == "1|2|"
    )


@pytest.mark.parametrize(("expression", "stdin"), [("[1, 2]", "[1,2]"), ("42", "42"), ("true", "true")])
def test_other_values_go_to_stdin_as_json(flow, expression, stdin):
    ran = flow(f"flow: [{{type: exec, input: '{expression}', run: 'printf \"=%s\" \"$(cat)\"'}}]")
    assert ran.output == f"={stdin}"


def test_without_an_input_stdin_is_empty(flow):
    assert flow("flow: [{type: exec, run: wc -c | tr -d ' '}]").output == 0


def test_input_merges_chain_participant_and_override(flow):
    ran = flow("""
        participants:
          last:
            type: exec
            input: {b: "'participant'", c: "'participant'"}
            run: printf '%s %s %s' "$a" "$b" "$c"
        flow:
          - {type: exec, run: 'echo "{\\"a\\":\\"chain\\",\\"b\\":\\"chain\\",\\"c\\":\\"chain\\"}"'}
          - last: {input: {c: "'override'"}}
    """)
    assert ran.output == "chain participant override"
    assert ran.step("last").input == {"a": "chain", "b": "participant", "c": "override"}


def test_an_explicit_string_replaces_the_chained_one(flow):
    assert (
        flow("""
        flow:
          - {type: exec, run: printf chain}
          - {type: exec, input: "'own'", run: cat}
    """).output
        == "own"
    )


def test_what_can_not_be_merged_is_the_steps_error(flow):
    ran = flow("""
        flow:
          - {type: exec, run: printf text}
          - {as: second, type: exec, input: {a: "'b'"}, run: cat}
    """)
    assert ran.error.step == "second"
    assert ran.error.code == "merge"
    assert "a string" in ran.error.message and "a map" in ran.error.message
    assert str(ran.error.location).endswith("main.duck.yaml:4:37")
    assert ran.step("second").status == "failure"


def test_a_merge_error_follows_on_error(flow):
    ran = flow("""
        flow:
          - {type: exec, run: printf text}
          - {as: second, type: exec, onError: skip, input: {a: "'b'"}, run: cat}
    """)
    assert ran.output == "text"
    assert ran.step("second").reason == "onError"


@pytest.mark.parametrize("command", ["'true'", "echo null"])
def test_empty_text_and_null_clear_the_chain(flow, command):
    ran = flow(f"""
        flow:
          - {{type: exec, run: printf before}}
          - {{type: exec, run: {command}}}
          - {{as: third, type: exec, input: {{a: "'b'"}}, run: 'echo "$a"'}}
    """)
    assert ran.output == "b\n"
    assert ran.step("third").input == {"a": "b"}


def test_input_is_the_chain_in_mappings_and_the_merged_input_elsewhere(flow):
    (flow.folder / "sub").mkdir()
    ran = flow("""
        flow:
          - {type: exec, run: 'echo "{\\"dir\\":\\"sub\\"}"'}
          - type: exec
            input: {copy: input.dir, dir2: "'x'"}
            cwd: input.copy
            run: basename "$PWD"
    """)
    assert ran.output == "sub\n"


def test_an_invalid_variable_name_in_an_explicit_input_is_an_error(flow):
    ran = flow(
        """flow: [{as: s, type: exec, input: '{"no-" + string(execution.number > 0): "x"}', run: cat}]"""
    )
    assert "'no-true'" in ran.error.message
    assert ran.error.code == "environment"


def test_a_nul_character_in_an_explicit_input_is_an_error(flow):
    ran = flow(
        """
        inputs: {text: {type: string}}
        flow: [{as: s, type: exec, input: {BAD: workflow.inputs.text}, run: 'true'}]
        """,
        {"text": "a\0b"},
    )
    assert "'BAD'" in ran.error.message and "NUL" in ran.error.message


def test_a_value_over_the_systems_limit_is_an_error_that_names_the_key(flow):
    ran = flow(
        """
        inputs: {big: {type: string}}
        flow: [{as: s, type: exec, input: {BIG: workflow.inputs.big}, run: 'true'}]
        """,
        {"big": "x" * 200_000},
    )
    assert "'BIG'" in ran.error.message and "128 KiB" in ran.error.message


def test_many_values_over_the_limit_of_all_name_the_largest(flow):
    names = [f"v{index}" for index in range(60)]
    mapping = ", ".join(f"{name}: workflow.inputs.big" for name in names)
    ran = flow(
        f"""
        inputs: {{big: {{type: string}}}}
        flow: [{{as: s, type: exec, input: {{{mapping}}}, run: 'true'}}]
        """,
        {"big": "x" * 120_000},
    )
    assert ran.error.code == "environment"
    assert "'v0'" in ran.error.message


def test_keys_of_a_chained_map_that_can_be_no_variables_stay_out(flow):
    ran = flow("""
        flow:
          - {type: exec, run: 'echo "{\\"no-name\\":1,\\"ok\\":2}"'}
          - {type: exec, run: 'echo "$ok"'}
    """)
    assert ran.output == 2


def test_a_chained_map_that_is_too_big_stays_out_as_far_as_needed(flow):
    ran = flow("""
        flow:
          - type: exec
            run: >-
              python3 -c 'import json; print(json.dumps({"id%d" % i: "x" * 1000 for i in range(9000)}))'
          - type: exec
            input: {own: "'mine'"}
            run: 'echo "$own ${id0:-none}" | cut -c1-6; sh -c true'
    """)
    assert ran.output == "mine x\n"


PROTECTED = [
    "PATH",
    "HOME",
    "IFS",
    "ENV",
    "LD_PRELOAD",
    "PYTHONPATH",
    "NODE_OPTIONS",
    "GIT_DIR",
    "http_proxy",
]


@pytest.mark.parametrize("name", PROTECTED)
def test_a_chained_map_sets_no_protected_variable(flow, name):
    warnings = []
    ran = flow(
        f"""
        flow:
          - loop:
              max: 2
              steps:
                - {{type: exec, run: 'echo "{{\\"{name}\\":\\"/evil\\",\\"ok\\":\\"yes\\"}}"'}}
                - {{as: b, type: exec, run: 'echo "$ok ${name}"'}}
        """,
        warn=warnings.append,
    )
    assert ran.output.startswith("yes") and "/evil" not in ran.output
    (warning,) = warnings
    assert f"step 'b': the value from the step before does not set '{name}'" in warning


def test_an_explicit_input_sets_a_protected_variable(flow):
    ran = flow("""
        flow:
          - {type: exec, run: 'echo "{\\"GIT_DIR\\":\\"x\\"}"'}
          - {type: exec, input: {GIT_DIR: input.GIT_DIR}, run: 'printf "$GIT_DIR"'}
    """)
    assert ran.output == "x"


def test_if_passes_the_branch_taken_on_or_nothing_changes(flow):
    ran = flow("""
        flow:
          - {type: exec, run: printf a}
          - if: {condition: 'true', then: [{type: exec, run: 'printf "%sb" "$(cat)"'}]}
          - if: {condition: 'false', then: [{type: exec, run: printf never}]}
          - {type: exec, run: 'printf "%sc" "$(cat)"'}
    """)
    assert ran.output == "abc"


def test_a_loop_feeds_its_end_to_its_next_start(flow):
    assert (
        flow("""
        flow:
          - {type: exec, run: printf x}
          - loop: {max: 3, steps: [{type: exec, run: 'printf "%s." "$(cat)"'}]}
    """).output
        == "x..."
    )


def test_no_iteration_changes_nothing(flow):
    assert (
        flow("""
        flow:
          - {type: exec, run: printf x}
          - loop: {max: "0", steps: [{type: exec, run: printf never}]}
    """).output
        == "x"
    )


def test_parallel_gives_the_results_in_the_order_of_the_text(flow):
    ran = flow("""
        flow:
          - {type: exec, run: printf in}
          - parallel:
              - {type: exec, run: 'sleep 0.1; printf "%s1" "$(cat)"'}
              - {type: exec, when: 'false', run: printf never}
              - {type: exec, run: 'printf "%s3" "$(cat)"'}
              - set: {a: '1'}
    """)
    assert ran.output == ["in1", None, "in3", None]


def test_set_and_sleep_change_nothing(flow):
    assert (
        flow("""
        flow:
          - {type: exec, run: printf x}
          - set: {a: '1'}
          - wait: {timeout: 1ms}
          - {type: exec, run: cat}
    """).output
        == "x"
    )


def test_a_skipped_step_leaves_the_chain(flow):
    assert (
        flow("""
        flow:
          - {type: exec, run: printf x}
          - {type: exec, when: 'false', run: printf never}
          - {type: exec, onError: skip, run: exit 1}
          - {type: exec, run: cat}
    """).output
        == "x"
    )


def test_a_skip_keeps_the_output_of_the_last_execution(flow):
    ran = flow("""
        flow:
          - loop:
              max: 2
              steps:
                - {as: first, type: exec, when: loop.first, run: printf one}
        output: {output: first.output, status: first.status}
    """)
    assert ran.output == {"output": "one", "status": "skipped"}


def test_a_skip_without_an_execution_has_no_output(flow):
    ran = flow("""
        flow: [{as: never, type: exec, when: 'false', run: 'true'}]
        output: {has: has(never.output), status: never.status}
    """)
    assert ran.output == {"has": False, "status": "skipped"}


def test_large_values_pass_through_pipes(flow):
    size = 3_000_000
    ran = flow(f"""
        flow:
          - {{type: exec, run: head -c {size} /dev/zero | tr '\\0' x}}
          - {{type: exec, run: cat}}
          - {{type: exec, run: wc -c}}
    """)
    assert ran.output == size


def test_a_command_that_does_not_read_its_stdin_is_fine(flow):
    assert (
        flow("""
        flow:
          - {type: exec, run: head -c 1000000 /dev/zero | tr '\\0' x}
          - {type: exec, run: exec <&-; echo done}
    """).output
        == "done\n"
    )


def test_utf8_split_across_reads_survives(flow):
    ran = flow("""
        flow: [{type: exec, run: "printf '\\\\303'; sleep 0.05; printf '\\\\251'"}]
    """)
    assert ran.output == "é"
    assert "".join(e.text for e in ran.events if hasattr(e, "text")) == "é"


def test_the_final_chain_is_the_output_without_one(flow):
    assert flow("flow: [{type: exec, run: 'true'}]").output is None


def test_output_map_expression_and_schema(flow):
    assert (
        flow("""
        flow: [{as: a, type: exec, run: echo 3}]
        output: a.output + 1
    """).output
        == 4
    )
    ran = flow(
        """
        flow: [{as: a, type: exec, run: echo 3}]
        output:
          schema: {n: {type: string, required: true}, m: {type: integer, required: true}}
          map: {n: a.output}
        """,
        unchecked=True,
    )
    assert ran.error.code == "output-schema"
    assert "n must be a string" in ran.error.message
    assert "m" in ran.error.message


def test_a_participants_output_schema_is_checked(flow):
    text = """
        flow:
          - as: report
            type: exec
            run: |
              echo '%s'
            output: {passed: {type: integer, required: true, minimum: 0}}
    """
    assert flow(text % json.dumps({"passed": 3})).output == {"passed": 3}
    ran = flow(text % json.dumps({"passed": -1}))
    assert "passed must be at least 0" in ran.error.message
    assert ran.step("report").output == {"passed": -1}
    assert "must be an object" in flow(text % "text").error.message

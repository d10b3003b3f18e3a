"""The registry of rules: one record for each diagnostic, and the only place that knows them all.

A record names the module that checks the rule and the function that fixes it. Both are imported when they are
first needed: reading a workflow needs no fixes, and the syntax layer, which reports the first group, no checks.
"""

from __future__ import annotations

from enum import StrEnum
from functools import partial

import msgspec


class Severity(StrEnum):
    """The severity of a rule: an error is certain to fail, a warning is probably a mistake.

    See docs/language.md#9-static-checks.
    """

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


class Rule(msgspec.Struct, frozen=True):
    """One rule.

    `code` never changes its meaning; `slug` names the rule in words and may stand wherever the code may.
    `check` is the module of `lint.rules` that reports it, empty where reading the text or its schema does.
    `fix` is the function of `ide.fixes` that fixes it, as `module.function`; `unfixable` says why there can be
    none. `unnecessary` means that the marked text could go, `deprecated` that it should no longer be used.
    The explanation is `lint/explanations/CODE.md`.
    """

    code: str
    slug: str
    severity: Severity
    title: str
    check: str = ""
    fix: str = ""
    unfixable: str = ""
    unnecessary: bool = False
    deprecated: bool = False


REGISTRY: dict[str, Rule] = {}
_CODES: dict[str, str] = {}


def code_of(name: str) -> str | None:
    """Return the code that a code (in any case) or a slug names; None if there is no such rule."""
    return name.upper() if name.upper() in REGISTRY else _CODES.get(name)


def _register(
    severity: Severity,
    code: str,
    slug: str,
    title: str,
    *,
    check: str = "",
    fix: str = "",
    unfixable: str = "",
    unnecessary: bool = False,
    deprecated: bool = False,
) -> str:
    REGISTRY[code] = Rule(code, slug, severity, title, check, fix, unfixable, unnecessary, deprecated)
    _CODES[slug] = code
    return code


_error = partial(_register, Severity.ERROR)
_warning = partial(_register, Severity.WARNING)
_information = partial(_register, Severity.INFORMATION)

# The text: YAML itself. Reported by the syntax layer but where a check is named.
SYNTAX_ERROR = _error(
    "DF101",
    "syntax-error",
    "The text is not valid YAML",
    fix="syntax.insert_missing",
)
DUPLICATE_KEY = _error(
    "DF102", "duplicate-key", "A key occurs twice in one map", fix="duplicate_keys.remove_second"
)
OVER_LIMIT = _error(
    "DF103",
    "over-limit",
    "The file exceeds a limit",
    unfixable="only the author can decide what to leave out or how to divide the file",
)
UNSUPPORTED_TAG = _error(
    "DF104", "unsupported-tag", "A tag other than YAML's core types", fix="fields.remove_tag"
)
MULTIPLE_DOCUMENTS = _error(
    "DF105",
    "multiple-documents",
    "More than one document in a file",
    unfixable="only the author can decide which document to keep",
)
UNDEFINED_ALIAS = _error(
    "DF106", "undefined-alias", "An alias without an anchor", unfixable="the intended value is unknown"
)
INVALID_CHARACTER = _error(
    "DF107", "invalid-character", "A character that YAML does not allow", fix="fields.remove_character"
)
INVALID_KEY = _error("DF108", "invalid-key", "A key that is not a string", fix="syntax.unwrap_template")
UNKNOWN_DIRECTIVE = _warning(
    "DF110", "unknown-directive", "A `%` line that is ignored", fix="fields.remove_directive"
)
PARTLY_CHECKED = _warning(
    "DF111",
    "partly-checked",
    "The file is too large to be checked as a whole",
    unfixable="only the author can decide how to divide the file",
)
MERGE_KEY = _information(
    "DF109", "merge-key", "`<<` merges maps here, but not in every runtime", check="merge_key"
)

# Structure: the shape that schema.json requires. Reported by `schema.validation`.
UNKNOWN_FIELD = _error("DF201", "unknown-field", "An unknown field or step", fix="fields.remove_or_rename")
MISSING_FIELD = _error("DF202", "missing-field", "A required field is missing", fix="fields.add_missing")
WRONG_TYPE = _error("DF203", "wrong-type", "A value of the wrong type", fix="fields.correct_type")
INVALID_VALUE = _error("DF204", "invalid-value", "A value that is not allowed", fix="fields.change_value")
INVALID_DURATION = _error("DF205", "invalid-duration", "An invalid duration", fix="fields.add_unit")
EMPTY_VALUE = _error("DF206", "empty-value", "A value that must not be empty", fix="empty_values.fill_value")
CONFLICTING_FIELDS = _error(
    "DF207", "conflicting-fields", "Fields that cannot be used together", fix="fields.remove"
)
NOT_A_WORKFLOW = _error(
    "DF208", "not-a-workflow", "The file does not contain a workflow", fix="empty_values.start_workflow"
)
FIELD_OF_OTHER_TYPE = _warning(
    "DF209", "field-of-other-type", "A field of another participant type", fix="fields.remove"
)
FOREIGN_FIELD = _error(
    "DF210", "foreign-field", "A field or step of another tool", fix="habits.write_own_field"
)
BESIDE_OWNER = _error(
    "DF211", "beside-owner", "A field beside the one that it belongs under", fix="indentation.indent"
)

# Names.
UNKNOWN_PARTICIPANT = _error(
    "DF301",
    "unknown-participant",
    "A step that names no participant",
    check="unknown_participant",
    fix="names.declare_participant",
)
RESERVED_NAME = _error(
    "DF302", "reserved-name", "The name of a built-in variable", fix="names.rename_everywhere"
)
DUPLICATE_NAME = _error(
    "DF303", "duplicate-name", "A name that is already used", check="duplicate_name", fix="names.rename_here"
)
UNKNOWN_FALLBACK = _error(
    "DF304",
    "unknown-fallback",
    "`onError` or `onTimeout` names no participant",
    check="unknown_fallback",
    fix="names.declare_participant",
)
INLINE_REFERENCE = _error(
    "DF305",
    "inline-reference",
    "An inline step used as a participant",
    check="inline_reference",
    fix="names.move_to_participants",
)
UNUSED_PARTICIPANT = _warning(
    "DF306",
    "unused-participant",
    "A participant that no step runs",
    check="unused_participant",
    fix="fields.remove_entry",
    unnecessary=True,
)
UNREADABLE_NAME = _error(
    "DF307",
    "unreadable-name",
    "A name that expressions cannot read",
    check="expressions",
    fix="names.make_readable",
)

# Expressions.
EXPRESSION_SYNTAX = _error(
    "DF401",
    "expression-syntax",
    "An expression that is not valid CEL",
    check="expressions",
    fix="expressions.fix_syntax",
)
UNDEFINED_VARIABLE = _error(
    "DF402",
    "undefined-variable",
    "A variable that does not exist",
    check="expressions",
    fix="expressions.replace_name",
)
UNKNOWN_FUNCTION = _error(
    "DF403",
    "unknown-function",
    "A function that does not exist",
    check="expressions",
    fix="suggestions.apply_suggestion",
)
UNKNOWN_MEMBER = _error(
    "DF404",
    "unknown-member",
    "A member that does not exist",
    check="expressions",
    fix="suggestions.apply_suggestion",
)
TYPE_MISMATCH = _error(
    "DF405",
    "type-mismatch",
    "An operation on values of the wrong type",
    check="expressions",
    fix="comparisons.convert_operand",
)
NOT_A_CONDITION = _error(
    "DF406",
    "not-a-condition",
    "A condition that is neither true nor false",
    check="expressions",
    fix="comparisons.make_condition",
)
NEVER_EQUAL = _error(
    "DF407",
    "never-equal",
    "A comparison of values that are never equal",
    check="expressions",
    fix="comparisons.convert_literal",
)
LITERAL_LIKE_EXPRESSION = _warning(
    "DF408",
    "literal-like-expression",
    "Plain text that looks like a misspelled expression",
    check="literal_like_expression",
    fix="suggestions.apply_guess",
)
IMPOSSIBLE_TEST = _warning(
    "DF409",
    "impossible-test",
    "A test that is never true",
    check="expressions",
    fix="suggestions.apply_suggestion",
)
FOREIGN_EXPRESSION = _error(
    "DF410",
    "foreign-expression",
    "An expression in the style of another tool",
    check="expressions",
    fix="habits.write_in_cel",
)

# Flow.
MISSING_RETRY_CONFIG = _error(
    "DF501",
    "missing-retry-config",
    "`onError: retry` without a `retry` configuration",
    check="retry_config",
    fix="fields.add_retry",
)
READ_BEFORE_RUN = _error(
    "DF502",
    "read-before-run",
    "A result or key that cannot exist yet",
    check="read_before_run",
    unfixable="the step or the read belongs elsewhere, and only the author knows where",
)
MAYBE_NOT_RUN = _warning(
    "DF503",
    "maybe-not-run",
    "A result or key that may not exist",
    check="read_before_run",
    fix="expressions.add_guard",
)
CANNOT_MERGE = _error(
    "DF504",
    "cannot-merge",
    "Inputs that cannot be merged",
    check="cannot_merge",
    unfixable="one of the two values has to change, or a step has to come between",
)
LOOP_OUTSIDE_LOOP = _error(
    "DF505",
    "loop-outside-loop",
    "A loop variable outside of a loop",
    check="loop_and_event_scope",
    unfixable="the read belongs in a loop, or a loop around it",
)
EVENT_BEFORE_WAIT = _error(
    "DF506",
    "event-before-wait",
    "`event` before any `wait` for an event",
    check="loop_and_event_scope",
    unfixable="the read belongs after a `wait`, or a `wait` before it",
)
LOOP_AFTER_END = _information(
    "DF507", "loop-after-end", "A variable of a loop that has ended", check="loop_and_event_scope"
)
CONSTANT_CONDITION = _warning(
    "DF508",
    "constant-condition",
    "A condition that is always the same",
    check="constant_condition",
    fix="fields.remove_condition",
)
FALLBACK_CYCLE = _warning(
    "DF509", "fallback-cycle", "Fallbacks that form a cycle", check="fallback_cycle", fix="flow.break_cycle"
)
PARALLEL_RACE = _warning(
    "DF510",
    "parallel-race",
    "Parallel branches that write or read each other's keys",
    check="parallel_race",
    unfixable="another key, another order and another way to share are all sensible",
)
UNTIL_CANNOT_CHANGE = _warning(
    "DF511",
    "until-cannot-change",
    "An `until` that no iteration can change",
    check="until_cannot_change",
    unfixable="only the author knows the right condition",
)
UNUSED_RETRY = _warning(
    "DF512",
    "unused-retry",
    "A retry that never happens",
    check="unused_retry",
    fix="fields.remove",
    unnecessary=True,
)
UNUSED_TIMEOUT = _warning(
    "DF513",
    "unused-timeout",
    "A timeout that has no effect",
    check="unused_timeout",
    fix="fields.remove",
    unnecessary=True,
)
UNLIMITED_LOOP = _information(
    "DF514", "unlimited-loop", "A loop without a limit", check="unlimited_loop", fix="fields.add_max"
)
LAST_WITHOUT_MAX = _warning(
    "DF515",
    "last-without-max",
    "`last` in a loop without `max`",
    check="last_without_max",
    fix="flow.add_loop_max",
)
UNREACHABLE_STEP = _warning(
    "DF521",
    "unreachable-step",
    "A step after one that never ends",
    check="unreachable_step",
    fix="flow.add_limit",
    unnecessary=True,
)
LOOP_NEVER_RUNS = _warning(
    "DF522",
    "loop-never-runs",
    "A loop that never runs",
    check="loop_never_runs",
    fix="flow.allow_one_iteration",
)
INVALID_LIMIT = _error(
    "DF524",
    "invalid-limit",
    "A loop whose `max` is not a whole number of at least 0",
    check="invalid_limit",
    fix="flow.allow_one_iteration",
)
ZERO_DURATION = _warning(
    "DF523", "zero-duration", "A duration of zero", check="zero_duration", fix="flow.lengthen_duration"
)

# Inputs and outputs.
UNDECLARED_INPUT = _warning(
    "DF601",
    "undeclared-input",
    "An input that the workflow does not declare",
    check="expressions",
    fix="names.declare_input",
)
UNLISTED_FIELD = _warning(
    "DF602",
    "unlisted-field",
    "A field that the output's schema does not list",
    check="expressions",
    fix="suggestions.apply_suggestion",
)
UNSET_KEY = _warning(
    "DF603",
    "unset-key",
    "A context key that no `set` writes",
    check="expressions",
    fix="suggestions.apply_suggestion",
)
UNUSED_INPUT = _warning(
    "DF604",
    "unused-input",
    "An input that no expression reads",
    check="unused_input",
    fix="fields.use_input",
    unnecessary=True,
)
MISSING_WORKFLOW_FILE = _error(
    "DF605",
    "missing-workflow-file",
    "A workflow file that does not exist",
    check="sub_workflow",
    fix="paths_and_urls.correct_workflow_path",
)
WORKFLOW_CYCLE = _error(
    "DF606",
    "workflow-cycle",
    "Workflows that call each other in a cycle",
    check="sub_workflow",
    unfixable="only the author knows which call is wrong",
)
MISSING_INPUT = _warning(
    "DF607",
    "missing-input",
    "A required input that may be missing",
    check="sub_workflow",
    fix="calls.add_inputs",
)
UNKNOWN_INPUT = _warning(
    "DF608",
    "unknown-input",
    "An input that the called workflow does not declare",
    check="sub_workflow",
    fix="fields.remove_or_rename",
)
INVALID_DEFAULT = _warning(
    "DF609",
    "invalid-default",
    "A default that its own schema rejects",
    check="invalid_default",
    fix="fields.change_default",
)
IMPOSSIBLE_OUTPUT = _error(
    "DF610",
    "impossible-output",
    "An output that its schema rejects",
    check="impossible_output",
    fix="calls.add_required_output",
)
DEPRECATED_INPUT = _information(
    "DF611",
    "deprecated-input",
    "An input that is deprecated",
    check="sub_workflow",
    unfixable="the replacement is described in words, for people",
    deprecated=True,
)
TEXT_INTO_MAP = _warning(
    "DF612",
    "text-into-map",
    "A map as `input` behind a step that prints text",
    check="cannot_merge",
    unfixable="the step before has to print JSON, or a step that takes the text has to come between",
)
UNUSED_RESULT = _information(
    "DF621",
    "unused-result",
    "A result that nothing can read",
    check="unused_result",
    fix="missing_names.add_name",
)

# Commands, files and addresses.
UNEVALUATED_EXPRESSION = _warning(
    "DF701",
    "unevaluated-expression",
    "An expression where none is evaluated",
    check="unevaluated_expression",
    fix="misplaced_expressions.evaluate_expression",
)
UNSET_SHELL_VARIABLE = _warning(
    "DF702",
    "unset-shell-variable",
    "A shell variable that nothing sets",
    check="unset_shell_variable",
    fix="suggestions.apply_guess",
)
INVALID_URL = _warning(
    "DF703", "invalid-url", "An invalid URL", check="invalid_url", fix="paths_and_urls.correct_url"
)
MISSING_FOLDER = _information(
    "DF704",
    "missing-folder",
    "A folder that does not exist",
    check="missing_folder",
    fix="paths_and_urls.correct_folder",
)
INVALID_VARIABLE_NAME = _error(
    "DF706",
    "invalid-variable-name",
    "An environment variable that a command cannot get",
    check="invalid_variable_name",
    fix="names.make_variable_name",
)
UNKNOWN_MCP_SERVER = _warning(
    "DF705",
    "unknown-mcp-server",
    "An MCP server that is not configured",
    check="unknown_mcp_server",
    fix="suggestions.apply_guess",
)

# Portability: features that the reference runtime handles differently.
UNPORTABLE_OVERRIDE = _information(
    "DF801", "unportable-override", "An override that not every runtime accepts", check="portability"
)
UNPORTABLE_FIELD = _information(
    "DF802",
    "unportable-field",
    "A field that not every runtime accepts",
    check="portability",
    unfixable="the field is right here; what another runtime should do instead is a choice",
)

# Suppression comments. Reported by `lint.suppression`.
UNKNOWN_SUPPRESSION = _warning(
    "DF901",
    "unknown-suppression",
    "A suppression comment without a known code",
    fix="suggestions.apply_guess",
)
UNUSED_SUPPRESSION = _warning(
    "DF902",
    "unused-suppression",
    "A suppression comment that suppresses nothing",
    fix="comments.remove_suppression",
    unnecessary=True,
)
UNREASONED_SUPPRESSION = _warning(
    "DF903",
    "unreasoned-suppression",
    "A suppression comment without a reason",
    unfixable="only the author knows the reason",
)

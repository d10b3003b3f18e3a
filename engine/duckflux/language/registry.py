"""The registry of diagnostics: every code with its severity and title. Nothing else says what a code means."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How sure and how bad: an error is certain to fail, a warning probably a mistake (LANGUAGE section 9)."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


class Rule(NamedTuple):
    """`unnecessary` says that what is marked could go, `deprecated` that it should no longer be used."""

    code: str
    severity: Severity
    title: str
    unnecessary: bool = False
    deprecated: bool = False


REGISTRY: dict[str, Rule] = {}


def _error(code: str, title: str) -> str:
    return _register(code, Severity.ERROR, title)


def _warning(code: str, title: str, *, unnecessary: bool = False) -> str:
    return _register(code, Severity.WARNING, title, unnecessary=unnecessary)


def _information(code: str, title: str, *, deprecated: bool = False) -> str:
    return _register(code, Severity.INFORMATION, title, deprecated=deprecated)


def _register(
    code: str, severity: Severity, title: str, *, unnecessary: bool = False, deprecated: bool = False
) -> str:
    REGISTRY[code] = Rule(code, severity, title, unnecessary, deprecated)
    return code


# The text: YAML itself.
SYNTAX = _error("DF101", "the text is not valid YAML")
DUPLICATE_KEY = _error("DF102", "a key stands twice in one map")
LIMIT = _error("DF103", "the file is over a limit")
TAG = _error("DF104", "a tag beyond YAML's core types")
DOCUMENTS = _error("DF105", "more than one document in a file")
ALIAS = _error("DF106", "an alias without its anchor")
CHARACTER = _error("DF107", "a character that YAML does not allow")
KEY = _error("DF108", "a key that is no text")
MERGE_KEY = _information("DF109", "`<<` merges maps here, but not in every runtime")

# Structure: the shape that schema.json asks for.
UNKNOWN_FIELD = _error("DF201", "a field or step that does not exist")
MISSING_FIELD = _error("DF202", "a required field is missing")
WRONG_TYPE = _error("DF203", "a value of the wrong type")
VALUE = _error("DF204", "a value that is not accepted")
DURATION = _error("DF205", "a duration that is none")
EMPTY = _error("DF206", "something must not be empty")
COMBINATION = _error("DF207", "fields that do not go together")
NOT_A_WORKFLOW = _error("DF208", "the file holds no workflow")
OTHER_TYPES_FIELD = _warning("DF209", "a field of another participant type")

# Names.
UNKNOWN_PARTICIPANT = _error("DF301", "a step that names no participant")
RESERVED_NAME = _error("DF302", "the name of a built-in variable")
DUPLICATE_NAME = _error("DF303", "a name that is taken")
UNKNOWN_TARGET = _error("DF304", "onError or onTimeout names no participant")
INLINE_REFERENCE = _error("DF305", "an inline step used as a participant")
UNUSED_PARTICIPANT = _warning("DF306", "a participant that no step runs", unnecessary=True)
UNREADABLE_NAME = _error("DF307", "a name that expressions can't read")

# Expressions.
EXPRESSION_SYNTAX = _error("DF401", "an expression that is not valid CEL")
UNDECLARED = _error("DF402", "a variable that does not exist")
UNKNOWN_FUNCTION = _error("DF403", "a function that does not exist")
NO_SUCH_FIELD = _error("DF404", "a field that does not exist")
EXPRESSION_TYPE = _error("DF405", "an operation on values of the wrong type")
NOT_A_CONDITION = _error("DF406", "a condition that is neither true nor false")
NEVER_TRUE = _error("DF407", "a comparison of values that are never equal")
LITERAL_LIKE_EXPRESSION = _warning("DF408", "text that looks like an expression gone wrong")
IMPOSSIBLE = _warning("DF409", "a test for something that can never be")

# Flow.
RETRY_WITHOUT_CONFIG = _error("DF501", "retry without saying how often")
NOT_YET_RUN = _error("DF502", "a result or a key read where it can't be there")
MAY_NOT_HAVE_RUN = _warning("DF503", "a result or a key read where it may not be there")
CANNOT_MERGE = _error("DF504", "inputs that can't be merged")
NO_LOOP = _error("DF505", "a loop's variable where there is no loop")
NO_EVENT = _error("DF506", "`event` where no event can have come")
ENDED_LOOP = _information("DF507", "the variable of a loop that has ended")
CONSTANT_CONDITION = _warning("DF508", "a condition that is always the same")
FALLBACK_CYCLE = _warning("DF509", "fallbacks that lead back to where they began")
PARALLEL_RACE = _warning("DF510", "branches that write or read each other's keys")
UNTIL_CANNOT_CHANGE = _warning("DF511", "an `until` that no round can change")
UNUSED_RETRY = _warning("DF512", "a retry that never happens", unnecessary=True)
UNUSED_TIMEOUT = _warning("DF513", "a timeout that has no effect", unnecessary=True)
UNLIMITED_LOOP = _information("DF514", "a loop without a limit")
UNKNOWN_LAST = _warning("DF515", "`last` of a loop whose end is not known")
UNREACHABLE = _warning("DF521", "a step behind one that never ends", unnecessary=True)
NO_ROUND = _warning("DF522", "a loop that never runs")
ZERO_DURATION = _warning("DF523", "a time of nothing")

# Inputs and outputs.
UNDECLARED_INPUT = _warning("DF601", "an input that the workflow does not declare")
UNLISTED_FIELD = _warning("DF602", "a field that the output's schema does not list")
UNSET_KEY = _warning("DF603", "a key of the context that no `set` writes")
UNUSED_INPUT = _warning("DF604", "an input that nothing reads", unnecessary=True)
NO_SUB_WORKFLOW = _error("DF605", "a workflow file that is not there")
CIRCULAR = _error("DF606", "workflows that call each other in a circle")
MISSING_INPUT = _warning("DF607", "a required input that may be missing")
UNKNOWN_INPUT = _warning("DF608", "an input that the called workflow does not declare")
BAD_DEFAULT = _warning("DF609", "a default that its own schema refuses")
IMPOSSIBLE_OUTPUT = _error("DF610", "an output that its schema refuses")
DEPRECATED_INPUT = _information("DF611", "an input that is deprecated", deprecated=True)
LOST_OUTPUT = _information("DF621", "a result that nothing can read")

# Commands, files and addresses.
PASTED_EXPRESSION = _warning("DF701", "an expression where none is evaluated")
SHELL_VARIABLE = _warning("DF702", "a shell variable that nothing sets")
ADDRESS = _warning("DF703", "a URL that is none")
FOLDER = _information("DF704", "a folder that is not there")
MCP_SERVER = _warning("DF705", "an MCP server that is not configured")

# Portability: what the reference runtime does otherwise.
OVERRIDE_ELSEWHERE = _information("DF801", "an override that not every runtime takes")
FIELD_ELSEWHERE = _information("DF802", "a field that not every runtime takes")

# Comments.
UNKNOWN_SUPPRESSION = _warning("DF901", "a comment that silences nothing known")
UNUSED_SUPPRESSION = _warning("DF902", "a comment that silences nothing", unnecessary=True)
UNREASONED_SUPPRESSION = _warning("DF903", "a comment that silences without a reason")

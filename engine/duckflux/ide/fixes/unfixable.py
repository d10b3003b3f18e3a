"""The codes whose mistake has no one sensible mending, and why."""

from __future__ import annotations

from ...language import registry

NO_ONE_MENDING: dict[str, str] = {
    registry.SYNTAX: "what is meant can't be told from a text that can't be read",
    registry.LIMIT: "what to leave out, or how to divide it, is a thought of its own",
    registry.DOCUMENTS: "which one is meant, or into which files they go, can't be told",
    registry.ALIAS: "what it is to stand for can't be told",
    registry.KEY: "which text was meant can't be told",
    registry.NOT_YET_RUN: "the step, or the read, belongs somewhere else, and where can't be told",
    registry.CANNOT_MERGE: "one of two values has to become another one, or a step has to come between",
    registry.NO_LOOP: "the read belongs into a loop, or a loop around it",
    registry.NO_EVENT: "the read belongs behind a `wait`, or a `wait` before it",
    registry.PARALLEL_RACE: "another key, another order or another way to share are all sensible",
    registry.UNTIL_CANNOT_CHANGE: "a condition has to be found",
    registry.DEPRECATED_INPUT: "what to give instead stands in the description, for people",
    registry.CIRCULAR: "which of the calls is wrong can't be told",
    registry.FIELD_ELSEWHERE: "it is right here; what another runtime is to do instead is a choice",
    registry.UNREASONED_SUPPRESSION: "only who wrote it knows the reason",
}

"""A participant of type `file`. This module is all that checking and completion need, so it imports little."""

from duckflux import ParticipantType

file = ParticipantType(
    description="writes a file",
    run="duckflux_file.write:run",
    fields={
        "to": {
            "$ref": "#/$defs/text",
            "description": "The file, relative to the workflow's. CEL or text.",
        },
        "content": {
            "$ref": "#/$defs/expression",
            "description": "What to write: CEL that gives text, or any other value, which becomes JSON.",
        },
        "mode": {
            "enum": ["replace", "append"],
            "default": "replace",
            "description": "What becomes of a file that is there.",
        },
    },
    required=("to", "content"),
)

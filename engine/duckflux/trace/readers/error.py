"""Defines how reading a trace fails."""


class TraceError(Exception):
    """A file is not a readable trace; the message is a sentence for users."""

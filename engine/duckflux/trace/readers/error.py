"""How reading a trace fails."""


class TraceError(Exception):
    """A file that is no readable trace; the text is a sentence for people."""

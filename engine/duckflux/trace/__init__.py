"""Records runs as traces, reads trace files, and shows, compares and exports traces."""

DEFAULT_FOLDER = ".duckflux/traces"
"""Where the traces of runs go if nothing else is said, in the folder of the workflow."""

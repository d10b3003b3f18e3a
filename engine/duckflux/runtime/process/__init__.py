"""Commands as child processes."""

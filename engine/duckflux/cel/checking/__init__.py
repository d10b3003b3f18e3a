"""The rules of the checker, by the kinds of nodes."""

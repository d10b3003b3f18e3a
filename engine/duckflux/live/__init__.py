"""Lets other programs of the same user watch, answer and stop a run while it lives (docs/live.md)."""

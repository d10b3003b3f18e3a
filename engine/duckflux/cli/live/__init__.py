"""Implements the commands for runs that are going on (docs/live.md)."""

"""Runs commands as child processes."""

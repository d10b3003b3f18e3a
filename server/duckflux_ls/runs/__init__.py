"""Runs of workflows and their tests that the server starts, and their results on the text."""

"""Runs workflows and their tests, and keeps the results on the text."""

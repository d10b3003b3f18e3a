"""Runs workflows."""

"""Runs the steps of workflows."""

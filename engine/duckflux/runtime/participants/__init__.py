"""Runs participants, one type a module; each is imported when a workflow first runs one."""

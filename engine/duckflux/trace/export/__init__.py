"""Traces in the forms of other tools, one a module: `export(trace, state) -> bytes`.

`state` is what became of the run: the execution's status, or that it was interrupted.
"""

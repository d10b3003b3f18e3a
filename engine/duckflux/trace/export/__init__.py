"""Exports traces to formats of other tools, one a module: `export(trace, state) -> bytes`.

`state` is the execution's status, or `interrupted`.
"""

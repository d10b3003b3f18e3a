"""The meaning of a workflow: its symbols, variables, types, control flow and data flow."""

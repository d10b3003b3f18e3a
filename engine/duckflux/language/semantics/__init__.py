"""What a workflow means: its symbols, variables, types, control flow and data flow."""

"""The functions, operators and macros that expressions may call."""

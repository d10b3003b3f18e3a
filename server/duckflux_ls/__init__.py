"""Serves editors: converts between the language server protocol and `duckflux.ide`, and runs workflows."""

"""The language server: converts between the editor protocol and `duckflux.ide`, and runs workflows."""

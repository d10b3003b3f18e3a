"""duckflux_ls: the language server. It holds no language knowledge of its own; `duckflux` does."""

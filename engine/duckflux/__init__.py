"""duckflux: the language, its expressions, its engine and its traces, free of editor types."""

"""Records runs as traces, reads trace files, and shows, compares and exports traces."""

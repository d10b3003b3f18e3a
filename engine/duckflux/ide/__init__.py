"""The editor features as pure functions over analyses and offsets in code points; knows no editor protocol."""

"""Computes editor features, as pure functions over analyses and offsets in code points, without any protocol."""

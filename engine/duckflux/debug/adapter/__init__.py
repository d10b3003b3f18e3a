"""Speaks the Debug Adapter Protocol: messages, sessions, the server of `duckflux-dap`."""

"""The ids of the server's commands; a client's own palette commands need other ids."""

RUN = "duckflux.server.run"
CANCEL = "duckflux.server.cancel"
LAST_TRACE = "duckflux.server.lastTrace"
SHOW_TRACE = "duckflux.server.showTrace"

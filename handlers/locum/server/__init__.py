"""The running server: sockets, processes, and HTTP on a connection."""

SHUTDOWN_SECONDS = 8.0  # for what is in progress; below the 10 s after which Docker kills

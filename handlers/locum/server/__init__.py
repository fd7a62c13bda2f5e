"""The running server: sockets, processes, and HTTP on a connection."""

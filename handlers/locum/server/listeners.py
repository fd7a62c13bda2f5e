"""Listening sockets."""

from __future__ import annotations

import socket

from locum.exceptions import StartError


def listen_first(host: str, port: int) -> socket.socket:
    """Listen where workers will too, and another server does not: it would go unnoticed, so a
    socket that is not shared tries first."""
    with listen(host, port) as alone:
        port = alone.getsockname()[1]
    return listen(host, port, shared=True)


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Listen on the address, 0 is any free port; beside other sockets where it is `shared`. Raises
    StartError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise StartError(
            f"cannot listen on {host} port {port}: {error.strerror or error}",
            "choose another --port (0 takes any free one) or --host",
        ) from None
    return listener

"""Locum behind a real socket: in a thread of the test's own process, or in a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp

from locum.http.connexion_app import Application
from locum.scenarios import Scenarios
from locum.server import run as server
from locum.server.http_server import HttpServer


@contextmanager
def listening(application: Application, scenarios: Scenarios) -> Iterator[tuple[str, int]]:
    """The address of a server that answers with the application until the end of the block."""
    manner = server.Manner(lambda url: server.greeting(url, scenarios))
    with running(server._Server(application, manner)) as address:
        yield address


@contextmanager
def answering(application: ASGIApp, loop: str = "auto") -> Iterator[tuple[str, int]]:
    """The same of any ASGI application, in a loop of that kind."""
    held = HttpServer(application)
    held.config.loop = loop
    with running(held) as address:
        yield address


@contextmanager
def running(held: HttpServer) -> Iterator[tuple[str, int]]:
    """The address at which the server runs until the end of the block."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        thread = threading.Thread(target=held.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not held.started:
            time.sleep(0.01)
        try:
            yield listener.getsockname()
        finally:
            held.should_exit = True
            thread.join(timeout=10)


class Process:
    """`locum serve` with the dataset `tiny` in a process of its own, which has greeted."""

    def __init__(self, process: subprocess.Popen[str], address: tuple[str, int]) -> None:
        self.process, self.address = process, address

    def ended(self, seconds: float = 15.0) -> tuple[int, str]:
        """The exit status, waited for, and what was written to stderr."""
        _, errors = self.process.communicate(timeout=seconds)
        return self.process.returncode, errors


@contextmanager
def process(*flags: str, descriptors: int | None = None) -> Iterator[Process]:
    """A server with those flags; it may open so many descriptors. Killed at the end."""
    command = [sys.executable, "-m", "locum", "serve", "--data", "tiny", "--port", "0", *flags]
    if descriptors is not None:
        command = ["/bin/sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh", *command]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as started:
        try:
            assert started.stdout is not None
            url = started.stdout.readline().split()[-1]
            yield Process(started, ("127.0.0.1", int(url.rpartition(":")[2])))
        finally:
            started.kill()

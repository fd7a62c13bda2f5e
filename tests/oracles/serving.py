"""Locum behind a real socket, in a thread of the test's own process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from locum.http.connexion_app import Application
from locum.scenarios import Scenarios
from locum.server import run as server


@contextmanager
def listening(application: Application, scenarios: Scenarios) -> Iterator[tuple[str, int]]:
    """The address of a server that answers with the application until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = server._Server(application, scenarios)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not running.started:
            time.sleep(0.01)
        try:
            yield listener.getsockname()
        finally:
            running.should_exit = True
            thread.join(timeout=10)

"""Servers as processes: started, asked for their first answer, weighed and stopped."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import IO

import psutil
from attrs import frozen

from locum import __version__

FIXED_BYTES = "(fixed bytes)"
POLL_SECONDS = 0.005
LEAST_FREE_BYTES = 1 << 30  # of the machine's memory, below which a server is given up


class ServerError(Exception):
    """A server did not start or did not answer as it must: why."""


@frozen
class Server:
    """How a server is started; `{port}` in the command is where it shall listen."""

    name: str
    version: str
    command: tuple[str, ...]
    remark: str = ""
    is_ours: bool = False


@frozen
class Answer:
    """An HTTP answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


@frozen
class Running:
    """A server that runs, and may not yet listen."""

    port: int
    process: psutil.Popen
    log: IO[bytes]

    def cpu_seconds(self) -> float:
        """What the process and all below it have used until now, ended ones too."""
        times = [process.cpu_times() for process in self._tree()]
        return sum(t.user + t.system + t.children_user + t.children_system for t in times)

    def resident_bytes(self) -> int:
        """Of the process and all below it."""
        return sum(process.memory_info().rss for process in self._tree())

    def peak_bytes(self) -> int:
        """The most that the process itself has had resident until now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def _tree(self) -> list[psutil.Process]:
        process = psutil.Process(self.process.pid)
        return [process, *process.children(recursive=True)]


def locum(data: str | Path, workers: int = 1) -> Server:
    """Our server from this checkout over the dataset, with so many workers, and as it is without
    further flags."""
    serve = ("-m", "locum", "serve", "--port", "{port}", "--data", str(data))
    command = (sys.executable, *serve)
    if workers == 1:
        return Server("Locum", __version__, command, is_ours=True)
    return Server(
        f"Locum, {workers} workers",
        __version__,
        (*command, "--workers", str(workers)),
        "gives its first answer before all of them are there",
        is_ours=True,
    )


def fixed_bytes() -> Server:
    """A server that reads nothing and sends the same bytes: as fast as the load can be sent."""
    script = str(Path(__file__).with_name("fixed_bytes.py"))
    return Server(FIXED_BYTES, "", (sys.executable, script, "{port}"))


def own_environment() -> dict[str, str]:
    """The environment without the variables that would be flags of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LOCUM_")}


@contextmanager
def running(server: Server) -> Iterator[Running]:
    """Run the server until the end of the block."""
    port = _free_port()
    command = [word.replace("{port}", str(port)) for word in server.command]
    with tempfile.TemporaryFile() as log:
        process = psutil.Popen(
            command,
            cwd="/",
            env=own_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield Running(port, process, log)
        finally:
            stop(process)


def first_answer(server: Running, request: bytes, patience_seconds: float = 60.0) -> Answer:
    """The server's first answer, waited for from before it listens. Raises ServerError where that
    has not status 200, or none comes."""
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise ServerError(f"ended before it answered: {_complaint(server.log)}")
        if psutil.virtual_memory().available < LEAST_FREE_BYTES:
            raise ServerError("does not fit into this machine's memory")
        try:
            answer = ask(server.port, request, patience_seconds)
        except (ConnectionRefusedError, ConnectionResetError):
            time.sleep(POLL_SECONDS)
            continue
        if answer.status != HTTPStatus.OK:
            raise ServerError(f"answered {answer.status}: {answer.body[:200]!r}")
        return answer
    raise ServerError(f"no answer within {patience_seconds:.0f} s")


def ask(port: int, request: bytes, patience_seconds: float = 60.0) -> Answer:
    """Send the request over a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), timeout=patience_seconds) as connection:
        connection.sendall(request)
        with http.client.HTTPResponse(connection) as answer:
            answer.begin()
            return Answer(answer.status, answer.headers, answer.read())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def stop(process: psutil.Popen) -> None:
    """End the process and all below it."""
    if process.poll() is not None:
        return
    all_of_it = [process, *process.children(recursive=True)]
    for each in all_of_it:
        with suppress(psutil.NoSuchProcess):  # ended with the one before it
            each.terminate()
    _, alive = psutil.wait_procs(all_of_it, timeout=10)
    for each in alive:
        each.kill()
    process.wait()


def _complaint(log: IO[bytes]) -> str:
    """The line of the log that names an error first, else the last."""
    log.seek(0)
    lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    named = [line for line in lines if "error" in line.lower()]
    return (named or lines[-1:] or ["it said nothing"])[0].strip()[:200]

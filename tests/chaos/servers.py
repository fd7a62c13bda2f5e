"""The real command in processes of its own: as a server, or until it ends by itself."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from attrs import frozen

from benchmark.servers import Running, ServerError, own_environment, stop

PYTHON_AND_LOCUM = (sys.executable, "-m", "locum")
PATIENCE_SECONDS = 60.0
MEGABYTE = 1_000_000
_POLL_SECONDS = 0.02


@contextmanager
def started(*command: str, cache: Path | None = None) -> Iterator[Running]:
    """A process that is ended, with all below it, at the end of the block. Its port is not known;
    `log` is what it writes to stderr."""
    environment = own_environment() | ({} if cache is None else {"LOCUM_CACHE": str(cache)})
    with tempfile.TemporaryFile() as log:
        process = psutil.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield Running(0, process, log)
        finally:
            stop(process)
            process.stdout.close()


@contextmanager
def serving(
    *flags: str,
    data: str | Path = "tiny",
    program: Sequence[str] = PYTHON_AND_LOCUM,
    before: Sequence[str] = (),
    cache: Path | None = None,
) -> Iterator[Running]:
    """A server on a free port that has greeted. `before` is a command that runs the one behind it.

    Raises ServerError where it ends before that, or takes too long.
    """
    serve = ("serve", "--port", "0", "--data", str(data))
    with started(*before, *program, *serve, *flags, cache=cache) as server:
        yield Running(_port(server), server.process, server.log)


def _port(server: Running) -> int:
    """Read from the greeting."""
    ready, _, _ = select.select([server.process.stdout], [], [], PATIENCE_SECONDS)
    greeting = server.process.stdout.readline() if ready else ""
    if not greeting:
        raise ServerError(f"did not start: {' '.join(said(server).split())[-300:]}")
    return int(greeting.rpartition(":")[2])


def said(server: Running) -> str:
    """What the server has written to stderr until now."""
    return os.pread(server.log.fileno(), MEGABYTE, 0).decode(errors="replace")


def others(server: Running) -> list[psutil.Process]:
    """The further processes of a server with several workers."""
    children = psutil.Process(server.process.pid).children()
    return [child for child in children if "--multiprocessing-fork" in child.cmdline()]


def ends_within(server: Running, seconds: float) -> bool:
    """Whether the process ends in that time."""
    try:
        server.process.wait(timeout=seconds)
    except psutil.TimeoutExpired:
        return False
    return True


@frozen
class Ended:
    """How a command ended: status None where it had to be killed, or where it greeted and would
    have served on."""

    status: int | None
    greeted: bool
    stderr: str
    seconds: float
    peak_bytes: int


def run(
    *arguments: str,
    before: Sequence[str] = (),
    cache: Path | None = None,
    seconds: float = PATIENCE_SECONDS,
    most_bytes: int = 2_000 * MEGABYTE,
) -> Ended:
    """Run `locum` with these arguments until it ends, greets, takes longer or needs more memory."""
    began = time.monotonic()
    peak, greeted = 0, False
    with started(*before, *PYTHON_AND_LOCUM, *arguments, cache=cache) as command:
        while command.process.poll() is None and not greeted:
            with suppress(psutil.NoSuchProcess):  # it has just ended
                peak = max(peak, command.resident_bytes())
            if peak > most_bytes or time.monotonic() - began > seconds:
                break
            ready, _, _ = select.select([command.process.stdout], [], [], _POLL_SECONDS)
            greeted = bool(ready) and b" listens on " in os.read(
                command.process.stdout.fileno(), 65_536
            )
        took = time.monotonic() - began
        return Ended(command.process.poll(), greeted, said(command), took, peak)

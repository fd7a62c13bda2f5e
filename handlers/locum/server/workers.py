"""Further processes that answer on the first one's port: the interpreter's lock holds one process
to about one core.

Each has a listening socket of its own on that address (SO_REUSEPORT), and Linux spreads connections
over these; of one socket that all share, a single process would accept a whole burst. Workers are
processes started anew, not forked ones: DuckDB and the event loop have threads. They end with the
first process, however it ends, and it ends when one of them does.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import connection, resource_tracker

from locum.exceptions import StartError, WorkerEnded

# What a worker does; it calls what it is given when it listens, and talks to the first process over
# the socket. It must be picklable.
Work = Callable[[Callable[[], None], socket.socket], None]

_REAPING_SECONDS = 1.0  # from the end of a process's last word to its exit status


class Workers:
    """The workers beside this process, the first one. Not for several threads at once."""

    def __init__(self, count: int, work: Work) -> None:
        """Start so many of them."""
        context = multiprocessing.get_context("spawn")
        self._processes: dict[connection.Connection, multiprocessing.process.BaseProcess] = {}
        self.ends: list[socket.socket] = []  # of the pairs by which to talk to each of them
        self._ready = 0
        # The first start would start the tracker, which then lets interrupts through.
        resource_tracker.ensure_running()
        with _interrupts_blocked():
            for _ in range(count):
                channel, its = context.Pipe(duplex=False)
                end, other = socket.socketpair()
                process = context.Process(target=_run, args=(work, its, other), daemon=True)
                process.start()
                its.close()  # so that the worker's end is the channel's end
                other.close()
                self.ends.append(end)
                self._processes[channel] = process

    def are_ready(self) -> bool:
        """Whether all of them listen. Raises StartError where one cannot, and WorkerEnded where one
        has ended."""
        said = connection.wait(self._processes, timeout=0)
        for channel in filter(said.__contains__, self._processes):
            self._hear(channel)
        return self._ready == len(self._processes)

    def _hear(self, channel: connection.Connection) -> None:
        try:
            fault = channel.recv()
        except EOFError:
            process = self._processes[channel]
            process.join(_REAPING_SECONDS)
            raise WorkerEnded(
                f"worker process {process.pid} has ended by itself, status {process.exitcode}",
                "start again, with fewer --workers if memory ran out: each holds the datasets",
            ) from None
        if fault is not None:
            raise StartError(*fault)
        self._ready += 1

    def are_alive(self) -> bool:
        """Whether any of them is there still."""
        return any(process.is_alive() for process in self._processes.values())

    def terminate(self) -> None:
        """Ask them to answer what they were asked, and to end."""
        for process in self._processes.values():
            process.terminate()

    def kill(self) -> None:
        """End those that are there still, and take leave of all."""
        for process in self._processes.values():
            process.kill()
            process.join()
        for end in self.ends:
            end.close()


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Processes started in this context never see Ctrl-C, which a terminal sends to all: the first
    process ends them. Until the end of the context, an interrupt waits."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _run(work: Work, channel: connection.Connection, end: socket.socket) -> None:
    """The whole life of a worker: it says None when it listens, else why it cannot."""
    threading.Thread(target=_end_with_first, daemon=True).start()
    try:
        work(partial(channel.send, None), end)
    except StartError as error:
        channel.send((str(error), error.fix))
        sys.exit(2)


def _end_with_first() -> None:
    """A thread's task, since the dataset may just be loading: end at once when the first process is
    gone, be it killed."""
    first = multiprocessing.parent_process()
    if first is not None:
        first.join()
        os._exit(1)

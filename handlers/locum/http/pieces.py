"""A dataset that is given away: the archive of it, in pieces that are made while others are sent.

Export       which dataset is wanted, as processes tell it each other
Pieces       its archive, made in threads of its own
Piecewise    an archive, whoever makes it
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol

from attrs import frozen

from locum.engine.as_files import AsFiles
from locum.engine.layer import Transaction
from locum.engine.snapshots import Outdated
from locum.exceptions import Overloaded
from locum.http.sandboxes import Sandbox
from locum.http.writing import MOST_TRIES
from locum.provider import LeftOut, Provider
from locum.provider_code import called
from locum.scenarios import Scenario

MEDIA_TYPE = "application/zip"
_MOST = 2  # at the same time
_RETRY_SECONDS = 5
_THREADS = ThreadPoolExecutor(_MOST, "locum-exports")


@frozen
class Export:
    """What is wanted: the dataset of that name, whose now is on that day if any, as it is in the
    sandbox ("" for none)."""

    sandbox: str
    scenario: str
    clock: int | None


class Pieces:
    """An archive that is being made. Not for several at once to ask."""

    making = 0  # of all

    def __init__(
        self,
        scenario: Scenario,
        sandbox: Sandbox,
        clock: int | None,
        providers: Sequence[Provider],
    ) -> None:
        """Raises Overloaded where too many are made."""
        if Pieces.making >= _MOST:
            raise Overloaded(_RETRY_SECONDS)
        Pieces.making += 1

        def begin() -> Generator[bytes, None, None]:
            from locum.http import archives  # noqa: PLC0415  # most servers need none of it

            for _ in range(MOST_TRIES):
                held = sandbox.held(scenario, clock)
                files, told = AsFiles(scenario.data.base), list[LeftOut]()
                with suppress(Outdated):  # the sandbox was reset meanwhile
                    if held is not None:
                        files, told = held.layer.as_files(lambda now: unfinished(now, providers))
                    made = iter(archives.archive(files, told))
                    first = next(made)
                    break
            else:
                raise Overloaded(_RETRY_SECONDS)
            yield first
            yield from made

        self._made, self._lock, self._has_ended = begin(), threading.Lock(), False

    async def next(self) -> bytes:
        """Return the next piece, b"" behind the last."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(_THREADS, self._next)

    def _next(self) -> bytes:
        with self._lock:
            return next(self._made, b"")

    def end(self) -> None:
        """Make no more of it, and wait for nothing."""
        if not self._has_ended:
            self._has_ended = True
            Pieces.making -= 1
            _THREADS.submit(self._close)

    def _close(self) -> None:
        with self._lock:
            self._made.close()


def unfinished(transaction: Transaction, providers: Sequence[Provider]) -> list[LeftOut]:
    """Return what has come and is in no row, by what the providers tell."""
    found: list[LeftOut] = []
    for provider in providers:
        if provider.unfinished is not None:
            with called(f"{provider.name} cannot tell what is unfinished"):
                found += provider.unfinished(transaction)
    return found


class Piecewise(Protocol):
    """An archive in pieces, of which some other process may make each."""

    async def next(self) -> bytes:
        """Return the next piece, b"" behind the last."""
        ...

    def end(self) -> None:
        """Want no more of it."""
        ...

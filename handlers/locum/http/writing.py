"""Requests that write to a dataset in a sandbox, and what those that read wait for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from starlette.types import Receive

from locum.datasets.keys import READ
from locum.engine.data import Data
from locum.engine.layer import Transaction
from locum.engine.snapshots import Outdated
from locum.exceptions import MayOnlyRead, Overloaded, Refused
from locum.http.admission import Admission
from locum.http.cache import CachedResponse
from locum.http.context import RequestContext
from locum.http.sandboxes import Held

MOST_TRIES = 5  # at what is written to, or reset, meanwhile
RETRY_SECONDS = 1
_MOST_WRITERS = 250  # that wait for their turn, of one dataset in a sandbox


def check_may_write(context: RequestContext, method: str, *, is_read_only: bool) -> None:
    """Raise Refused for a request that may not write, whatever it would."""
    if is_read_only:
        raise Refused(f"The server is read-only: {method.upper()} is refused")
    if context.credential is not None and context.credential.access == READ:
        raise MayOnlyRead


async def in_turn(
    write: Callable[[Transaction], CachedResponse],
    held: Callable[[], Held],
    admission: Admission,
    receive: Receive,
) -> CachedResponse:
    """Have it written, after what came before: all of it or nothing, and to its end once it has
    begun. Raises as `Admission.wanted`, Overloaded where too many wait, and what `write` does."""

    async def begin() -> CachedResponse:
        its = held()
        with its.waiting(_MOST_WRITERS, RETRY_SECONDS):
            async with its.turn:
                return await admission.aside(partial(its.layer.write, write))

    for _ in range(MOST_TRIES):
        with suppress(Outdated):  # the sandbox was reset meanwhile
            return await admission.wanted(begin, receive)
    raise Overloaded(RETRY_SECONDS)


async def newest(held: Held, admission: Admission) -> Data:
    """Return the version that has all that is acknowledged."""
    if held.layer.is_clean:
        return held.layer.newest
    return await admission.aside(held.layer.data)

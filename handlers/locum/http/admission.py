"""Which questions are computed, and when: those that take too long for the event loop wait for a
thread, and no longer than the time limit.

    Admission     has a question computed in a thread, while somebody waits for the answer
    Threads       how many run at once, and who is next
"""

from __future__ import annotations

import asyncio
import heapq
import math
import os
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Any, TypeVar

from attrs import define, field
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from locum.engine.data import Data, TakesLong, Unprepared, Work
from locum.exceptions import Overloaded, TimeLimitExceeded
from locum.http import TIME_LIMIT
from locum.http.body import gone

T = TypeVar("T")

# What costs so much, in units of `Work`, takes about a fifth of a second.
_SHORT = 20_000_000
# A statement runs without the interpreter's lock, so a thread a core is put to use; more only get
# into each other's way. One over a large dataset uses all cores by itself. One thread more is for
# what is short: it waits for nothing that is long.
_THREADS, _THREADS_OF_LARGE, _THREADS_FOR_SHORT = os.cpu_count() or 1, 1, 1
# Handlers that do not tell what they cost may just as well wait for something.
_THREADS_FOR_UNTOLD = 40
_MOST_THREADS = 64

MOST_WAITING = 1_000
MOST_WAITING_OF_CALLER = 250
_RETRY_SECONDS = 1

_AGAIN_SECONDS = 0.05  # until what was cancelled, and is not done, is cancelled once more
_STUCK_SECONDS = 1.0  # after which another one takes its place


@define
class Thread:
    """A place to run in, once."""

    _give_back: Callable[[], None]
    _is_given_back: bool = False

    def give_back(self) -> None:
        """Let another one run."""
        if not self._is_given_back:
            self._is_given_back = True
            self._give_back()


_Waiting = tuple[float, int, asyncio.Future[Thread]]  # cost, number, and what is waited for


class Threads:
    """How many may run at once, and who waits to. Callers take turns; of one caller's questions the
    cheapest comes first, and of those that cost about the same, the first that came. Not for
    several threads at once."""

    def __init__(self, free: int = _THREADS, free_for_short: int = _THREADS_FOR_SHORT) -> None:
        self._free = {math.inf: free, _SHORT: free_for_short}  # by what may run there
        self._waiting: OrderedDict[bytes, list[_Waiting]] = OrderedDict()  # heaps, by caller
        self._size = 0
        self._number = count()

    async def one(self, caller: bytes, cost: float) -> Thread:
        """Wait for a thread for a question of that cost. Raises Overloaded where too many wait:
        the last of the caller, or of the one who has most."""
        given: asyncio.Future[Thread] = asyncio.get_running_loop().create_future()
        waiting = (_about(cost), next(self._number), given)
        of_caller = self._waiting.setdefault(caller, [])
        heapq.heappush(of_caller, waiting)
        self._size += 1
        if len(of_caller) > MOST_WAITING_OF_CALLER:
            self._refuse(caller)
        elif self._size > MOST_WAITING:
            self._refuse(max(self._waiting, key=lambda each: len(self._waiting[each])))
        self._give()
        try:
            return await given
        except asyncio.CancelledError:
            if given.cancelled():
                self._leave(caller, waiting)
            elif not given.exception():
                given.result().give_back()
            raise

    def _refuse(self, caller: bytes) -> None:
        last = max(self._waiting[caller])
        self._leave(caller, last)
        *_, given = last
        if not given.cancelled():
            given.set_exception(Overloaded(_RETRY_SECONDS))

    def _leave(self, caller: bytes, waiting: _Waiting) -> None:
        of_caller = self._waiting.get(caller, [])
        if waiting in of_caller:
            of_caller.remove(waiting)
            heapq.heapify(of_caller)
            self._count_out(caller)

    def _count_out(self, caller: bytes) -> None:
        self._size -= 1
        if not self._waiting[caller]:
            del self._waiting[caller]

    def _give(self) -> None:
        for most in self._free:
            while self._free[most] and (given := self._next(most)):
                if not given.cancelled():  # by somebody who is about to leave
                    self._free[most] -= 1
                    given.set_result(Thread(partial(self._return, most)))

    def _return(self, most: float) -> None:
        self._free[most] += 1
        self._give()

    def _next(self, most: float) -> asyncio.Future[Thread] | None:
        """Take who is next among those whose question costs no more."""
        for caller, of_caller in self._waiting.items():
            if of_caller[0][0] <= most:
                *_, given = heapq.heappop(of_caller)
                self._waiting.move_to_end(caller)
                self._count_out(caller)
                return given
        return None


def _about(cost: float) -> float:
    """The cost, rounded up to a power of four of the longest that is short."""
    return cost and _SHORT * 4.0 ** math.ceil(math.log(cost / _SHORT, 4))


@define(eq=False)
class Admission:
    """Has questions computed in threads, each for at most `time_limit` seconds, waiting included.

    Whoever is gone leaves the queue, or has the statement that runs interrupted. A lazy table is
    made by one thread of its own, to its end, since the next one to ask needs it too.
    """

    time_limit: float = TIME_LIMIT
    _threads: Threads = field(factory=Threads, init=False)
    _of_large: Threads = field(factory=lambda: Threads(_THREADS_OF_LARGE), init=False)
    _untold: Threads = field(factory=lambda: Threads(_THREADS_FOR_UNTOLD, 0), init=False)
    _pool: ThreadPoolExecutor = field(init=False)
    _pool_of_untold: ThreadPoolExecutor = field(init=False)
    _maker: ThreadPoolExecutor = field(init=False)
    _making: dict[tuple[int, str], asyncio.Future[None]] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(_MOST_THREADS, "locum")
        # Nothing can stop one that waits for something, so it must not wait in others' place.
        self._pool_of_untold = ThreadPoolExecutor(_MOST_THREADS, "locum-untold")
        self._maker = ThreadPoolExecutor(1, "locum-tables")

    async def compute(
        self,
        compute: Callable[[], T],
        data: Data,
        caller: bytes,
        cost: float | None,
        receive: Receive,
    ) -> T:
        """Return what `compute` returns, which asks the data, and costs so much as far as that is
        known (None: it does not tell).

        Raises as `wanted`, and Overloaded.
        """
        return await self.wanted(partial(self._answer, compute, data, caller, cost), receive)

    async def wanted(self, begin: Callable[[], Coroutine[Any, Any, T]], receive: Receive) -> T:
        """Return what `begin` comes to, while somebody waits for it.

        Raises TimeLimitExceeded, and ClientDisconnect where `receive` says so; what began is
        cancelled then.
        """
        left = asyncio.ensure_future(gone(receive))
        answer: asyncio.Future[T] | None = None
        try:
            await asyncio.sleep(0)  # in which those that have left already are seen
            if left.done():
                raise ClientDisconnect
            answer = asyncio.ensure_future(begin())
            await asyncio.wait(
                {answer, left}, timeout=self.time_limit, return_when="FIRST_COMPLETED"
            )
            if answer.done():
                return answer.result()
            if left.done():
                raise ClientDisconnect
            raise TimeLimitExceeded(self.time_limit)
        finally:
            if answer is not None:
                answer.cancel()
            left.cancel()

    async def aside(self, function: Callable[[], T]) -> T:
        """Return what the function returns, which is called in a thread, to its end."""
        loop = asyncio.get_running_loop()
        return await asyncio.shield(
            loop.run_in_executor(self._pool_of_untold, partial(_computed, function))
        )

    async def _answer(
        self, compute: Callable[[], T], data: Data, caller: bytes, cost: float | None
    ) -> T:
        known = self._threads if data.is_small else self._of_large
        threads = self._untold if cost is None else known
        pool = self._pool_of_untold if cost is None else self._pool
        while True:
            thread = await threads.one(caller, cost or 0)
            work = Work(_SHORT if cost is not None and cost <= _SHORT else math.inf)
            try:
                return await self._run(pool, work, compute, thread)
            except TakesLong as found:
                cost = found.cost
            except Unprepared as found:
                await self._prepared(data, found.table)

    async def _run(
        self, pool: ThreadPoolExecutor, work: Work, compute: Callable[[], T], thread: Thread
    ) -> T:
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(pool, work.run, partial(_computed, compute))

        def ended(running: asyncio.Future[T]) -> None:
            running.exception()  # which nobody hears of where nobody waits
            thread.give_back()

        running.add_done_callback(ended)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            _cancel(work, running, loop)
            loop.call_later(_STUCK_SECONDS, thread.give_back)
            raise

    async def _prepared(self, data: Data, table: str) -> None:
        place = data.version, table
        if place not in self._making:
            loop = asyncio.get_running_loop()
            self._making[place] = loop.run_in_executor(self._maker, data.prepare, table)
            self._making[place].add_done_callback(lambda _: self._making.pop(place))
        await asyncio.shield(self._making[place])


def _computed(compute: Callable[[], T]) -> T:
    try:
        return compute()
    except StopIteration as error:  # which no future takes: it would never be done
        raise RuntimeError("a handler raised StopIteration") from error


def _cancel(work: Work, running: asyncio.Future[T], loop: asyncio.AbstractEventLoop) -> None:
    if not running.done():
        work.cancel()
        loop.call_later(_AGAIN_SECONDS, _cancel, work, running, loop)

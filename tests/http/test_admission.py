"""Which questions are computed in threads, in which order, and for how long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx import ASGITransport
from starlette.requests import ClientDisconnect
from starlette.types import Message

from locum.engine.data import Data, TakesLong, Work
from locum.engine.tables import Derived, Table
from locum.exceptions import Overloaded, TimeLimitExceeded
from locum.http import admission
from locum.http.admission import Admission, Threads
from locum.http.body import late
from locum.provider import INTEGER
from tests.oracles.small_api import application_of, operation, scenarios_of, served, written
from tests.oracles.small_tables import data_of

ANN, BEN = b"ann", b"ben"
# Takes minutes: 10 ** 12 pairs.
ENDLESS = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 5"
SECONDS = 10.0  # within which what is to come has come


@pytest.fixture
def data(tmp_path: Path) -> Data:
    lazy = Derived("lazy", "SELECT 7 AS n", lazy=True)
    tables = {"small/items": Table({"number": INTEGER})}
    return data_of(tmp_path / "small", tables, {"small/items": [{"number": 1}]}, [lazy])


async def stays() -> Message:
    """Receive from a client that stays."""
    await asyncio.Event().wait()
    raise AssertionError


def leaving(after: asyncio.Event) -> Callable[[], Any]:
    """Receive from a client that leaves then."""

    async def receive() -> Message:
        await after.wait()
        return {"type": "http.disconnect"}

    return receive


# Who is next.


async def order(threads: Threads, *questions: tuple[bytes, float]) -> list[int]:
    """Return the numbers of the questions in the order in which they got the only thread, which is
    taken when they come."""
    found: list[int] = []
    taken = await threads.one(b"", 0)

    async def ask(number: int, caller: bytes, cost: float) -> None:
        thread = await threads.one(caller, cost)
        found.append(number)
        thread.give_back()

    async with asyncio.TaskGroup() as group:
        for number, question in enumerate(questions):
            group.create_task(ask(number, *question))
            await asyncio.sleep(0)
        taken.give_back()
    return found


LONG, LONGER = 1e8, 1e12


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        ([(ANN, 1), (ANN, 1), (ANN, 1)], [0, 1, 2]),
        ([(ANN, LONGER), (ANN, LONG), (ANN, 1)], [2, 1, 0]),
        ([(ANN, LONG), (ANN, LONG * 1.1)], [0, 1]),
        ([(ANN, LONG * 1.1), (ANN, LONG)], [0, 1]),  # about the same
        ([(ANN, 1), (ANN, 1), (ANN, 1), (BEN, LONG)], [0, 3, 1, 2]),
        ([(ANN, 1), (ANN, 1), (BEN, 1), (BEN, 1)], [0, 2, 1, 3]),
    ],
)
def test_callers_take_turns_and_what_is_cheap_comes_first(
    questions: list[tuple[bytes, float]], expected: list[int]
) -> None:
    assert asyncio.run(order(Threads(1, 0), *questions)) == expected


def test_one_thread_is_for_what_is_short() -> None:
    async def ask() -> None:
        threads = Threads(1, 1)
        await threads.one(ANN, LONG)
        await asyncio.wait_for(threads.one(BEN, 1), SECONDS)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(threads.one(BEN, LONG), 0.01)

    asyncio.run(ask())


def test_whoever_leaves_takes_no_thread() -> None:
    async def ask() -> None:
        threads = Threads(1, 0)
        taken = await threads.one(ANN, 1)
        waiting = [asyncio.ensure_future(threads.one(ANN, 1)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()  # before it is given one
        taken.give_back()
        waiting[1].cancel()  # when it was given one, and has not seen it
        thread = await asyncio.wait_for(waiting[2], SECONDS)
        thread.give_back()
        thread.give_back()  # which is one, however often it is given back
        await threads.one(ANN, 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(threads.one(ANN, 1), 0.01)

    asyncio.run(ask())


def test_only_so_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one caller; whoever leaves makes room."""
    monkeypatch.setattr(admission, "MOST_WAITING_OF_CALLER", 2)

    async def ask() -> None:
        threads = Threads(0, 0)
        waiting = [asyncio.ensure_future(threads.one(ANN, 1)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await threads.one(ANN, 1)
        waiting.append(asyncio.ensure_future(threads.one(BEN, 1)))
        waiting[0].cancel()
        await asyncio.sleep(0.01)
        waiting.append(asyncio.ensure_future(threads.one(ANN, 1)))
        await asyncio.sleep(0.01)
        assert [each.done() for each in waiting] == [True, False, False, False]
        for each in waiting:
            each.cancel()

    asyncio.run(ask())


def test_of_too_many_the_last_in_turn_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is cheap takes the place of what takes long, and a caller of one who has more."""
    monkeypatch.setattr(admission, "MOST_WAITING_OF_CALLER", 2)
    monkeypatch.setattr(admission, "MOST_WAITING", 3)

    async def ask() -> None:
        threads = Threads(0, 0)
        questions = [(ANN, LONG), (ANN, LONG), (BEN, LONG), (ANN, 1), (b"cat", LONG)]
        waiting = []
        for question in questions:
            waiting.append(asyncio.ensure_future(threads.one(*question)))
            await asyncio.sleep(0.01)
        refused = [isinstance(each.exception(), Overloaded) for each in waiting if each.done()]
        assert refused == [True, True]
        assert [each.done() for each in waiting] == [True, True, False, False, False]
        for each in waiting:
            each.cancel()

    asyncio.run(ask())


# For how long.


def test_a_statement_is_interrupted_at_the_time_limit(data: Data) -> None:
    """The thread is free then: it answers another question."""

    async def ask() -> None:
        limited = Admission(0.2)
        for _ in range(4):
            with pytest.raises(TimeLimitExceeded, match=r"time limit of 0\.2 s"):
                await limited.compute(lambda: data.rows(ENDLESS), data, ANN, LONG, stays)
        patient = Admission(SECONDS)
        assert await patient.compute(lambda: data.rows("SELECT 7"), data, ANN, LONG, stays) == [
            (7,)
        ]

    asyncio.run(ask())


@pytest.mark.parametrize("is_statement", [True, False], ids=["statement", "loop"])
def test_work_of_a_client_that_is_gone_ends(data: Data, *, is_statement: bool) -> None:
    """And its thread is another's."""
    began, ended = threading.Semaphore(0), threading.Semaphore(0)

    def work() -> None:
        began.release()
        try:
            while True:
                data.rows(ENDLESS) if is_statement else data.spend(0)
        finally:
            ended.release()

    async def ask() -> None:
        patient = Admission(SECONDS)
        for _ in range(5):
            left = asyncio.Event()
            asked = asyncio.ensure_future(patient.compute(work, data, ANN, LONG, leaving(left)))
            assert await asyncio.to_thread(began.acquire, timeout=SECONDS)
            left.set()
            with pytest.raises(ClientDisconnect):
                await asked
            assert await asyncio.to_thread(ended.acquire, timeout=SECONDS)

    asyncio.run(ask())


def test_work_that_cannot_be_ended_gives_its_place_away(
    data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "_STUCK_SECONDS", 0.05)
    may_end = threading.Event()

    async def ask() -> None:
        limited = Admission(0.1)
        for _ in range(8):
            with pytest.raises(TimeLimitExceeded):
                await limited.compute(may_end.wait, data, ANN, LONG, stays)
        limited.time_limit = SECONDS
        assert await limited.compute(lambda: 7, data, ANN, LONG, stays) == 7
        may_end.set()

    asyncio.run(ask())


def test_what_turns_out_to_take_long_is_begun_again(data: Data) -> None:
    """With a thread for what is long, however short it was thought to be."""
    costs: list[float] = []

    def work() -> str:
        costs.append(0)
        data.spend(int(LONG))
        return "done"

    async def ask() -> str:
        return await Admission(SECONDS).compute(work, data, ANN, 1, stays)

    assert asyncio.run(ask()) == "done"
    assert len(costs) == 2


def test_a_lazy_table_is_made_before_who_asks_for_it_goes_on(data: Data) -> None:
    """It takes no thread of those that compute."""
    prepare, begun, may_end = data.prepare, threading.Event(), threading.Event()

    def slow(table: str) -> None:
        begun.set()
        assert may_end.wait(SECONDS)
        prepare(table)

    data.prepare = slow  # type: ignore[method-assign]

    async def ask() -> None:
        patient = Admission(SECONDS)

        def lazy() -> Any:
            return data.rows(f"SELECT n FROM {data.table('lazy')}")

        waiting = [
            asyncio.ensure_future(patient.compute(lazy, data, ANN, LONG, stays)) for _ in range(5)
        ]
        await asyncio.to_thread(begun.wait, SECONDS)
        assert await patient.compute(lambda: 7, data, ANN, LONG, stays) == 7
        assert [each.done() for each in waiting] == [False] * 5
        may_end.set()
        assert await asyncio.gather(*waiting) == [[(7,)]] * 5

    asyncio.run(ask())


def test_what_work_raises_is_raised(data: Data) -> None:
    def fail() -> None:
        raise LookupError("none")

    async def ask() -> None:
        await Admission(SECONDS).compute(fail, data, ANN, None, stays)

    with pytest.raises(LookupError, match="none"):
        asyncio.run(ask())


@pytest.mark.parametrize("error", [StopIteration(), StopAsyncIteration(), TimeoutError()])
def test_a_handlers_failure_is_told_at_once(data: Data, error: Exception) -> None:
    """No future takes a StopIteration."""

    def fail() -> None:
        raise error

    async def ask() -> None:
        await Admission(SECONDS).compute(fail, data, ANN, None, stays)

    with pytest.raises((RuntimeError, type(error))):
        asyncio.run(ask())


def test_nothing_is_begun_for_a_client_that_has_gone_before(data: Data) -> None:
    gone, begun = asyncio.Event(), []
    gone.set()

    async def ask() -> None:
        with pytest.raises(ClientDisconnect):
            await Admission(SECONDS).compute(lambda: begun.append(1), data, ANN, 1, leaving(gone))

    asyncio.run(ask())
    assert not begun


def test_a_body_that_does_not_come_is_no_sign_that_the_client_is_gone(data: Data) -> None:
    async def ask() -> str:
        receive = late(leaving(gone))
        return await Admission(SECONDS).compute(lambda: "answered", data, ANN, 1, receive)

    gone = asyncio.Event()
    assert asyncio.run(ask()) == "answered"
    gone.set()
    with pytest.raises(ClientDisconnect):
        asyncio.run(ask())


def test_handlers_that_cannot_be_ended_take_no_thread_of_others(
    data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handlers that do not tell what they cost may wait for something for ever."""
    monkeypatch.setattr(admission, "_MOST_THREADS", 1)
    over = threading.Event()

    async def ask() -> str:
        asked = Admission(SECONDS)
        stuck = asyncio.create_task(asked.compute(over.wait, data, ANN, None, stays))
        await asyncio.sleep(0.01)
        try:
            return await asked.compute(lambda: "answered", data, BEN, 1, stays)
        finally:
            over.set()
            await stuck

    assert asyncio.run(asyncio.wait_for(ask(), SECONDS)) == "answered"


# Over HTTP.


def test_the_limits_are_told_in_the_providers_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "MOST_WAITING", 0)
    definition = {"get": operation()}
    small = served({"/a": definition}, {"GET /a": lambda data, _: data.rows(ENDLESS)})
    scenarios = scenarios_of([written(tmp_path, small)], small)

    async def ask(application: Any) -> httpx.Response:
        transport = ASGITransport(application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://locum") as client:
            return await client.get("/a")

    busy = asyncio.run(ask(application_of(scenarios, small)))
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "1")
    assert busy.json()["detail"] == "Too many requests are waiting: ask again in 1 s"
    monkeypatch.setattr(admission, "MOST_WAITING", 1)
    late = asyncio.run(ask(application_of(scenarios, small, time_limit=0.2)))
    assert late.status_code == late.json()["status"] == 504
    assert late.json()["detail"] == "Not answered within the time limit of 0.2 s: ask for less"


def test_work_costs_no_more_than_it_may() -> None:
    work = Work(100)
    work.spend(60)
    with pytest.raises(TakesLong) as raised:
        work.spend(41)
    assert raised.value.cost == 101

"""Sandboxes of several processes: what one is told, all know before it answers."""

from __future__ import annotations

import asyncio
import io
import socket
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient

from locum.exceptions import Overloaded, RateLimited
from locum.http.pieces import Export, Pieces
from locum.http.sandboxes import Sandboxes
from locum.scenarios import Scenario
from locum.server.shared_control import FirstControl, WorkerControl
from tests.http import test_sandboxes
from tests.http.test_sandboxes import ROWS, SALES, SMALL
from tests.oracles import small_api

Three = tuple[FirstControl, WorkerControl, WorkerControl]


def run(test: Callable[[FirstControl, WorkerControl, WorkerControl], Awaitable[None]]) -> None:
    """Run the test with the first process and two others, all of them in this one."""

    async def running() -> None:
        first = FirstControl(Sandboxes(most=2, idle_seconds=1e9))
        others = [WorkerControl(Sandboxes(most=2, idle_seconds=1e9)) for _ in range(2)]
        pairs = [socket.socketpair() for _ in others]
        await first.open([one for one, _ in pairs])
        for other, (_, end) in zip(others, pairs, strict=True):
            await other.open(end)
        await asyncio.wait_for(test(first, *others), 20)
        for link in [*first._links, *(other._link for other in others)]:
            await link.close()

    asyncio.run(running())


@pytest.mark.parametrize("place", [0, 1, 2])
def test_all_know_before_it_is_answered(place: int) -> None:
    async def test(*three: FirstControl | WorkerControl) -> None:
        for number in range(20):
            await three[place].set("a", {"code": 500 + number})
            codes = [each.sandboxes.named("a").settings.code for each in three]
            assert codes == [500 + number] * 3
        await three[place].reset("a")
        assert [each.sandboxes.named("a").settings.code for each in three] == [None] * 3
        assert await three[place].end("a")
        assert not await three[place].end("a")
        assert [each.sandboxes.known("a") for each in three] == [None] * 3

    run(test)


def test_a_sandbox_that_a_request_made_is_known_to_all() -> None:
    async def test(*three: FirstControl | WorkerControl) -> None:
        three[1].sandboxes.named("a")
        assert [await each.given("a") for each in three] == [{}] * 3
        assert [await each.given("b") for each in three] == [None] * 3

    run(test)


def test_what_one_has_no_room_for_is_in_none() -> None:
    """There is room for two, and requests have made two in one of the others."""

    async def test(*three: FirstControl | WorkerControl) -> None:
        for name in ("a", "b"):
            three[2].sandboxes.named(name)
        for each in three:
            with pytest.raises(Overloaded):
                await each.set("c", {"code": 503})
            assert await each.given("c") is None

    run(test)


def test_entries_of_one_time_are_told() -> None:
    """Of one path too, one of which nothing was answered."""

    async def test(*three: FirstControl | WorkerControl) -> None:
        for each, status in zip(three, (None, 200, None), strict=True):
            entry = (1.5, ("GET", "/", None, status), 2.0, None)
            each.sandboxes.named("a").journal.append(entry)
        found = await three[0].journal("a")
        assert found is not None
        assert [entry[1][3] for entry in found] == [None, 200, None]

    run(test)


def test_changes_of_several_come_in_one_order() -> None:
    """All end with the same settings, whoever was last."""

    async def test(*three: FirstControl | WorkerControl) -> None:
        for _ in range(20):
            await asyncio.gather(
                *(each.set("a", {"code": 501 + place}) for place, each in enumerate(three))
            )
            assert len({each.sandboxes.named("a").settings.code for each in three}) == 1

    run(test)


def test_a_caller_is_counted_over_all() -> None:
    async def test(*three: FirstControl | WorkerControl) -> None:
        await three[1].set("a", {"rate_limit": "2/60"})
        await three[1].count("a", "ann")
        await three[0].count("a", "ann")
        for each in three:
            with pytest.raises(RateLimited) as caught:
                await each.count("a", "ann")
            assert caught.value.seconds == 60
        await three[2].count("a", "bob")
        await three[2].reset("a")
        await three[2].count("a", "ann")

    run(test)


def test_a_refusal_of_the_first_reaches_whoever_asked() -> None:
    async def test(*three: FirstControl | WorkerControl) -> None:
        await three[1].set("a", {})
        await three[2].set("b", {})
        with pytest.raises(Overloaded):
            await three[1].set("c", {})

    run(test)


def test_the_journals_are_one() -> None:
    async def test(*three: FirstControl | WorkerControl) -> None:
        assert await three[1].journal("a") is None
        for place in (2, 0, 1):
            entry = (float(place), ("GET", "/", None, 200), place + 0.5, None)
            three[place].sandboxes.named("a").journal.append(entry)
        for each in three:
            found = await each.journal("a") or []
            assert [entry[0] for entry in found] == [0.0, 1.0, 2.0]

    run(test)


def test_a_sandbox_in_use_anywhere_is_in_use_everywhere() -> None:
    async def test(*three: FirstControl | WorkerControl) -> None:
        await three[0].set("a", {"code": 503})
        used = three[1].sandboxes.named("a")
        three[2].sandboxes.named("a").used = three[0].sandboxes.named("a").used = -1.0
        used.told = -1e10
        three[1].used(used)
        await asyncio.sleep(0.2)
        assert min(each.sandboxes._by_name["a"].used for each in three) >= 0

    run(test)


# What is written.


def test_what_is_written_is_held_by_the_first_and_seen_by_all(tmp_path: Path) -> None:
    """Wherever it is written and asked for, in a sandbox and in none; a reset reaches all."""

    async def test(*three: FirstControl | WorkerControl) -> None:
        applications = [
            test_sandboxes.application(tmp_path / str(place), each)
            for place, each in enumerate(three)
        ]
        clients = [
            AsyncClient(
                transport=ASGITransport(each), base_url="http://locum", headers={"Key": "k"}
            )
            for each in applications
        ]

        async def ids(name: str = "") -> list[str]:
            headers = {"Prefer": f"sandbox={name}"} if name else {}
            answers = [await each.get("/sales", headers=headers) for each in clients]
            return ["".join(id_ for id_, _ in answer.json()) for answer in answers]

        assert await ids("a") == ["a"] * 3
        expected = "a"
        for number, id_ in enumerate("cdefgh"):
            answer = await clients[(2 + number) % 3].post(
                "/sales", json=test_sandboxes.sale(id_), headers={"Prefer": "sandbox=a"}
            )
            assert answer.status_code == 202
            expected += id_
            assert await ids("a") == await ids("a") == [expected] * 3
        assert [bool(each.sandboxes.named("a").layers) for each in three] == [True, False, False]
        assert await ids() == await ids("b") == ["a"] * 3
        refused = await clients[1].delete("/sales/nobody", headers={"Prefer": "sandbox=a"})
        assert refused.status_code == 404
        await clients[1].post("/__locum/sandboxes/a/reset")
        assert await ids("a") == ["a"] * 3
        await clients[2].post("/sales", json=test_sandboxes.sale("z"))
        assert await ids() == ["az"] * 3
        await clients[2].post("/__locum/reset")
        assert await ids() == ["a"] * 3
        for client in clients:
            await client.aclose()

    run(test)


def test_a_fault_of_the_first_is_no_silence(tmp_path: Path) -> None:
    async def test(*three: FirstControl | WorkerControl) -> None:
        first, other = (test_sandboxes.application(tmp_path / str(n), three[n]) for n in range(2))
        operation = three[0].operations["small", "POST /sales"]
        operation.handler = None  # type: ignore[attr-defined]
        transport = ASGITransport(other, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://locum") as client:
            sale = test_sandboxes.sale("c")
            answer = await client.post("/sales", json=sale, headers={"Key": "k"})
        assert (answer.status_code, first is not other) == (500, True)

    run(test)


@pytest.mark.parametrize("place", [0, 1])
def test_a_dataset_is_given_away_by_the_process_that_holds_it(tmp_path: Path, place: int) -> None:
    """In pieces, as they are asked for."""

    async def test(*three: FirstControl | WorkerControl) -> None:
        scenarios = small_api.scenarios_of(
            [small_api.written(tmp_path / "first", SMALL, rows=ROWS)], SMALL
        )
        scenario = scenarios.load("first")

        async def load(*_: object) -> Scenario:
            return scenario

        for each in three:
            each.load = load
        layer = three[0].sandboxes.server.written(scenario, None).layer
        row = {"id": "new", "owner": "me", "cents": 1}
        layer.write(lambda transaction: transaction.put(SALES, [row]))
        three[1].sandboxes.server.is_elsewhere = True
        pieces = await three[place].exported(Export("", "first", None), scenario)
        content = b""
        while piece := await pieces.next():
            content += piece
        pieces.end()
        await asyncio.sleep(0.05)
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            assert b'"id":"new"' in packed.read("small/sales.jsonl")
        assert Pieces.making == 0
        three[0].sandboxes.server.layers.clear()
        layer.close()
        pieces = await three[place].exported(Export("", "first", None), scenario)
        assert await pieces.next()
        pieces.end()
        await asyncio.sleep(0.05)
        assert Pieces.making == 0

    run(test)

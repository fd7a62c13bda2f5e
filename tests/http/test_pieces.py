"""Archives that are made in pieces, by threads of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import Overloaded
from locum.http import archives
from locum.http.pieces import Pieces
from locum.http.sandboxes import Sandboxes
from locum.provider import LeftOut, Provider
from locum.scenarios import Scenario
from tests.engine.test_layer import ITEMS, ROWS, TABLES
from tests.oracles.small_tables import data_of


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return Scenario(data_of(tmp_path / "shelf", TABLES, ROWS), {}, 0)


def made(scenario: Scenario, *providers: Provider) -> tuple[Pieces, Any]:
    server = Sandboxes().server
    return Pieces(scenario, server, None, providers), server


def whole(its: Pieces) -> bytes:
    async def reading() -> bytes:
        content = b""
        while piece := await its.next():
            content += piece
        assert await its.next() == b""
        its.end()
        its.end()
        return content

    return asyncio.run(reading())


def test_all_pieces_are_the_archive(scenario: Scenario) -> None:
    its, _ = made(scenario)
    assert whole(its).startswith(b"PK")
    assert Pieces.making == 0


def test_providers_tell_what_is_unfinished_where_something_was_written(scenario: Scenario) -> None:
    asked: list[Any] = []

    def unfinished(transaction: Any) -> Iterator[LeftOut]:
        asked.append(transaction.data.rows("SELECT count(*) FROM small_items"))
        yield LeftOut("n", 1, "one is left out")

    provider = Provider(name="small", unfinished=unfinished)
    whole(made(scenario, provider)[0])
    assert asked == []
    its, server = made(scenario, provider)
    its.end()
    layer = server.written(scenario, None).layer
    layer.write(lambda transaction: transaction.put(ITEMS, [{"id": "new"}]))
    its = Pieces(scenario, server, None, (provider, Provider(name="other")))
    whole(its)
    assert asked == [[(3,)]]
    layer.close()


def test_more_than_two_are_refused(scenario: Scenario) -> None:
    two = [made(scenario)[0] for _ in range(2)]
    with pytest.raises(Overloaded):
        made(scenario)
    two.pop().end()
    two.append(made(scenario)[0])
    for each in two:
        each.end()
    assert Pieces.making == 0


def test_one_that_is_being_made_ends_when_its_piece_is(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on, ended = threading.Event(), threading.Event(), threading.Event()

    def slow(*_: object) -> Iterator[bytes]:
        try:
            begun.set()
            goes_on.wait(10)
            yield b"1"
        finally:
            ended.set()

    monkeypatch.setattr(archives, "archive", slow)
    its, _ = made(scenario)

    async def leaving() -> None:
        asking = asyncio.ensure_future(its.next())
        await asyncio.to_thread(begun.wait, 10)
        asking.cancel()
        its.end()

    asyncio.run(leaving())
    assert not ended.is_set()
    goes_on.set()
    assert ended.wait(10)


def test_what_fails_is_raised(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> Iterator[bytes]:
        raise ValueError("no")
        yield b""

    monkeypatch.setattr(archives, "archive", failing)
    its, _ = made(scenario)
    with pytest.raises(ValueError, match="no"):
        whole(its)
    its.end()
    assert Pieces.making == 0

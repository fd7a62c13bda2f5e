"""How much layers hold together."""

from __future__ import annotations

import pytest

from locum.engine.room import MOST_BYTES, Room
from locum.exceptions import StoreFull


def test_what_is_taken_is_not_left_until_it_is_given_back() -> None:
    room = Room(most_rows=10, most_bytes=1000)
    assert room.has(10, 1000)
    room.change(4, 900)
    assert room.has(6, 100)
    assert not room.has(7, 0)
    assert not room.has(0, 101)
    with pytest.raises(StoreFull, match="it holds 10 rows or 0 MiB of rows"):
        room.check(7, 0)
    room.change(-4, -900)
    room.check(10, 1000)


def test_there_is_less_than_the_machine_has() -> None:
    assert Room().has(4_000_000, 0)
    assert not Room().has(0, MOST_BYTES + 1)

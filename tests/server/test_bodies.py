"""The room for bodies: what fits, what does not, and that all of it is given back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from locum.server import bodies
from locum.server.bodies import FREE_BYTES, Held, Room


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """Room for ten bytes and two bodies, all of it there again at the end."""
    found = Room()
    monkeypatch.setattr(bodies, "ROOM", found)
    monkeypatch.setattr(bodies, "MOST_BYTES", 10)
    monkeypatch.setattr(bodies, "MOST_WAITED_FOR", 2)
    yield found
    assert (found.waited_for, found.held_bytes) == (0, 0)


def test_the_first_bytes_of_a_body_find_room_though_others_fill_it(room: Room) -> None:
    large, small = Held(), Held()
    assert large.take(FREE_BYTES + 10)
    assert room.held_bytes == 10
    assert not large.take(1)
    assert small.take(FREE_BYTES - 1)
    assert small.take(1)
    assert not small.take(1)
    large.release()
    assert small.take(10)
    small.release()


def test_each_request_of_a_connection_has_its_first_bytes(room: Room) -> None:
    held = Held()
    for _ in range(2):
        held.begin()
        assert held.take(FREE_BYTES + 4)
        assert held.take(1)
    assert room.held_bytes == 10
    held.begin()
    assert not held.take(FREE_BYTES + 1)
    held.release()


def test_so_many_bodies_are_waited_for() -> None:
    first, second, third = Held(), Held(), Held()
    assert first.wait()
    assert first.wait()
    assert second.wait()
    assert not third.wait()
    first.end_waiting()
    first.end_waiting()
    assert third.wait()
    second.release()
    third.release()

"""The lines of rows that were loaded last."""

from __future__ import annotations

from locum.engine.pending import Pending
from locum.engine.recent import Recent

KEYS = [("a",), ("b",), ("c",)]


def loaded(**lines: bytes) -> Pending:
    pending = Pending()
    for name, line in lines.items():
        pending.put("items", (name,), line)
    return pending


def known(recent: Recent, table: str = "items") -> dict[str, object]:
    return {str(key): row for (key,), row in recent.known(table, KEYS)}


def test_the_last_line_of_a_key_is_known_in_its_table() -> None:
    recent = Recent()
    recent.add(loaded(a=b'{"n":1}', b=b'{"n":2}'))
    recent.add(loaded(a=b'{"n":3}'))
    assert known(recent) == {"a": {"n": 3}, "b": {"n": 2}}
    assert known(recent, "others") == {}
    recent.clear()
    assert known(recent) == {}


def test_what_is_deleted_is_not_known_unless_it_came_again() -> None:
    recent = Recent()
    recent.add(loaded(a=b'{"n":1}', b=b'{"n":2}'))
    later = Pending()
    later.delete("items", [("a",), ("b",)])
    later.put("items", ("b",), b'{"n":4}')
    recent.add(later)
    assert known(recent) == {"b": {"n": 4}}


def test_rows_without_a_key_are_none_that_can_be_asked_for() -> None:
    recent, pending = Recent(), Pending()
    pending.put("items", 1, b'{"n":1}')
    recent.add(pending)
    assert known(recent) == {}


def test_it_keeps_the_last_ones_within_its_bytes() -> None:
    recent = Recent(most=14)
    recent.add(loaded(a=b'{"n":1}', b=b'{"n":2}'))
    recent.add(loaded(a=b'{"n":3}'))  # which makes it the last
    recent.add(loaded(c=b'{"n":4}'))
    assert known(recent) == {"a": {"n": 3}, "c": {"n": 4}}
    recent.add(loaded(b=b'{"n":123456789}'))
    assert known(recent) == {}

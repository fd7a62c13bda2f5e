"""The cursors of one version."""

from __future__ import annotations

import threading
from typing import Any

import _duckdb as duckdb
import pytest

from locum.engine.snapshots import MOST_CURSORS, Outdated, Pinned, Snapshot

CONNECTION = duckdb.connect(":memory:")


def pinned() -> Pinned:
    cursor = CONNECTION.cursor()
    cursor.execute("BEGIN")
    return Pinned(cursor, lambda text: text)


def taken(snapshot: Snapshot, *, waits: bool = False) -> Pinned:
    found = snapshot.take(waits=waits)
    assert found is not None
    return found


def failed(cursor: Pinned) -> Pinned:
    with pytest.raises(Exception, match="no"):
        cursor.execute("SELECT error('no')", {})
    return cursor


def test_a_cursor_that_is_free_is_taken_again() -> None:
    snapshot = Snapshot(pinned(), pinned)
    first = taken(snapshot)
    snapshot.give_back(first)
    assert taken(snapshot) is first


def test_further_ones_are_opened_up_to_a_number_while_it_is_the_newest() -> None:
    snapshot = Snapshot(pinned(), pinned)
    every = [taken(snapshot) for _ in range(MOST_CURSORS)]
    assert len(set(map(id, every))) == MOST_CURSORS
    assert snapshot.take(waits=False) is None
    later = Snapshot(pinned(), pinned)
    later.retire()
    taken(later)
    assert later.take(waits=False) is None


def test_whoever_may_wait_gets_the_one_that_is_given_back() -> None:
    snapshot = Snapshot(pinned(), lambda: None)
    first = taken(snapshot)
    threading.Timer(0.05, snapshot.give_back, (first,)).start()
    assert taken(snapshot, waits=True) is first


def test_a_cursor_whose_transaction_has_ended_is_not_given_again() -> None:
    snapshot = Snapshot(pinned(), pinned)
    first = failed(taken(snapshot))
    snapshot.give_back(first, has_failed=True)
    assert taken(snapshot) is not first
    last = Snapshot(pinned(), pinned)
    last.retire()
    last.give_back(failed(taken(last)), has_failed=True)
    with pytest.raises(Outdated):
        last.take(waits=True)


def test_a_failed_statement_may_leave_the_transaction_as_it_is() -> None:
    snapshot = Snapshot(pinned(), lambda: None)
    first = taken(snapshot)
    snapshot.give_back(first, has_failed=True)
    assert taken(snapshot) is first


def test_a_closed_one_ends_what_is_free_and_later_what_is_in_use() -> None:
    snapshot = Snapshot(pinned(), pinned)
    one, other = taken(snapshot), taken(snapshot)
    snapshot.give_back(one)
    snapshot.close()
    assert is_closed(one)
    assert other.execute("SELECT 1", {}).fetchall() == [(1,)]
    waiting: list[Any] = []
    thread = threading.Thread(target=lambda: waiting.append(outcome(snapshot)))
    thread.start()
    snapshot.give_back(other)
    thread.join(10)
    assert (is_closed(other), waiting) == (True, ["outdated"])


def outcome(snapshot: Snapshot) -> str:
    try:
        snapshot.take(waits=True)
    except Outdated:
        return "outdated"
    return "taken"


def is_closed(cursor: Pinned) -> bool:
    try:
        cursor.execute("SELECT 1", {})
    except duckdb.Error:
        return True
    return False

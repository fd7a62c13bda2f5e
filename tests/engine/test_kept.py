"""What writers keep beside rows: it happens with them or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.engine.kept import GONE, Changes, Kept, KeptValues
from locum.engine.layer import Layer, Transaction
from locum.engine.pending import Pending
from locum.exceptions import NotRecorded
from tests.engine.test_layer import ITEMS, TABLES
from tests.oracles.small_tables import data_of


def test_values_are_read_changed_and_noted() -> None:
    values, changes, undo = KeptValues(), Changes(), Changes()
    values.change({("n", "a"): 1, ("n", "b"): 2})
    kept: Kept[str, int] = Kept(values, "n", changes, undo)
    kept["a"] = 10
    kept["c"] = 3
    del kept["b"]
    assert kept.pop("nobody", None) is None
    assert (dict(kept), len(kept)) == ({"a": 10, "c": 3}, 2)
    assert changes == {("n", "a"): 10, ("n", "c"): 3, ("n", "b"): GONE}
    values.change(undo)
    assert values.of("n") == {"a": 1, "b": 2}
    assert (values.names(), values.of("other")) == (["n"], {})


def test_a_value_that_comes_and_goes_is_not_there_before_either() -> None:
    values, changes, undo = KeptValues(), Changes(), Changes()
    kept: Kept[str, int] = Kept(values, "n", changes, undo)
    kept["a"] = 1
    del kept["a"]
    assert (changes, undo) == ({("n", "a"): GONE}, {("n", "a"): GONE})
    with pytest.raises(KeyError):
        del kept["a"]


def test_what_a_transaction_keeps_is_there_for_the_next_one(tmp_path: Path) -> None:
    layer = Layer(data_of(tmp_path / "shelf", TABLES, {ITEMS: []}))

    def keep(transaction: Transaction) -> None:
        transaction.kept("n")["a"] = 1
        assert transaction.kept("n")["a"] == 1

    layer.write(keep)
    assert layer.write(lambda transaction: dict(transaction.kept("n"))) == {"a": 1}
    assert layer.write(lambda transaction: transaction.kept_names()) == ["n"]
    layer.close()
    assert layer.kept.names() == []


@pytest.mark.parametrize("fails", ["writer", "record"])
def test_nothing_is_kept_of_a_transaction_that_fails(tmp_path: Path, fails: str) -> None:
    """What a writer has made of the data is made anew where it was not recorded."""
    full: list[Pending] = []

    def record(what: Pending) -> None:
        if full:
            raise NotRecorded("the disk is full", "make room")

    layer = Layer(data_of(tmp_path / "shelf", TABLES, {ITEMS: []}), record=record)
    layer.write(lambda transaction: transaction.kept("n").update({"a": 1}))
    full.append(Pending())
    made: list[Any] = []

    def write(transaction: Transaction) -> None:
        transaction.state(lambda _: made.append(1))
        transaction.kept("n").update({"a": 2, "b": 3})
        transaction.put(ITEMS, [{"id": "x"}])
        if fails == "writer":
            raise NotRecorded("not now", "later")

    with pytest.raises(NotRecorded):
        layer.write(write)
    full.clear()
    found = layer.write(lambda t: (dict(t.kept("n")), t.rows(ITEMS, ["x"])))
    assert found == ({"a": 1}, {})
    layer.close()

"""Datasets that are written to: what is there after each transaction, who sees what, and bounds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from locum.engine import written_tables
from locum.engine.change import Change, Rows
from locum.engine.data import Cancelled, Data, TakesLong, Unprepared, Work, extends
from locum.engine.layer import Layer, Transaction
from locum.engine.pending import UnwritableRow
from locum.engine.room import Room
from locum.engine.snapshots import Outdated
from locum.engine.tables import Derived, Table
from locum.exceptions import StoreFull
from locum.provider import INTEGER, TEXT, TIME, Constraints
from tests.oracles.small_tables import data_of

ITEMS, NOTES, LOOSE = "small/items", "small/notes", "small/loose"
TABLES = {
    ITEMS: Table(
        {"id": TEXT, "n": INTEGER, "made_at": TIME}, constraints=Constraints(unique=(("id",),))
    ),
    NOTES: Table({"a": TEXT, "b": INTEGER, "text": TEXT}, key=("a", "b")),
    LOOSE: Table({"text": TEXT}),
}
DERIVED = (
    Derived("doubles", "SELECT row, 2 * n AS n FROM small_items", of="small_items", row="row"),
    Derived("total", "SELECT sum(n) AS n FROM small_items"),
    Derived("shown", "SELECT n FROM doubles", view=True),
    Derived("lazily", "SELECT row, n + 1 AS n FROM small_items", lazy=True, of="small_items"),
    Derived("sorted", "SELECT n FROM small_items ORDER BY n", lazy=True),
)
ALL = "SELECT id, n FROM small_items ORDER BY row"
ROWS: Any = {ITEMS: [{"id": "a", "n": 1}, {"id": "b", "n": 2}], NOTES: [{"a": "x", "b": 1}]}


@pytest.fixture
def layer(tmp_path: Path) -> Iterator[Layer]:
    """Of two items and a note."""
    layer = Layer(data_of(tmp_path / "shelf", TABLES, ROWS, DERIVED))
    yield layer
    layer.close()


def item(id_: str, n: int = 0, **fields: Any) -> dict[str, Any]:
    return {"id": id_, "n": n, **fields}


def put(layer: Layer, *rows: dict[str, Any], table: str = ITEMS) -> Data:
    layer.write(lambda transaction: transaction.put(table, rows))
    return layer.data()


def delete(layer: Layer, *keys: Any, table: str = ITEMS) -> Data:
    layer.write(lambda transaction: transaction.delete(table, keys))
    return layer.data()


# What is there.


def test_a_layer_that_nothing_was_written_to_is_the_dataset(layer: Layer) -> None:
    assert layer.data() is layer.base
    layer.write(lambda _: None)
    delete(layer, "nobody")
    assert layer.data().rows(ALL) == [("a", 1), ("b", 2)]


def test_a_row_is_there_at_once_and_the_dataset_stays_as_it_is(layer: Layer) -> None:
    data = put(layer, item("c", 3), item("d", 4))
    assert data.rows(ALL) == [("a", 1), ("b", 2), ("c", 3), ("d", 4)]
    assert data.rows("SELECT max(row) FROM small_items") == [(4,)]
    assert layer.base.rows(ALL) == [("a", 1), ("b", 2)]
    assert data.base is layer.base
    assert data.version != layer.base.version


def test_a_row_of_a_known_key_takes_the_place_of_the_one_that_is_there(layer: Layer) -> None:
    put(layer, item("a", 10), item("c", 3))
    data = put(layer, item("c", 30), item("c", 31), item("b", 20))
    assert data.rows(ALL) == [("a", 10), ("b", 20), ("c", 31)]


def test_deleted_rows_are_gone_and_the_others_are_counted_anew(layer: Layer) -> None:
    put(layer, item("c", 3))
    data = delete(layer, "a", "nobody")
    assert data.rows("SELECT id, row FROM small_items ORDER BY row") == [("b", 1), ("c", 2)]
    data = put(layer, item("a", 7), item("c", 8))
    assert data.rows(ALL) == [("b", 2), ("c", 8), ("a", 7)]


def test_what_is_deleted_and_written_at_once_is_a_new_row(layer: Layer) -> None:
    def write(transaction: Transaction) -> None:
        transaction.put(ITEMS, [item("c", 3)])
        transaction.delete(ITEMS, ["a", "c"])
        transaction.put(ITEMS, [item("a", 9)])

    layer.write(write)
    assert layer.data().rows(ALL) == [("b", 2), ("a", 9)]


def test_a_key_may_have_several_columns(layer: Layer) -> None:
    data = put(layer, {"a": "x", "b": 1, "text": "t"}, {"a": "x", "b": 2}, table=NOTES)
    assert data.rows("SELECT a, b, text FROM small_notes ORDER BY row") == [
        ("x", 1, "t"),
        ("x", 2, None),
    ]
    assert delete(layer, ("x", 1), table=NOTES).rows("SELECT b FROM small_notes") == [(2,)]


def test_rows_that_nothing_tells_apart_are_added(layer: Layer) -> None:
    put(layer, {"text": "t"}, {"text": "t"}, table=LOOSE)
    data = put(layer, {"text": "t"}, table=LOOSE)
    assert data.rows("SELECT row, text FROM small_loose") == [(1, "t"), (2, "t"), (3, "t")]
    assert put(layer, item(None)).rows("SELECT count(*) FROM small_items") == [(3,)]  # type: ignore[arg-type]


def test_times_are_kept_as_they_are_sent(tmp_path: Path) -> None:
    """While those of the dataset are days later."""
    there = {ITEMS: [item("a", made_at="1970-01-01T00:00:00Z")]}
    layer = Layer(data_of(tmp_path / "shelf", TABLES, there, days=2))
    data = put(layer, item("b", made_at="1970-01-01T00:00:01Z"))
    assert data.rows("SELECT made_us FROM small_items ORDER BY row") == [
        (2 * 86_400_000_000,),
        (1_000_000,),
    ]
    found = layer.write(lambda transaction: transaction.rows(ITEMS, ["a", "b"]))
    assert found["a"]["made_at"] == "1970-01-03T00:00:00Z"
    assert found["b"]["made_at"] == "1970-01-01T00:00:01Z"
    layer.write(lambda transaction: transaction.put(ITEMS, found.values()))
    assert layer.data().rows("SELECT min(made_us), max(made_us) FROM small_items") == [
        (1_000_000, 2 * 86_400_000_000)
    ]


# Transactions.


def test_nothing_is_written_where_the_writer_raises(layer: Layer) -> None:
    def write(transaction: Transaction) -> None:
        transaction.put(ITEMS, [item("c")])
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        layer.write(write)
    assert layer.data() is layer.base


def test_a_row_that_cannot_be_loaded_is_refused_with_all_others(layer: Layer) -> None:
    with pytest.raises(UnwritableRow, match="n is 'x', expected integer"):
        put(layer, item("c"), item("d", "x"))  # type: ignore[arg-type]
    with pytest.raises(UnwritableRow, match="the table is unknown"):
        put(layer, item("c"), table="small/none")
    assert layer.data() is layer.base


def test_a_writer_sees_rows_as_they_are_now(layer: Layer) -> None:
    """Of the dataset, loaded, pending, and its own; deleted ones are not there."""
    put(layer, item("c", 3), item("d", 4))
    layer.write(lambda transaction: transaction.put(ITEMS, [item("e", 5), item("b", 22)]))
    layer.write(lambda transaction: transaction.delete(ITEMS, ["d"]))

    def write(transaction: Transaction) -> dict[Any, int]:
        transaction.put(ITEMS, [item("f", 6), item("c", 33)])
        transaction.delete(ITEMS, ["e"])
        found = transaction.rows(ITEMS, ["a", "b", ("c",), "d", "e", "f", "g"])
        assert transaction.data.rows(ALL) == [("a", 1), ("b", 22), ("c", 3), ("e", 5)]
        return {key: row["n"] for key, row in found.items()}

    assert layer.write(write) == {"a": 1, "b": 22, ("c",): 33, "f": 6}
    assert layer.data().rows(ALL) == [("a", 1), ("b", 22), ("c", 33), ("f", 6)]


def test_state_lives_as_long_as_the_layer(layer: Layer) -> None:
    made = []

    def make(data: Data) -> list[int]:
        made.append(data)
        return []

    def write(transaction: Transaction) -> None:
        transaction.state(make).append(len(transaction.state(make)))

    for _ in range(3):
        layer.write(write)
    assert layer.write(lambda transaction: transaction.state(make)) == [0, 1, 2]
    assert len(made) == 1


def test_writers_take_turns(layer: Layer) -> None:
    """Each adds one to what it has read."""

    def write(transaction: Transaction) -> None:
        row = transaction.rows(ITEMS, ["a"])["a"]
        time.sleep(0.001)
        transaction.put(ITEMS, [row | {"n": row["n"] + 1}])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: layer.write(write), range(40)))
    assert layer.data().rows(ALL)[0] == ("a", 41)


# Derived tables.


def test_derived_tables_are_of_the_rows(layer: Layer) -> None:
    data = put(layer, item("c", 3), item("a", 10))
    assert data.rows("SELECT row, n FROM doubles ORDER BY row") == [(1, 20), (2, 4), (3, 6)]
    assert data.rows("SELECT n FROM total") == [(15,)]
    assert data.rows("SELECT sum(n) FROM shown") == [(30,)]
    data = delete(layer, "c")
    assert data.rows("SELECT row, n FROM doubles ORDER BY row") == [(1, 20), (2, 4)]
    assert data.rows("SELECT n FROM total") == [(12,)]
    assert layer.base.rows("SELECT sum(n) FROM shown") == [(6,)]


@pytest.mark.parametrize("is_made_before", [True, False])
def test_lazy_tables_are_made_when_they_are_asked_for(
    layer: Layer,
    is_made_before: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    if is_made_before:
        layer.base.table("lazily")
        layer.base.table("sorted")
    data = put(layer, item("c", 3))
    assert data.rows(f"SELECT sum(n) FROM {data.table('lazily')}") == [(2 + 3 + 4,)]
    assert data.rows(f"SELECT sum(n) FROM {data.table('sorted')}") == [(6,)]
    data = put(layer, item("d", 5))
    assert data.rows(f"SELECT sum(n) FROM {data.table('lazily')}") == [(2 + 3 + 4 + 6,)]
    assert data.rows(f"SELECT sum(n) FROM {data.table('sorted')}") == [(11,)]
    data = delete(layer, "d")
    assert data.rows(f"SELECT sum(n) FROM {data.table('lazily')}") == [(2 + 3 + 4,)]


def test_a_request_waits_for_a_lazy_table_of_an_earlier_version_in_vain(layer: Layer) -> None:
    """It asks again, of the newest."""
    first, last = put(layer, item("c", 3)), put(layer, item("d", 4))
    with pytest.raises(Outdated):
        first.table("sorted")
    with pytest.raises(Unprepared):
        Work().run(lambda: last.table("sorted"))
    with pytest.raises(LookupError):
        last.table("no such table")


# Versions.


def test_earlier_versions_stay_as_they_are(layer: Layer) -> None:
    versions = [layer.base]
    versions += [put(layer, item(f"x{n}", n), item("a", n)) for n in range(20)]
    for n, data in enumerate(versions):
        assert len(data.rows(ALL)) == 2 + n
    assert [data.rows(ALL)[0][1] for data in versions[1:]] == list(range(20))
    assert len({data.version for data in versions}) == 21


def test_readers_of_one_version_see_the_same_while_others_write(layer: Layer) -> None:
    """Two items are always written together; of each version, any statement sees both or none."""
    is_over = threading.Event()
    put(layer, item("c"), item("d"))

    def write() -> None:
        for n in range(60):
            rows = [item(f"{side}{n}", n) for side in "lr"]
            layer.write(partial(Transaction.put, table=ITEMS, rows=rows))
        is_over.set()

    def read() -> int:
        count = 0
        while not is_over.is_set():
            data = layer.data()
            ((size, left, right),) = data.rows(
                "SELECT count(*), count(*) FILTER (id LIKE 'l%'), count(*) FILTER (id LIKE 'r%') "
                "FROM small_items"
            )
            assert left == right
            assert data.rows("SELECT count(*) FROM doubles") == [(size,)]
            assert data.once(counted) == size
            count += 1
        return count

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        pool.submit(write).result()
        assert all(reader.result() for reader in readers)
    assert layer.data().rows("SELECT count(*) FROM small_items") == [(4 + 120,)]


def test_a_statement_that_fails_takes_nothing_from_the_version(layer: Layer) -> None:
    data = put(layer, item("c", 3))
    for statement in (
        "SELECT no_such_column FROM small_items",
        "SELECT error('no') FROM small_items",
    ):
        with pytest.raises(Exception, match="no"):
            data.rows(statement)
    assert data.rows("SELECT count(*) FROM small_items") == [(3,)]


def test_a_failed_statement_may_end_an_earlier_version(layer: Layer) -> None:
    data = put(layer, item("c", 3))
    put(layer, item("d", 4))
    with pytest.raises(Exception, match="no"):
        data.rows("SELECT error('no') FROM small_items")
    with pytest.raises(Outdated):
        data.rows(ALL)


def test_work_is_counted_and_cancelled_as_ever(layer: Layer) -> None:
    data = put(layer, item("c", 3))
    assert Work(in_loop=True).run(lambda: data.rows(ALL)) == data.rows(ALL)
    with pytest.raises(TakesLong):
        Work(1, in_loop=True).run(lambda: data.rows(ALL))
    work = Work()
    threading.Timer(0.3, work.cancel).start()
    long = "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b"
    with pytest.raises(Cancelled):
        work.run(lambda: data.rows(long))
    assert len(data.rows(ALL)) == 3


# What is made of a version.


def counted(data: Data) -> int:
    ((count,),) = data.rows("SELECT count(*) FROM small_items")
    return int(count)


def ids(data: Data) -> tuple[str, ...]:
    made.append("ids")
    return tuple(id_ for id_, _ in data.rows(ALL))


@extends(ids)
def _more_ids(before: tuple[str, ...], data: Data, change: Change) -> tuple[str, ...]:
    rows = change.of("small_items")
    made.append(rows)
    found = data.rows(
        "SELECT id FROM small_items WHERE row BETWEEN $first AND $last ORDER BY row",
        first=rows.added.start,
        last=rows.added.stop - 1,
    )
    return before + tuple(id_ for (id_,) in found)


made: list[Any] = []


def test_what_is_not_extended_is_made_anew(layer: Layer) -> None:
    assert [put(layer, item(id_)).once(counted) for id_ in "cde"] == [3, 4, 5]


def test_what_is_extended_is_so_from_the_last_version_that_had_it(layer: Layer) -> None:
    made.clear()
    assert layer.base.once(ids) == ("a", "b")
    first = put(layer, item("c"))
    put(layer, item("d"), item("a", 5))
    third = put(layer, item("e"))
    assert third.once(ids) == third.once(ids) == ("a", "b", "c", "d", "e")
    assert made == ["ids", Rows(range(3, 6), (1,))]
    assert first.once(ids) == ("a", "b", "c")  # anew, of its own rows
    assert put(layer, item("f")).once(ids)[-1] == "f"
    assert made[2:] == [Rows(range(3, 4)), Rows(range(6, 7))]


def test_after_a_delete_it_is_made_anew(layer: Layer) -> None:
    made.clear()
    assert put(layer, item("c")).once(ids) == ("a", "b", "c")
    assert delete(layer, "b").once(ids) == ("a", "c")
    assert put(layer, item("d")).once(ids) == ("a", "c", "d")
    assert made == ["ids", "ids", Rows(range(3, 4))]


# Bounds.


def test_a_layer_is_bounded_by_rows_and_bytes(tmp_path: Path) -> None:
    base = data_of(tmp_path / "shelf", TABLES, ROWS, DERIVED)
    layer = Layer(base, most_rows=3)
    put(layer, item("c"), item("d"))
    put(layer, item("c", 5), item("d", 6))
    with pytest.raises(StoreFull, match="3 rows that were written"):
        put(layer, item("e"), item("f"))
    assert put(layer, item("e")).rows("SELECT count(*) FROM small_items") == [(5,)]
    layer = Layer(base, most_bytes=2**20)
    with pytest.raises(StoreFull, match="1 MiB"):
        put(layer, {"text": "x" * 2**20}, table=LOOSE)
    assert layer.data() is base


def test_layers_are_bounded_together(tmp_path: Path) -> None:
    base = data_of(tmp_path / "shelf", TABLES, ROWS, DERIVED)
    room = Room(most_rows=3, most_bytes=2**20)
    one, other = Layer(base, room=room), Layer(base, room=room)
    put(one, item("c"), item("d"))
    put(other, item("c"))
    assert (room.rows, room.bytes) == (3, one.bytes + other.bytes)
    with pytest.raises(StoreFull, match="3 rows or 1 MiB of rows that were written in all sand"):
        put(other, item("e"))
    assert put(other, item("c", 5)).rows(ALL) == [("a", 1), ("b", 2), ("c", 5)]
    assert room.rows == 3  # it took the other's place
    one.close()
    assert (room.rows, room.bytes) == (1, other.bytes)
    put(other, item("e"), item("f"))
    with pytest.raises(StoreFull):
        put(other, {"text": "x" * 2**20}, table=LOOSE)
    other.close()
    assert (room.rows, room.bytes) == (0, 0)


def test_many_rows_are_loaded_before_somebody_asks(layer: Layer) -> None:
    layer.write(lambda transaction: transaction.put(ITEMS, [item(f"x{n}") for n in range(3_000)]))
    until(lambda: layer.is_clean)
    assert layer.newest.rows("SELECT count(*) FROM small_items") == [(3_002,)]
    assert layer.rows == 3_000


def test_rows_that_were_replaced_do_not_fill_the_memory(
    layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written_tables, "_ROWS_TO_COMPRESS", 10)
    places = f"SELECT max(rowid) + 1 FROM {layer.engine.declared[ITEMS].name(ITEMS)}"
    for n in range(100):
        put(layer, *(item(f"x{number}", n) for number in range(10)))
        layer._compress()
    assert layer.data().rows(places)[0][0] < 200  # of 1,000 rows that were written
    assert layer.data().rows("SELECT count(*), sum(n) FROM small_items WHERE id > 'c'") == [
        (10, 990)
    ]


def test_whoever_writes_what_is_new_need_not_wait_for_what_is_loaded(layer: Layer) -> None:
    put(layer, item("c"))
    with layer._flushing, ThreadPoolExecutor(1) as aside:
        asked = aside.submit(layer.known, ITEMS, [("new",), ("c",)])
        assert asked.result(timeout=10) == {("c",): item("c")}


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)


def test_a_closed_layer_gives_its_database_back(layer: Layer) -> None:
    databases = "SELECT count(*) FROM duckdb_databases() WHERE database_name LIKE 'layer%'"
    before = layer.base.rows(databases)
    data = put(layer, item("c", 3))
    assert layer.base.rows(databases) == [(before[0][0] + 1,)]
    layer.close()
    assert layer.base.rows(databases) == before
    assert layer.data() is layer.base
    with pytest.raises(Outdated):
        data.rows(ALL)


def test_layers_of_one_dataset_know_nothing_of_each_other(tmp_path: Path) -> None:
    base = data_of(tmp_path / "shelf", TABLES, ROWS, DERIVED)
    layers = [Layer(base) for _ in range(50)]

    def write(number: int) -> None:
        for n in range(4):
            put(layers[number], item(f"{number}-{n}", number), item("a", number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(50)))
    for number, layer in enumerate(layers):
        own = [(f"{number}-{n}", number) for n in range(4)]
        assert layer.data().rows(ALL) == [("a", number), ("b", 2), *own]
        layer.close()
    assert base.rows(ALL) == [("a", 1), ("b", 2)]


def test_what_is_recorded_is_recorded_before_it_is_there(tmp_path: Path) -> None:
    seen = []
    base = data_of(tmp_path / "shelf", TABLES, ROWS, DERIVED)

    def record(pending: Any) -> None:
        seen.append({name: list(own.lines.values()) for name, own in pending.tables.items()})
        if len(seen) > 1:
            raise OSError("disk full")

    layer = Layer(base, record=record)
    put(layer, item("c"))
    assert seen == [{ITEMS: [b'{"id":"c","n":0}']}]
    with pytest.raises(OSError, match="disk full"):
        put(layer, item("d"))
    assert [id_ for id_, _ in layer.data().rows(ALL)] == ["a", "b", "c"]


def test_who_keeps_the_newest_version_hears_of_the_next(layer: Layer) -> None:
    kept = [put(layer, item("c"))]
    layer.replaced = kept.clear
    put(layer, item("d"))
    assert kept == []

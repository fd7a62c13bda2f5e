"""The engine: what it makes when it loads, and how it answers any number of threads at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest

from locum.engine import duckdb as engines
from locum.engine.data import Data, Parameters
from locum.engine.tables import Derived, Table
from locum.exceptions import DatasetError
from locum.langsmith.run_index import run_index
from locum.langsmith.run_stats import run_stats
from locum.langsmith.selection import where
from locum.provider import INTEGER, TEXT, TIME
from tests.oracles.bundled import data_of, find
from tests.oracles.langsmith_rows import load, run
from tests.oracles.small_tables import data_of as small_data_of
from tests.oracles.small_tables import dataset_of

COUNT = "SELECT count(*), $name FROM runs WHERE name = $name"


@pytest.fixture
def engine(tmp_path: Path) -> Data:
    """One run named 1, two named 2, up to 20."""
    names = [str(n) for n in range(1, 21) for _ in range(n)]
    return load(tmp_path, runs=[run(f"{place}", name=name) for place, name in enumerate(names)])


def test_threads_get_their_own_answers_to_one_statement(engine: Data) -> None:
    def asked(place: int) -> bool:
        number = place % 20 + 1
        return engine.rows(COUNT, name=str(number)) == [(number, str(number))]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(asked, range(800)))


def test_threads_make_a_deferred_table_once(engine: Data) -> None:
    def asked(_: int) -> int:
        return int(engine.rows(f"SELECT count(*) FROM {engine.table('run_texts')}")[0][0])

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(asked, range(40))) == {210}


def test_a_statement_is_parsed_once(engine: Data) -> None:
    for name in "1212":
        engine.rows(COUNT, name=name)
    found = engine._engine._parse.cache_info()
    assert (found.misses, found.hits) == (1, 3)


def test_a_long_statement_is_not_kept(engine: Data) -> None:
    """Clients can make many, each another."""
    for _ in range(3):
        assert engine.rows(f"SELECT length('{'x' * 4000}')") == [(4000,)]
    assert engine._engine._parse.cache_info().currsize == 0


def test_an_error_leaves_the_thread_able_to_ask(engine: Data) -> None:
    with pytest.raises(Exception, match="no_such_table"):
        engine.rows("SELECT 1 FROM no_such_table")
    assert engine.rows("SELECT 1") == [(1,)]


def test_what_is_large_is_loaded_by_more_threads_and_answers_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def loaded() -> Data:
        engine = data_of(find("tiny"))
        engine.once(run_index)
        engine._engine.release_memory()
        return engine

    small = loaded()
    monkeypatch.setattr(engines, "SMALL_BYTES", 0)
    large = loaded()
    assert (small.is_small, large.is_small) == (True, False)
    fields = ("run_count", "latency_p99", "total_cost", "run_facets", "feedback_stats")
    of_small, of_large = (
        run_stats(engine.once(run_index), where(engine, "TRUE", Parameters()), fields)
        for engine in (small, large)
    )
    assert of_small == of_large
    assert of_small["run_count"] == 250
    setting = "SELECT current_setting('{}')"
    usual = duckdb.connect().execute(setting.format("threads")).fetchall()
    assert large.rows(setting.format("threads")) == usual
    assert small.rows(setting.format("threads")) == [(1,)]
    flush = setting.format("allocator_bulk_deallocation_flush_threshold")
    assert small.rows(flush) == large.rows(flush)


# What is made of a dataset.

ITEMS = {"small/items": Table({"name": TEXT, "number": INTEGER, "created_at": TIME})}


def small(folder: Path, *derived: Derived) -> Data:
    """Two items, a with 1 and b with 2, and what is derived of them."""
    rows = {"small/items": [{"name": "a", "number": 1}, {"name": "b", "number": 2}]}
    return small_data_of(folder, ITEMS, rows, derived)


def relations(data: Data) -> dict[str, str]:
    """The tables and views that there are, each with its kind."""
    return dict(data.rows("SELECT table_name, table_type FROM information_schema.tables"))


def test_derived_tables_are_made_in_their_order(tmp_path: Path) -> None:
    """Each may read those before it."""
    doubled = Derived("doubled", "SELECT number * 2 AS n FROM small_items")
    total = Derived("total", "SELECT sum(n)::BIGINT AS n FROM doubled")
    data = small(tmp_path, doubled, total)
    assert data.rows("SELECT n FROM total") == [(6,)]
    assert relations(data) == dict.fromkeys(("small_items", "doubled", "total"), "BASE TABLE")


def test_a_temporary_table_is_dropped_when_all_are_made(tmp_path: Path) -> None:
    """Whatever was made of it stays."""
    data = small(
        tmp_path,
        Derived("doubled", "SELECT number * 2 AS n FROM small_items", temporary=True),
        Derived("kept", "SELECT n FROM doubled"),
        Derived("total", "SELECT sum(n)::BIGINT AS n FROM doubled", temporary=True),
        Derived("again", "SELECT n * 2 AS n FROM total"),
    )
    assert set(relations(data)) == {"small_items", "kept", "again"}
    assert data.rows("SELECT n FROM kept ORDER BY n") == [(2,), (4,)]
    assert data.rows("SELECT n FROM again") == [(12,)]


def test_a_view_is_computed_whenever_it_is_read(tmp_path: Path) -> None:
    drawn = "SELECT gen_random_uuid() AS id"
    data = small(tmp_path, Derived("viewed", drawn, view=True), Derived("stored", drawn))
    assert relations(data)["viewed"] == "VIEW"
    viewed, stored = (
        {data.rows(f"SELECT id FROM {name}")[0] for _ in range(3)} for name in ("viewed", "stored")
    )
    assert (len(viewed), len(stored)) == (3, 1)


def test_lazy_tables_are_made_with_those_that_they_need(tmp_path: Path) -> None:
    """Each once, whoever needs it, and none before one is asked for."""
    data = small(
        tmp_path,
        Derived(
            "last", "SELECT * FROM left_one, right_one", lazy=True, needs=("left_one", "right_one")
        ),
        Derived("left_one", "SELECT id AS l FROM first", lazy=True, needs=("first",)),
        Derived("right_one", "SELECT id AS r FROM first", lazy=True, needs=("first",)),
        Derived("first", "SELECT gen_random_uuid() AS id", lazy=True),
        Derived("other", "SELECT 1 AS one", lazy=True),
    )
    assert set(relations(data)) == {"small_items"}
    data.table("right_one")
    assert set(relations(data)) == {"small_items", "first", "right_one"}
    assert data.rows(f"SELECT l = r FROM {data.table('last')}") == [(True,)]
    assert set(relations(data)) == {"small_items", "first", "right_one", "left_one", "last"}


def test_a_lazy_view_is_made_when_it_is_asked_for(tmp_path: Path) -> None:
    data = small(tmp_path, Derived("viewed", "SELECT 1 AS one", view=True, lazy=True))
    assert set(relations(data)) == {"small_items"}
    data.table("viewed")
    assert relations(data)["viewed"] == "VIEW"


def test_threads_make_lazy_tables_that_need_each_other_once(tmp_path: Path) -> None:
    """A table that is made twice is an error of the database's."""
    chain = [
        Derived(f"t{n}", f"SELECT * FROM t{n - 1}", lazy=True, needs=(f"t{n - 1}",))
        for n in range(1, 10)
    ]
    data = small(tmp_path, Derived("t0", "SELECT 7 AS n", lazy=True), *chain)

    def asked(place: int) -> Any:
        return data.rows(f"SELECT n FROM {data.table(f't{place % 10}')}")

    with ThreadPoolExecutor(8) as pool:
        assert all(found == [(7,)] for found in pool.map(asked, range(80)))


def test_a_lazy_table_that_could_not_be_made_is_tried_again(tmp_path: Path) -> None:
    """And what it needs stays made."""
    data = small(
        tmp_path,
        Derived("broken", "SELECT * FROM needed, nowhere", lazy=True, needs=("needed",)),
        Derived("needed", "SELECT 1 AS one", lazy=True),
    )
    for _ in range(2):
        with pytest.raises(duckdb.Error, match="nowhere"):
            data.table("broken")
    assert data.rows("SELECT one FROM needed") == [(1,)]


# What is wrong with a dataset.


def refusal(folder: Path, rows: Sequence[Any], table: Table = ITEMS["small/items"]) -> str:
    """Message and remedy of the dataset's refusal, without its folder."""
    with pytest.raises(DatasetError) as raised:
        small_data_of(folder, {"small/items": table}, {"small/items": rows})
    assert "\n" not in f"{raised.value}{raised.value.fix}"
    return f"{raised.value} | {raised.value.fix}".replace(f"{folder}/", "")


def test_a_value_at_fault_is_named_with_its_file_and_line(tmp_path: Path) -> None:
    told = refusal(tmp_path, [{"number": 1}, {"number": "one"}])
    assert told.startswith("small/items.jsonl:2: number is 'one', not integer | write number as ")


def test_a_column_that_is_not_declared_is_named_with_those_that_are(tmp_path: Path) -> None:
    assert refusal(tmp_path, [{"numbr": 1}]) == (
        "small/items.jsonl:1: unknown column 'numbr' | "
        "the columns of small/items are name, number, created_at"
    )


def test_what_only_the_database_reads_is_named_with_its_line_too(tmp_path: Path) -> None:
    """A time that is none."""
    rows = [{"created_at": "2026-06-30T12:00:00Z"}, {"created_at": "2026-06-31"}]
    told = refusal(tmp_path, rows)
    assert told.startswith("small/items.jsonl:2: created_at is '2026-06-31', expected a time such")
    assert told.endswith(" | mend created_at, or leave it out")


def test_what_is_no_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "items.parquet").write_bytes(b"no parquet")
    with pytest.raises(DatasetError) as raised:
        small_data_of(tmp_path, ITEMS, {})
    file = tmp_path / "small" / "items.parquet"
    assert str(raised.value).startswith(f"{file} is no whole Parquet file: ")


def test_a_column_of_another_type_in_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    file = tmp_path / "small" / "items.parquet"
    duckdb.execute(f"COPY (SELECT 'a' AS name, '1' AS number) TO '{file}'")
    with pytest.raises(DatasetError, match="number has the type VARCHAR, expected TINYINT or"):
        small_data_of(tmp_path, ITEMS, {})


def test_a_column_that_a_parquet_file_has_not_is_null(tmp_path: Path) -> None:
    """As in JSONL; and an integer of fewer bits is one of 64."""
    (tmp_path / "small").mkdir()
    file = tmp_path / "small" / "items.parquet"
    duckdb.execute(f"COPY (SELECT 1::SMALLINT AS number) TO '{file}'")
    data = small_data_of(tmp_path, ITEMS, {})
    found = data.rows("SELECT row, name, number, created_us, typeof(number) FROM small_items")
    assert found == [(1, None, 1, None, "BIGINT")]


def test_tables_are_inspected_before_anything_is_made_of_them(tmp_path: Path) -> None:
    """With the numbers of rows of their files; what the inspection raises ends the loading."""
    dataset = dataset_of(tmp_path, ITEMS, {"small/items": [{"name": "a"}, {"name": "b"}]})
    seen: list[Any] = []

    def inspect(connection: Any, rows: Mapping[str, int]) -> None:
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        seen.extend([tables, dict(rows)])
        raise DatasetError("no", "do")

    derived = [Derived("made", "SELECT 1 AS one")]
    with pytest.raises(DatasetError, match="no"):
        engines.Engine(dataset, ITEMS, derived, inspect=inspect)
    assert seen == [[("small_items",)], {"small/items": 2}]

"""From a dataset's files to the engine's tables: each type, each file, and the order of loading."""

from __future__ import annotations

import csv
from graphlib import CycleError
from pathlib import Path
from typing import Any

import duckdb
import pytest

from locum.datasets import dataset as datasets
from locum.datasets.columns import KEY_COLUMNS, TYPES
from locum.datasets.constraints import Constraints
from locum.datasets.own_tables import OwnTable
from locum.engine import tables
from locum.engine.data import Data
from locum.engine.duckdb import Engine
from locum.engine.tables import KEYS_TABLE, Derived, Table, load_order, microseconds, of_folder
from locum.provider import BOOLEAN, INTEGER, INTEGER_MAP, JSON, NUMBER, TEXT, TEXT_MAP, TEXTS, TIME
from tests.oracles.small_tables import Rows, data_of, dataset_of

ALL = Table(
    {
        "name": TEXT,
        "number": INTEGER,
        "is_new": BOOLEAN,
        "created_at": TIME,
        "anything": JSON,
        "tags": TEXTS,
        "labels": TEXT_MAP,
        "counts": INTEGER_MAP,
        "share": NUMBER,
    }
)
COLUMNS = "name, number, is_new, created_us, anything, tags, labels, counts, share"

# Noon of the first of January 1970 and a day later: 12 and 36 hours of 3,600,000,000 µs.
NOON, NOON_AFTER = 43_200_000_000, 129_600_000_000

FULL = {
    "name": "ü",
    "number": 2**62,
    "is_new": True,
    "created_at": "1970-01-01T12:00:00Z",
    "anything": {"b": [1, None], "a": 0.5},
    "tags": ["x", "", "x"],
    "labels": {"k": "v", "": ""},
    "counts": {"k": 7},
    "share": -0.125,
}
FULL_ROW = (
    "ü",
    2**62,
    True,
    NOON,
    '{"b":[1,null],"a":0.5}',
    ["x", "", "x"],
    {"k": "v", "": ""},
    {"k": 7},
    -0.125,
)
EMPTY_ROW: tuple[Any, ...] = (None, None, None, None, None, [], {}, {}, None)


def loaded(folder: Path, table: Table, rows: list[Any], days: int = 0) -> Data:
    """The rows as the table small/all, their times so many days later."""
    return data_of(folder, {"small/all": table}, {"small/all": rows}, days=days)


# Names and types.


def test_a_table_is_named_after_its_file_in_the_engine() -> None:
    assert Table({}).name("small/items") == "small_items"
    assert Table({}).name("keys") == "keys"
    assert Table({}, relation="items").name("small/items") == "items"


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("start_time", "start_us"),
        ("created_at", "created_us"),
        ("request_created_at", "request_created_us"),
        ("time", "time_us"),
        ("timestamp", "timestamp_us"),
    ],
)
def test_a_time_is_named_by_its_unit(column: str, name: str) -> None:
    assert microseconds(column) == name


def test_every_type_has_one_in_files() -> None:
    columns = dict(zip("abcdefghi", TYPES, strict=True))
    assert tables.file_types(columns) == (
        "\"a\": 'VARCHAR', \"b\": 'BIGINT', \"c\": 'BOOLEAN', \"d\": 'VARCHAR', \"e\": 'JSON', "
        "\"f\": 'VARCHAR[]', \"g\": 'MAP(VARCHAR, VARCHAR)', \"h\": 'MAP(VARCHAR, BIGINT)', "
        "\"i\": 'DOUBLE'"
    )


# Rows of files.


def test_a_row_has_a_value_of_each_type(tmp_path: Path) -> None:
    data = loaded(tmp_path, ALL, [FULL])
    assert data.rows(f"SELECT {COLUMNS} FROM small_all") == [FULL_ROW]


@pytest.mark.parametrize("row", [{}, dict.fromkeys(FULL)])
def test_what_is_absent_is_null_and_a_list_or_map_is_empty(
    tmp_path: Path, row: dict[str, Any]
) -> None:
    data = loaded(tmp_path, ALL, [row])
    assert data.rows(f"SELECT {COLUMNS} FROM small_all") == [EMPTY_ROW]


def test_a_value_may_be_written_as_databases_write_it(tmp_path: Path) -> None:
    """An integer in quotes, a boolean as a number."""
    data = loaded(tmp_path, ALL, [{"number": "-7", "is_new": 0}, {"is_new": 1}])
    assert data.rows("SELECT number, is_new FROM small_all ORDER BY row") == [
        (-7, False),
        (None, True),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", '"a"'), (1.50, "1.5"), (True, "true"), ([], "[]"), ({}, "{}"), ("", '""')],
)
def test_json_keeps_any_value(tmp_path: Path, value: Any, text: str) -> None:
    data = loaded(tmp_path, ALL, [{"anything": value}])
    assert data.rows("SELECT anything FROM small_all") == [(text,)]


@pytest.mark.parametrize(
    ("time", "since_1970"),
    [
        ("1970-01-01T12:00:00Z", NOON),
        ("1970-01-01T12:00:00", NOON),  # UTC, where it says nothing
        ("1970-01-01 12:00:00+00", NOON),
        ("1970-01-01T14:30:00+02:30", NOON),
        ("1970-01-01T00:00:00-12:00", NOON),
        ("1970-01-01T12:00:00.000001Z", NOON + 1),
        ("1970-01-01T12:00:00.5Z", NOON + 500_000),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("1970-01-02", 86_400_000_000),
    ],
)
def test_a_time_is_microseconds_since_1970(tmp_path: Path, time: str, since_1970: int) -> None:
    data = loaded(tmp_path, ALL, [{"created_at": time}])
    assert data.rows("SELECT created_us FROM small_all") == [(since_1970,)]


def test_times_are_so_many_days_later(tmp_path: Path) -> None:
    """And nothing else is another; what has no time has none later."""
    data = loaded(tmp_path, ALL, [FULL, {}], days=1)
    first, second = data.rows(f"SELECT {COLUMNS} FROM small_all ORDER BY row")
    assert first == (*FULL_ROW[:3], NOON_AFTER, *FULL_ROW[4:])
    assert second == EMPTY_ROW
    data = loaded(tmp_path, ALL, [FULL], days=-1)
    assert data.rows("SELECT created_us FROM small_all") == [(NOON - 86_400_000_000,)]


def test_rows_are_counted_from_1_in_the_files_order(tmp_path: Path) -> None:
    """Empty lines are no rows."""
    (tmp_path / "small").mkdir()
    file = tmp_path / "small" / "all.jsonl"
    file.write_text('{"name": "b"}\n\n{"name": "a"}\n{"name": "b"}')
    data = Data(Engine(datasets.read(tmp_path, {"small/all": ALL.columns}), {"small/all": ALL}))
    assert data.rows("SELECT row, name FROM small_all ORDER BY row") == [
        (1, "b"),
        (2, "a"),
        (3, "b"),
    ]


def test_a_parquet_file_is_read_as_a_jsonl_file_is(tmp_path: Path) -> None:
    """Columns in any order, typed as the data dictionary has them."""
    folder = tmp_path / "parquet"
    (folder / "small").mkdir(parents=True)
    jsonl = tmp_path / "lines.jsonl"
    loaded(tmp_path / "jsonl", ALL, [FULL, {}, {"name": "last"}])
    (tmp_path / "jsonl" / "small" / "all.jsonl").rename(jsonl)
    duckdb.execute(
        f"COPY (SELECT * FROM read_json('{jsonl}', format='newline_delimited', "
        f"columns={{{tables.file_types(ALL.columns)}}})) TO '{folder / 'small' / 'all.parquet'}'"
    )
    found = datasets.read(folder, {"small/all": ALL.columns})
    data = Data(Engine(found, {"small/all": ALL}, days=1))
    assert data.rows(f"SELECT row, {COLUMNS} FROM small_all ORDER BY row") == [
        (1, *FULL_ROW[:3], NOON_AFTER, *FULL_ROW[4:]),
        (2, *EMPTY_ROW),
        (3, "last", *EMPTY_ROW[1:]),
    ]


def test_a_table_without_a_file_is_empty(tmp_path: Path) -> None:
    """With the columns and types that it would have: a statement over it is none the wiser."""

    def types(data: Data) -> list[Any]:
        return data.rows("SELECT column_name, column_type FROM (DESCRIBE small_all)")

    present = loaded(tmp_path / "one", ALL, [FULL])
    absent = data_of(tmp_path / "two", {"small/all": ALL, "keys": KEYS_TABLE}, {"keys": []})
    assert absent.rows("SELECT * FROM small_all") == []
    assert types(absent) == types(present)


# What a table makes of its rows.


def test_a_table_may_make_others_of_its_rows(tmp_path: Path) -> None:
    """Under a name of its own, from what is already microseconds and empty lists."""
    table = Table(
        {"name": TEXT, "created_at": TIME, "tags": TEXTS},
        "SELECT row - 1 AS item, upper(name) AS name, created_us // 1000 AS ms, len(tags) AS tags "
        "FROM rows WHERE name IS NOT NULL",
        "items",
    )
    rows = [{"name": "a", "created_at": "1970-01-01T00:00:01.5Z"}, {}, {"name": "c", "tags": ["x"]}]
    data = loaded(tmp_path, table, rows)
    assert data.rows("SELECT * FROM items ORDER BY item") == [
        (0, "A", 1500, 0),
        (2, "C", None, 1),
    ]


def test_a_table_may_read_those_that_are_loaded_before(tmp_path: Path) -> None:
    """Whatever the order in which they are declared."""
    declared = {
        "small/notes": Table(
            {"of": TEXT, "text": TEXT},
            "SELECT rows.text, items.price FROM rows JOIN small_items items ON items.name = of",
            after=("small/items",),
        ),
        "small/items": Table({"name": TEXT, "price": INTEGER}),
    }
    rows: Rows = {
        "small/notes": [{"of": "b", "text": "good"}, {"of": "c", "text": "gone"}],
        "small/items": [{"name": "a", "price": 1}, {"name": "b", "price": 2}],
    }
    data = data_of(tmp_path, declared, rows)
    assert data.rows("SELECT * FROM small_notes") == [("good", 2)]


def test_tables_are_loaded_after_those_that_they_read() -> None:
    order = load_order(
        {
            "a": Table({}, after=("b", "c")),
            "b": Table({}, after=("d",)),
            "c": Table({}),
            "d": Table({}, after=("c",)),
        }
    )
    assert order == ["c", "d", "b", "a"]


def test_tables_without_an_order_are_loaded_as_they_are_declared() -> None:
    assert load_order(dict.fromkeys("cab", Table({}))) == ["c", "a", "b"]


def test_tables_may_not_read_each_other_in_a_circle() -> None:
    with pytest.raises(CycleError):
        load_order({"a": Table({}, after=("b",)), "b": Table({}, after=("a",))})


def test_tenants_of_keys_compare_in_any_letter_case(tmp_path: Path) -> None:
    row = {"key": "K", "provider": "Small", "tenant_id": "ANN", "access": "R"}
    data = data_of(tmp_path, {"keys": KEYS_TABLE}, {"keys": [row]})
    assert list(KEY_COLUMNS) == list(row)
    assert data.rows("SELECT key, provider, tenant_id, access FROM keys") == [
        ("K", "Small", "ann", "R")
    ]


# What is made of tables.


def test_a_derived_table_is_made_by_a_statement() -> None:
    table = Derived("totals", "SELECT 1 AS n")
    assert table.create == 'CREATE TABLE "totals" AS SELECT 1 AS n'
    assert Derived("totals", "SELECT 1", view=True).create == 'CREATE VIEW "totals" AS SELECT 1'


AWKWARD = {
    name: kind
    for kind, name in zip(
        TYPES,
        ("order", "group", "select", "left_at", "line-items", "a b", 'with"quote', "2nd", "%"),
        strict=True,
    )
}


def test_csv_has_a_value_of_each_type(tmp_path: Path) -> None:
    """Its columns in any order; those that it has not are null."""
    file = tmp_path / "small" / "all.csv"
    file.parent.mkdir()
    values = [
        *("ü", str(2**62), "true", "1970-01-01T12:00:00Z", '{"b":[1,null],"a":0.5}'),
        *('["x","","x"]', '{"k":"v","":""}', '{"k":7}', "-0.125"),
    ]
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([list(ALL.columns)[::-1], values[::-1]])
    columns = {"small/all": ALL.columns}
    data = Data(Engine(datasets.read(tmp_path, columns), {"small/all": ALL}))
    assert data.rows(f"SELECT {COLUMNS} FROM small_all") == [FULL_ROW]
    file.write_text("name\nü\n", encoding="utf-8")
    data = Data(Engine(datasets.read(tmp_path, columns), {"small/all": ALL}))
    assert data.rows(f"SELECT {COLUMNS} FROM small_all") == [("ü", *EMPTY_ROW[1:])]


def test_tables_of_a_folder_are_as_it_declares_them() -> None:
    constraints = Constraints(required=("id",))
    own = OwnTable({"id": "text"}, constraints)
    assert of_folder({"a": own}) == {"a": Table({"id": "text"}, constraints=constraints)}


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet", None])
def test_tables_and_columns_may_have_any_name(tmp_path: Path, suffix: str | None) -> None:
    """Words of SQL, and what no unquoted name could hold; in a file of each type and in none."""
    row = dict(zip(AWKWARD, FULL.values(), strict=True))
    dataset = dataset_of(tmp_path, {"small/or-der": Table(AWKWARD)}, {"small/or-der": [row]})
    file: Path | None = dataset.files["small/or-der"]
    if suffix == ".parquet":
        file = tmp_path / "rows.parquet"
        types = tables.file_types(AWKWARD)
        read = f"read_json('{dataset.files['small/or-der']}', columns={{{types}}})"
        duckdb.sql(f"COPY (FROM {read}) TO '{file}'")
    elif suffix is None:
        file = None
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(*tables.load("small/or-der", Table(AWKWARD), file))
    read = 'SELECT row, "order", "group", "select", left_us, "line-items" FROM "small_or-der"'
    rows = connection.sql(read).fetchall()
    times = (1, *FULL_ROW[:5])
    assert rows == ([] if file is None else [times])


def test_a_derived_table_may_have_any_name(tmp_path: Path) -> None:
    derived = [
        Derived("order", "SELECT 1 AS n", temporary=True),
        Derived("group-by", 'SELECT n FROM "order"'),
        Derived("select", 'SELECT n FROM "group-by"', view=True),
        Derived("left", 'SELECT n + 1 AS n FROM "select"', lazy=True),
    ]
    data = data_of(tmp_path, {"small/all": ALL}, {"small/all": [FULL]}, derived)
    data.table("left")
    assert data.rows('SELECT n FROM "left"') == [(2,)]
    assert data.rows("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'order'") == [(0,)]

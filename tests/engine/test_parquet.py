"""Which columns of Parquet files are taken."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from locum.engine.parquet import schema
from locum.provider import BOOLEAN, INTEGER, INTEGER_MAP, JSON, NUMBER, TEXT, TEXT_MAP, TEXTS, TIME

COLUMNS = {
    "name": TEXT,
    "number": INTEGER,
    "is_new": BOOLEAN,
    "at": TIME,
    "anything": JSON,
    "tags": TEXTS,
    "labels": TEXT_MAP,
    "counts": INTEGER_MAP,
    "share": NUMBER,
}


def looked(folder: Path, select: str) -> tuple[list[str], list[str], int]:
    """The columns that are loaded, what is wrong with others, and the number of rows."""
    file = folder / "a.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({select}) TO '{file}'")
        found = schema(connection, file, "small/a", COLUMNS)
    assert all(each.file == file and each.is_error and each.fix for each in found.faults)
    return list(found.present), [each.message for each in found.faults], found.rows


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("'a'", "name"),
        ("uuid()", "name"),
        ("1::TINYINT", "number"),
        ("1::UINTEGER", "number"),
        ("1::BIGINT", "number"),
        ("true", "is_new"),
        ("'2026-06-30'", "at"),
        ("TIMESTAMP '2026-06-30'", "at"),
        ("TIMESTAMPTZ '2026-06-30'", "at"),
        ("TIMESTAMP_NS '2026-06-30'", "at"),
        ("DATE '2026-06-30'", "at"),
        ("'{}'", "anything"),
        ("'{}'::JSON", "anything"),
        ("['a']", "tags"),
        ("MAP {'a': 'b'}", "labels"),
        ("MAP {'a': 1}", "counts"),
        ("MAP {'a': 1::BIGINT}", "counts"),
        ("0.5::DOUBLE", "share"),
        ("0.5::FLOAT", "share"),
        ("0.5::DECIMAL(4, 1)", "share"),
        ("1", "share"),
    ],
)
def test_what_means_the_same_is_taken(tmp_path: Path, value: str, name: str) -> None:
    assert looked(tmp_path, f"SELECT {value} AS {name}") == ([name], [], 1)


@pytest.mark.parametrize(
    ("value", "name", "found"),
    [
        ("1", "name", "INTEGER, expected VARCHAR or UUID for text"),
        ("'a'::BLOB", "name", "BLOB, expected VARCHAR"),
        ("1.0::DOUBLE", "number", "DOUBLE, expected TINYINT or "),
        ("'1'", "number", "VARCHAR, expected TINYINT or "),
        ("1::DECIMAL(5, 0)", "number", "DECIMAL(5,0), expected "),
        ("1::UBIGINT", "number", "UBIGINT, expected "),
        ("1", "is_new", "INTEGER, expected BOOLEAN for boolean"),
        ("1", "at", "INTEGER, expected VARCHAR or DATE or "),
        ("0.5::DOUBLE", "anything", "DOUBLE, expected VARCHAR or JSON for json"),
        ("{'a': 1}", "anything", "STRUCT(a INTEGER), expected "),
        ("'a'", "tags", "VARCHAR, expected VARCHAR[] for list of text"),
        ("[1]", "tags", "INTEGER[], expected "),
        ("{'a': 'b'}", "labels", "STRUCT(a VARCHAR), expected MAP(VARCHAR, VARCHAR) for"),
        ("MAP {'a': 0.5}", "counts", "MAP(VARCHAR, DECIMAL(2,1)), expected "),
    ],
)
def test_what_means_something_else_is_named(
    tmp_path: Path, value: str, name: str, found: str
) -> None:
    present, (message,), _ = looked(tmp_path, f"SELECT {value} AS {name}")
    assert present == []
    assert message.startswith(f"{name} has the type {found}")


def test_a_column_that_is_null_throughout_may_have_any_type(tmp_path: Path) -> None:
    """Some writers give such a one the type of an integer."""
    select = "SELECT NULL::INTEGER AS name, NULL AS tags, 1 AS number FROM range(3)"
    assert looked(tmp_path, select) == (["number"], [], 3)


def test_a_column_that_is_not_known_is_named(tmp_path: Path) -> None:
    _, (message,), _ = looked(tmp_path, "SELECT 1 AS numbr")
    assert message == "unknown column 'numbr'; did you mean number?"
    _, (message,), _ = looked(tmp_path, "SELECT 1 AS NUMBER")
    assert message == "unknown column 'NUMBER'; did you mean number?"


@pytest.mark.parametrize("size", [0, 3, 100, -1])
def test_a_file_that_is_cut_is_named(tmp_path: Path, size: int) -> None:
    file = tmp_path / "a.parquet"
    duckdb.execute(f"COPY (SELECT 1 AS number FROM range(1000)) TO '{file}'")
    file.write_bytes(file.read_bytes()[:size])
    with duckdb.connect() as connection:
        (fault,) = schema(connection, file, "small/a", COLUMNS).faults
    assert str(fault).startswith(f"{file} is no whole Parquet file: ")
    assert "\n" not in str(fault)

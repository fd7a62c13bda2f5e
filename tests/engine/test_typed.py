"""Tables that nobody declares: their types are those of all rows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from locum.engine.typed import typed

LINES = (
    '{"id": "a", "n": 1, "x": 1, "is": true, "at": "2026-06-01T10:00:00Z", "day": "2026-06-01", '
    '"tags": ["u"], "of": {"b": 1, "c": "d"}}\n'
    '{"id": "b", "n": null, "x": 0.5, "is": false, "at": null, "tags": []}\n'
)
KINDS = {
    "id": "text",
    "n": "integer",
    "x": "number",
    "is": "boolean",
    "at": "time",
    "day": "time",
    "tags": "list of text",
    "of": "json",
}


def test_jsonl_is_typed_and_a_doubt_says_how(tmp_path: Path) -> None:
    """As a line that can be written into tables.yaml."""
    file = tmp_path / "orders.jsonl"
    file.write_text(LINES)
    table, told = typed(file, "orders", tmp_path)
    assert table is not None
    assert dict(table.columns) == KINDS
    assert not told.is_error
    columns = ", ".join(f"{name}: {kind}" for name, kind in KINDS.items())
    assert told.message == f"is typed by its rows: orders: {{columns: {{{columns}}}}}"
    assert told.fix == f"write these types, or better ones, into {tmp_path}/tables.yaml"


def test_csv_is_typed(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("id,n,x,is,at\na,1,1,true,2026-06-01 10:00:00\nb,,0.5,false,\n")
    table, _ = typed(file, "orders", tmp_path)
    assert table is not None
    assert dict(table.columns) == {name: KINDS[name] for name in ("id", "n", "x", "is", "at")}


def test_parquet_has_its_types(tmp_path: Path) -> None:
    file = tmp_path / "orders.parquet"
    columns = "1::UTINYINT a, 1.5::DECIMAL(4, 1) b, [now()] c, map {'k': 1} d, uuid() e"
    duckdb.sql(f"COPY (SELECT {columns}) TO '{file}'")
    table, _ = typed(file, "orders", tmp_path)
    assert table is not None
    kinds = ["integer", "number", "json", "map of integers", "text"]
    assert list(table.columns.values()) == kinds


def test_integers_of_both_signs_are_integers(tmp_path: Path) -> None:
    file = tmp_path / "orders.jsonl"
    file.write_text('{"n": 5}\n{"n": -1}\n')
    table, _ = typed(file, "orders", tmp_path)
    assert table is not None
    assert table.columns == {"n": "integer"}


def test_a_type_is_that_of_all_rows(tmp_path: Path) -> None:
    """Not of the first twenty thousand alone, which are what DuckDB looks at by itself."""
    file = tmp_path / "orders.jsonl"
    file.write_text('{"n": 1}\n' * 30_000 + '{"n": 0.5}\n')
    table, _ = typed(file, "orders", tmp_path)
    assert table is not None
    assert table.columns == {"n": "number"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be typed by its rows: "),
        ('{"row": 1}\n', "has a column row, which counts rows in every table"),
    ],
)
def test_what_cannot_be_typed_is_no_table(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "orders.jsonl"
    file.write_text(text)
    table, told = typed(file, "orders", tmp_path)
    assert table is None
    assert told.is_error
    assert told.message.startswith(message)

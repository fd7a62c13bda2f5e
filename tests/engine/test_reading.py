"""What of a file cannot be read, and where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from locum.datasets.constraints import Constraints, Value
from locum.datasets.findings import Finding
from locum.engine.reading import place_of
from locum.engine.tables import Table
from locum.exceptions import DatasetError
from locum.provider import INTEGER, JSON, TEXT, TIME
from tests.oracles.small_tables import Rows, data_of

SHORT = Value("code", "a text of two letters", "len(code) = 2")
ITEMS = Table(
    {"name": TEXT, "number": INTEGER, "created_at": TIME, "anything": JSON, "code": TEXT},
    "SELECT * REPLACE (if(len(code) = 2, code, error('long')) AS code) FROM rows",
    constraints=Constraints(readable=(SHORT,)),
)


def refusal(folder: Path, rows: Any = (), **more: Any) -> tuple[str, list[Finding]]:
    """The message, without the folder, and the findings."""
    tables: Rows = {"small/items": rows} if rows else {}
    with pytest.raises(DatasetError) as raised:
        data_of(folder, {"small/items": ITEMS}, tables, **more)
    findings = [each for each in raised.value.findings if isinstance(each, Finding)]
    return str(raised.value).replace(f"{folder}/small/", ""), findings


def test_a_time_is_named_with_its_line(tmp_path: Path) -> None:
    """As the second row is on the fourth line."""
    (tmp_path / "small").mkdir()
    file = tmp_path / "small" / "items.jsonl"
    good, bad = '{"created_at": "2026-06-30T12:00:00Z"}', '{"created_at": "2026-02-30"}'
    file.write_text(f"\n{good}\n\n{bad}\n{good}\n{bad}\n", encoding="utf-8")
    told, (finding,) = refusal(tmp_path)
    assert told == (
        "items.jsonl:4: created_at is '2026-02-30', expected a time such as "
        "2026-06-30T12:00:00Z, of the years 1 to 9999 (and in 1 others)"
    )
    assert (finding.row, finding.column, finding.rows) == (4, "created_at", 2)


@pytest.mark.parametrize("time", ["10000-01-01", "0000-12-31", "2026-06-30T25:00:00Z", "2026"])
def test_a_time_that_is_none_is_named(tmp_path: Path, time: str) -> None:
    told, _ = refusal(tmp_path, [{"created_at": time}])
    assert told.startswith(f"items.jsonl:1: created_at is {time!r}, expected a time such as ")


def test_a_value_that_the_table_cannot_read_is_named(tmp_path: Path) -> None:
    told, _ = refusal(tmp_path, [{"code": "ab"}, {}, {"code": "abc"}])
    assert told == "items.jsonl:3: code is 'abc', expected a text of two letters"


def test_a_column_that_stands_twice_in_a_row_is_named(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    text = '{"name": "a"}\n{"name": "a", "number": 1, "name": "b"}\n'
    (tmp_path / "small" / "items.jsonl").write_text(text, encoding="utf-8")
    told, _ = refusal(tmp_path)
    assert told == "items.jsonl:2: the column 'name' stands there twice"


def test_the_first_fault_is_told_and_the_others_are_counted(tmp_path: Path) -> None:
    rows = [{"number": "x"}, {"number": 1}, {"name": 1}, {"colour": 1}]
    told, findings = refusal(tmp_path, rows)
    assert told == "items.jsonl:1: number is 'x', not integer; 2 more in the dataset"
    assert [each.row for each in findings] == [1, 3, 4]


def parquet(folder: Path, select: str) -> None:
    (folder / "small").mkdir()
    duckdb.execute(f"COPY ({select}) TO '{folder / 'small' / 'items.parquet'}'")


@pytest.mark.parametrize(
    ("select", "told"),
    [
        (
            "SELECT unnest(['{}', 'nul', NULL]) AS anything",
            "items.parquet: row 2: anything is 'nul', expected JSON",
        ),
        (
            "SELECT unnest(['2026-06-30', NULL, 'infinity']) AS created_at",
            (
                "items.parquet: row 3: created_at is 'infinity', expected a time such as "
                "2026-06-30T12:00:00Z, of the years 1 to 9999"
            ),
        ),
        (
            "SELECT unnest([TIMESTAMP '2026-06-30', TIMESTAMP '-infinity']) AS created_at",
            (
                "items.parquet: row 2: created_at is '-infinity', expected a time such as "
                "2026-06-30T12:00:00Z, of the years 1 to 9999"
            ),
        ),
    ],
)
def test_a_value_of_a_parquet_file_is_named_with_its_row(
    tmp_path: Path, select: str, told: str
) -> None:
    parquet(tmp_path, select)
    assert refusal(tmp_path)[0] == told


def test_what_is_wrong_inside_of_a_file_is_told_in_the_databases_words(tmp_path: Path) -> None:
    """Whose pages are not what its end says."""
    parquet(tmp_path, "SELECT 'name ' || range AS name FROM range(100000)")
    file = tmp_path / "small" / "items.parquet"
    text = bytearray(file.read_bytes())
    text[4:2000] = bytes(1996)
    file.write_bytes(text)
    told, (finding,) = refusal(tmp_path)
    assert told.startswith("items.parquet: ")
    assert "see the columns of small/items in its provider" in finding.fix


def test_rows_of_jsonl_are_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("\n1\n2\n\n \n3\n", encoding="utf-8")
    assert place_of(file, [1, 3]) == [2, 6]
    assert place_of(file, []) == []
    assert place_of(tmp_path / "a.parquet", [1, 3]) == [1, 3]


def test_a_value_of_a_csv_file_is_named_with_its_line(tmp_path: Path) -> None:
    """Row 2 begins on line 4."""
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "items.csv").write_text('code,created_at\n"a\nb",\nab,2026-02-30\n')
    told, _ = refusal(tmp_path)
    assert told.startswith("items.csv:4: created_at is '2026-02-30', expected a time")
    assert place_of(tmp_path / "small" / "items.csv", [1, 2]) == [2, 4]

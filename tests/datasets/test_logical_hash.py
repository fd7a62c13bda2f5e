"""The logical hash: of the rows, whatever file holds them in whatever order."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest

from locum.datasets import logical_hash
from locum.exceptions import DatasetError
from tests.oracles.bundled import TABLES, find

# printf 'keys\n{"access":"r","key":"a"}\n{"access":"rw","key":"\303\244"}\n' | sha256sum
DOCUMENTED = "adfa9cc0c843b3071b0ffcc68976ade1267bc255439399414ea6394c5ff27852"


def test_the_hash_is_that_of_the_documented_bytes(tmp_path: Path) -> None:
    """Computed with sha256sum from the bytes as the data dictionary describes them."""
    text = '{"key":"ä","access":"rw","tenant_id":null}\n{"access":"r","key":"a"}\n'
    (tmp_path / "keys.jsonl").write_text(text, encoding="utf-8")
    assert logical_hash.of_dataset(find(str(tmp_path))) == DOCUMENTED


def test_a_table_without_rows_counts_for_nothing(tmp_path: Path) -> None:
    text = '{"key":"ä","access":"rw","tenant_id":null}\n{"access":"r","key":"a"}\n'
    (tmp_path / "keys.jsonl").write_text(text, encoding="utf-8")
    (tmp_path / "langsmith").mkdir()
    (tmp_path / "langsmith" / "runs.jsonl").touch()
    assert logical_hash.of_dataset(find(str(tmp_path))) == DOCUMENTED


def test_tables_follow_each_other_by_name() -> None:
    rows = {"b": [b"2", b"1"], "a": [b"3"], "c": []}
    expected = hashlib.sha256(b"a\n3\nb\n1\n2\n").hexdigest()
    assert logical_hash.digest(sorted(rows.items())) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"b": 1, "a": None, "c": "\u00e4"}, '{"b":1,"c":"\u00e4"}'),
        (
            {"b": {"y": None, "x": [1.5, {"d": 1, "c": 2}]}},
            '{"b":{"x":[1.5,{"c":2,"d":1}],"y":null}}',
        ),
        ({}, "{}"),
    ],
)
def test_a_row_is_written_with_sorted_keys_and_without_its_nulls(
    row: dict[str, object], expected: str
) -> None:
    """Nulls within a JSON column are part of its value."""
    assert logical_hash.line(row) == expected.encode()


def test_a_row_that_is_not_as_the_dictionary_says_has_no_hash(tmp_path: Path) -> None:
    (tmp_path / "keys.jsonl").write_text('{"kee": "a"}', encoding="utf-8")
    with pytest.raises(DatasetError, match="unknown column 'kee'"):
        logical_hash.of_dataset(find(str(tmp_path)))


def test_rows_of_parquet_are_those_of_jsonl(tmp_path: Path) -> None:
    """`default` is Parquet: what is written of its rows as JSONL reads the same."""
    found = find("default")
    file, table = found.files["langsmith/feedback"], "langsmith/feedback"
    rows = list(logical_hash.stored(file, table, TABLES[table]))
    assert file.suffix == ".parquet"
    copy = tmp_path / "feedback.jsonl"
    copy.write_bytes(b"\n".join(map(logical_hash.line, rows)))
    again = list(logical_hash.stored(copy, table, TABLES[table]))
    assert len(rows) > 1000
    assert [{k: v for k, v in row.items() if v is not None} for row in rows] == again


def test_times_and_ids_of_parquet_may_have_types_of_their_own(tmp_path: Path) -> None:
    """They are hashed as the texts that they are in JSONL."""
    id_, time = "aaaaaaaa-0000-4000-8000-000000000001", "2026-06-28T10:02:17.250000Z"
    (tmp_path / "langsmith").mkdir()
    select = f"SELECT '{id_}'::UUID AS id, TIMESTAMPTZ '{time}' AS start_time, "
    select += "TIMESTAMP '2026-06-28 10:02:17.25' AS end_time, NULL::TIMESTAMP AS first_token_time"
    file = tmp_path / "langsmith" / "runs.parquet"
    duckdb.execute(f"COPY ({select}) TO '{file}'")
    (row,) = logical_hash.stored(file, "langsmith/runs", TABLES["langsmith/runs"])
    times = {"start_time": time, "end_time": time, "first_token_time": None}
    assert row == {"id": id_, **times}

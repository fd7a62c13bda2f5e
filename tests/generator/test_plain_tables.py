"""A generated dataset's tables as the data dictionary describes them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from locum.generator import plain_tables
from tests.oracles.bundled import find


@pytest.mark.parametrize("name", ["tiny", "default"])
def test_columns_have_the_names_of_the_dictionary_and_times_are_timestamps(name: str) -> None:
    """Whether they are stored as JSONL or as Parquet."""
    with plain_tables.connect(find(name)) as connection:
        described = connection.execute("DESCRIBE langsmith_examples").fetchall()
    assert [(column, kind) for column, kind, *_ in described] == [
        ("id", "VARCHAR"),
        ("dataset_id", "VARCHAR"),
        ("name", "VARCHAR"),
        ("inputs", "JSON"),
        ("outputs", "JSON"),
        ("metadata", "JSON"),
        ("source_run_id", "VARCHAR"),
        ("created_at", "TIMESTAMP"),
        ("modified_at", "TIMESTAMP"),
    ]


def test_times_are_in_utc(tmp_path: Path) -> None:
    (tmp_path / "langsmith").mkdir()
    text = '{"start_time": "2026-01-01T01:00:00+02:00"}\n{"start_time": null}\n'
    (tmp_path / "langsmith" / "runs.jsonl").write_text(text, encoding="utf-8")
    with plain_tables.connect(find(tmp_path)) as connection:
        rows = connection.execute("SELECT start_time FROM langsmith_runs").fetchall()
    assert rows == [(datetime(2025, 12, 31, 23),), (None,)]  # noqa: DTZ001 - a TIMESTAMP


def test_no_further_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "file.csv").write_text("a\n1\n", encoding="utf-8")
    with (
        plain_tables.connect(find("tiny")) as connection,
        pytest.raises(duckdb.PermissionException),
    ):
        connection.execute(f"SELECT * FROM '{tmp_path}/file.csv'")

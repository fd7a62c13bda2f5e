"""Dataset folders: found, checked row by row, and loaded as lenient as the vendors' own exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locum.datasets import dataset as datasets
from locum.engine.duckdb import DuckDB
from locum.exceptions import DatasetError


def written(folder: Path, **tables: list[Any] | str) -> str:
    """A dataset folder of these tables, `_` for `/` in their names; a text is written as it is."""
    for name, rows in tables.items():
        path = folder / f"{name.replace('_', '/', 1)}.jsonl"
        path.parent.mkdir(exist_ok=True)
        lines = rows if isinstance(rows, str) else "\n".join(map(json.dumps, rows))
        path.write_text(lines, encoding="utf-8")
    return str(folder)


def test_the_bundled_datasets_have_names() -> None:
    """Also those whose tables are made on first use."""
    assert {"default", "tiny", "empty", "spike"} <= set(datasets.names())
    for name in ("tiny", "spike"):
        assert datasets.find(name).name == name


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({}, ["no table", "keys.jsonl"]),
        ({"keys": '{"key": "k"\n'}, ["keys.jsonl:1", "not JSON"]),
        ({"keys": "\n[1]"}, ["keys.jsonl:2", "not a JSON object"]),
        ({"keys": [{"key": "k"}, {"kee": "k"}]}, ["keys.jsonl:2", "'kee'", "tenant_id"]),
        ({"langsmith_runs": [{"total_tokens": 1.5}]}, ["runs.jsonl:1", "total_tokens", "integer"]),
        ({"langsmith_runs": [{"total_tokens": 2**63}]}, ["runs.jsonl:1", "total_tokens"]),
        ({"langsmith_runs": [{"tags": ["a", 1]}]}, ["runs.jsonl:1", "tags", "list of text"]),
        ({"langsmith_runs": [{"start_time": "soon"}]}, ["runs.jsonl", "soon"]),
        ({"helicone_requests": [{"cost": "5.5"}]}, ["requests.jsonl:1", "cost", "5.5"]),
        ({"helicone_requests": [{"threat": 2}]}, ["requests.jsonl:1", "threat", "boolean"]),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(
    tmp_path: Path, tables: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(DatasetError) as error:
        DuckDB(datasets.find(written(tmp_path, **tables)))
    told = f"{error.value} {error.value.fix}"
    assert all(word in told for word in words), told
    assert "\n" not in told


def test_a_table_in_two_files_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path, keys=[])
    (tmp_path / "keys.parquet").write_bytes(b"")
    with pytest.raises(DatasetError, match="two files"):
        datasets.find(folder)


def test_a_manifest_must_be_json(tmp_path: Path) -> None:
    folder = written(tmp_path, keys=[])
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"manifest\.json is not JSON"):
        datasets.find(folder)


def test_what_clickhouse_exports_is_read(tmp_path: Path) -> None:
    """It writes 64-bit integers in quotes, booleans as 0 and 1, times without T or zone; a UUID
    may be written in any letter case."""
    row = {
        "organization_id": "AAAAAAAA-0000-4000-8000-00000000000B",
        "request_created_at": "2025-06-01 01:00:46.783",
        "cost": "3493577",
        "cache_enabled": 1,
        "threat": 0,
    }
    engine = DuckDB(datasets.find(written(tmp_path, helicone_requests=[row])))
    columns = "organization_id, request_created_us, cost, cache_enabled, threat, request_id"
    assert engine.rows(f"SELECT {columns} FROM helicone_requests") == [
        (
            "aaaaaaaa-0000-4000-8000-00000000000b",
            1_748_739_646_783_000,  # date -u -d '2025-06-01 01:00:46.783' +%s%6N
            3493577,
            True,
            False,
            "00000000-0000-0000-0000-000000000000",
        )
    ]

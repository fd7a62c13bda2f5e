"""The rows of the bundled datasets in plain Python, for tests to compute from."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from locum.datasets import dataset as datasets
from locum.datasets import logical_hash
from tests.oracles.bundled import find

Row = dict[str, Any]
Tables = dict[str, list[Row]]

DEMO = "11111111-1111-4111-8111-111111111111"
NOW = "2026-06-30T12:00:00.000000Z"
NO_CACHE = "00000000-0000-0000-0000-000000000000"
THREAD_KEYS = ("thread_id", "session_id", "conversation_id")


def read(dataset: datasets.Dataset) -> Tables:
    """The rows of every table, JSON columns parsed."""
    return {
        table: list(logical_hash.stored(file, table, dataset.tables[table]))
        for table, file in dataset.files.items()
    }


def is_whole(folder: Path) -> bool:
    """Whether the rows in the dataset's folder are those that its manifest tells."""
    dataset = find(folder)
    return bool(logical_hash.of_dataset(dataset) == dataset.manifest["logical_hash"])


def instant(time: str) -> datetime:
    return datetime.fromisoformat(time)


def by(rows: list[Row], column: str) -> dict[str, Row]:
    """The rows by a column that has no value twice."""
    found = {row[column]: row for row in rows}
    assert len(found) == len(rows)
    return found


def thread(run: Row) -> str | None:
    """The run's thread: the first of THREAD_KEYS that its metadata has."""
    return next((run["metadata"][key] for key in THREAD_KEYS if key in run["metadata"]), None)

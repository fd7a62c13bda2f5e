"""The tables of an imported dataset, written row by row."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Self

import orjson

from locum.datasets import atomic_folder as aside
from locum.datasets import logical_hash as fingerprint
from locum.datasets.dataset import TABLES, TIME
from locum.importer.rows import BadRow, Row

# What DuckDB reads as one object of JSON lines, by default (`maximum_object_size`).
LARGEST_ROW = 2**24
_TIMES = {
    table: [name for name, kind in columns.items() if kind == TIME]
    for table, columns in TABLES.items()
}


class Tables:
    """JSONL files in a folder, one for each table that gets a row. Close it by leaving it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, IO[bytes]] = {}
        self._lines: dict[str, list[bytes]] = {}
        self._latest = ""
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def write(self, table: str, row: Row) -> None:
        """Write a row without its nulls. Raises BadRow for one that no reader would take."""
        known = {name: row[name] for name in TABLES[table] if row.get(name) is not None}
        line = orjson.dumps(known, option=orjson.OPT_APPEND_NEWLINE)
        if len(line) > LARGEST_ROW:
            raise BadRow(f"found a row of {len(line):,} bytes, expected {LARGEST_ROW:,} at most")
        if table not in self._files:
            path = self._folder / f"{table}.jsonl"
            path.parent.mkdir(exist_ok=True)
            self._files[table] = self._open.enter_context(path.open("wb"))
            self._lines[table] = []
        self._files[table].write(line)
        self._lines[table].append(fingerprint.line(known))
        times = (known[name] for name in _TIMES[table] if name in known)
        self._latest = max(self._latest, *times, "")

    def rows(self) -> dict[str, int]:
        """How many rows each table has, in the order of the dictionary."""
        return {table: len(self._lines.get(table, ())) for table in TABLES}

    def finish(self, name: str, description: str) -> dict[str, Any]:
        """Write the manifest, which makes the folder a dataset, and return it.

        `now` is the latest time of any row.
        """
        self._open.close()
        manifest = {
            "name": name,
            "description": description,
            "now": self._latest,
            "rows": self.rows(),
            "logical_hash": fingerprint.digest(sorted(self._lines.items())),
        }
        aside.finish(self._folder, manifest)
        return manifest

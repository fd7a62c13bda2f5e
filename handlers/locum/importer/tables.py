"""The tables of an imported dataset, written row by row."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Self

import orjson
from attrs import frozen

from locum.datasets import atomic_folder, logical_hash
from locum.datasets.columns import TIME, Columns
from locum.datasets.jsonl import LARGEST_ROW
from locum.importer.rows import BadRow, Row


@frozen
class Encoded:
    """A row of a table as it is written."""

    table: str
    row: Row
    line: bytes


class Tables:
    """JSONL files in a folder, one for each table that gets a row. Close it by leaving it.
    `columns` are those of each table that may get one."""

    def __init__(self, folder: Path, columns: Mapping[str, Columns]) -> None:
        self._folder = folder
        self._columns = columns
        self._times = {
            table: [name for name, kind in kinds.items() if kind == TIME]
            for table, kinds in columns.items()
        }
        self._files: dict[str, IO[bytes]] = {}
        self._lines: dict[str, list[bytes]] = {}
        self._latest = ""
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def encode(self, table: str, row: Row) -> Encoded:
        """Return a row without its nulls. Raises BadRow for one that no reader would take."""
        known = {name: row[name] for name in self._columns[table] if row.get(name) is not None}
        line = orjson.dumps(known, option=orjson.OPT_APPEND_NEWLINE)
        if len(line) > LARGEST_ROW:
            raise BadRow(f"found a row of {len(line):,} bytes, expected {LARGEST_ROW:,} at most")
        return Encoded(table, known, line)

    def write(self, encoded: Encoded) -> None:
        """Write a row."""
        table, known = encoded.table, encoded.row
        if table not in self._files:
            path = self._folder / f"{table}.jsonl"
            path.parent.mkdir(exist_ok=True)
            self._files[table] = self._open.enter_context(path.open("wb"))
            self._lines[table] = []
        self._files[table].write(encoded.line)
        self._lines[table].append(logical_hash.line(known))
        times = (known[name] for name in self._times[table] if name in known)
        self._latest = max(self._latest, *times, "")

    def rows(self) -> dict[str, int]:
        """How many rows each table has, in the order of `columns`."""
        return {table: len(self._lines.get(table, ())) for table in self._columns}

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
            "logical_hash": logical_hash.digest(sorted(self._lines.items())),
        }
        atomic_folder.write_manifest(self._folder, manifest)
        return manifest

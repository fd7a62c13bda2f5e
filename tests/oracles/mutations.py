"""Ways to break a dataset, for both formats: what is done, and what must be said of it.

A mutation changes rows (row_mutations.py, value_mutations.py), or the files that were written of
them (file_mutations.py). The dataset that is broken is a part of `tiny`: whole traces with all that
belongs to them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import duckdb
from attrs import field, frozen

from tests.conftest import rows_of_tiny
from tests.oracles.bundled import TABLES

Row = dict[str, Any]
Tables = dict[str, list[Row]]

ERROR, DOUBT, FINE = "error", "doubt", "fine"
JSONL, PARQUET = FORMATS = ("jsonl", "parquet")
KEYS, PROJECTS, DATASETS = "keys", "langsmith/sessions", "langsmith/datasets"
EXAMPLES, RUNS, FEEDBACK = "langsmith/examples", "langsmith/runs", "langsmith/feedback"
REQUESTS, TAGS = "helicone/requests", "helicone/session_tags"
NOW = "2026-06-30T12:00:00.000000Z"
CREATED = "request_created_at"
ABSENT = "dddddddd-0000-4000-8000-00000000000d"
TRACES = 3  # of each project

_TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "time": "VARCHAR",
    "json": "JSON",
    "list of text": "VARCHAR[]",
    "map of text": "MAP(VARCHAR, VARCHAR)",
    "map of integers": "MAP(VARCHAR, BIGINT)",
}


@frozen
class Mutation:
    """What is done to the rows, and what is to be found in `table`: in its `column` (None: in the
    whole file), with a word of the message. `change` returns the number of the row at fault, from
    1, None where no row is. `types` are those that columns of the table have in Parquet."""

    name: str
    change: Callable[[Tables], int | None]
    expected: str
    table: str = ""
    column: str | None = None
    word: str = ""
    types: Mapping[str, str] = field(factory=dict)
    formats: tuple[str, ...] = FORMATS


@frozen
class FileMutation:
    """What is done to the files in the folder, whose tables are written as files of a format; and
    the file about which something is to be said, with a word of that."""

    name: str
    change: Callable[[Path, str], object]
    expected: str
    file: str = ""
    word: str = ""
    formats: tuple[str, ...] = FORMATS


def base() -> Tables:
    """The first traces of each project of `tiny`, and what belongs to them."""
    rows: Tables = {table: rows_of_tiny(table) for table in TABLES}
    roots = [run for run in rows[RUNS] if run["parent_run_id"] is None]
    chosen = {
        run["id"]
        for project in rows[PROJECTS]
        for run in [root for root in roots if root["session_id"] == project["id"]][:TRACES]
    }
    rows[RUNS] = [run for run in rows[RUNS] if run["trace_id"] in chosen]
    ids = {run["id"] for run in rows[RUNS]}
    rows[FEEDBACK] = [each for each in rows[FEEDBACK] if each["run_id"] in ids]
    rows[REQUESTS] = [each for each in rows[REQUESTS] if each["request_id"] in ids]
    rows[EXAMPLES] = [each for each in rows[EXAMPLES] if each["source_run_id"] in {None, *ids}]
    sessions = {each["properties"].get("Helicone-Session-Id") for each in rows[REQUESTS]}
    rows[TAGS] = [each for each in rows[TAGS] if each["entity_id"] in sessions]
    return rows


def copied(rows: Tables) -> Tables:
    """The rows, to be changed."""
    return deepcopy(rows)


def write(folder: Path, rows: Tables, format_: str) -> None:
    """Write the rows as files of the format, and the manifest that tells of them."""
    for table, lines in rows.items():
        write_table(folder, table, lines, format_)
    write_manifest(folder, rows)


def write_manifest(folder: Path, rows: Tables) -> None:
    """Write the manifest of the rows."""
    counts = {table: len(lines) for table, lines in rows.items()}
    manifest = {"name": folder.name, "now": NOW, "rows": counts}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def write_table(
    folder: Path,
    table: str,
    rows: list[Row],
    format_: str,
    types: Mapping[str, str] | None = None,
) -> None:
    """Write the rows of a table; in Parquet, columns may have other `types` (NONE: no column)."""
    file = folder / f"{table}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    if format_ == JSONL:
        return
    known = {name: _TYPES[kind] for name, kind in TABLES[table].items()} | dict(types or {})
    known = {name: kind for name, kind in known.items() if kind != "NONE"}
    columns = ", ".join(f"\"{name}\": '{kind}'" for name, kind in known.items())
    chosen = ", ".join(
        f'CAST("{name}" AS VARCHAR) AS "{name}"' if kind == "JSON" else f'"{name}"'
        for name, kind in known.items()
    )
    # What is of another type than the column's new one becomes null.
    read = (
        f"read_json('{file}', format='newline_delimited', ignore_errors=true, "
        f"maximum_object_size={2**26}, columns={{{columns}}})"
    )
    duckdb.execute(f"COPY (SELECT {chosen} FROM {read}) TO '{file.with_suffix('.parquet')}'")
    file.unlink()


def place_of(rows: Tables, table: str, wanted: Callable[[Row], bool]) -> int:
    return next(place for place, row in enumerate(rows[table]) if wanted(row))


def put(table: str, column: str, value: Any, wanted: Callable[[Row], bool] | None = None) -> Any:
    """Put a value into a column of a row: the first that is wanted, else the second."""

    def change(rows: Tables) -> int:
        place = 1 if wanted is None else place_of(rows, table, wanted)
        rows[table][place][column] = value(rows) if callable(value) else value
        return place + 1

    return change


def twice(table: str) -> Any:
    def change(rows: Tables) -> int:
        rows[table].append(deepcopy(rows[table][1]))
        return len(rows[table])

    return change

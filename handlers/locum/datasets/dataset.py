"""A dataset is a folder of tables. This module alone knows their files, columns and types.

The data dictionary for people is fixtures/README.md; `TABLES` is the same for machines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from attrs import frozen

from locum.exceptions import DatasetError
from locum.resources import bundled

MANIFEST = "manifest.json"
TEXT, INTEGER, BOOLEAN, TIME, JSON = "text", "integer", "boolean", "time", "json"
TEXTS, TEXT_MAP, INTEGER_MAP = "list of text", "map of text", "map of integers"

# Column types in the order of the columns. Money is in nano-USD (1e-9 USD), a time is ISO-8601 in
# UTC. `_json` columns hold any JSON value; a detail map goes from category to a count.
TABLES: dict[str, dict[str, str]] = {
    "keys": {"key": TEXT, "provider": TEXT, "tenant_id": TEXT, "access": TEXT},
    "langsmith/sessions": {
        "id": TEXT,
        "tenant_id": TEXT,
        "name": TEXT,
        "description": TEXT,
        "start_time": TIME,
        "end_time": TIME,
        "reference_dataset_id": TEXT,
        "extra": JSON,
    },
    "langsmith/datasets": {"id": TEXT, "tenant_id": TEXT, "name": TEXT, "share_token": TEXT},
    "langsmith/examples": {
        "id": TEXT,
        "dataset_id": TEXT,
        "name": TEXT,
        "inputs": JSON,
        "outputs": JSON,
        "metadata": JSON,
        "source_run_id": TEXT,
        "created_at": TIME,
        "modified_at": TIME,
    },
    "langsmith/runs": {
        "id": TEXT,
        "tenant_id": TEXT,
        "session_id": TEXT,
        "trace_id": TEXT,
        "parent_run_id": TEXT,
        "name": TEXT,
        "run_type": TEXT,
        "status": TEXT,
        "start_time": TIME,
        "first_token_time": TIME,
        "end_time": TIME,
        "error": TEXT,
        "tags": TEXTS,
        "metadata": JSON,
        "inputs": JSON,
        "outputs": JSON,
        "reference_example_id": TEXT,
        "prompt_tokens": INTEGER,
        "completion_tokens": INTEGER,
        "total_tokens": INTEGER,
        "prompt_cost_nano": INTEGER,
        "completion_cost_nano": INTEGER,
        "total_cost_nano": INTEGER,
        "prompt_token_details": INTEGER_MAP,
        "completion_token_details": INTEGER_MAP,
        "prompt_cost_details_nano": INTEGER_MAP,
        "completion_cost_details_nano": INTEGER_MAP,
    },
    "langsmith/feedback": {
        "id": TEXT,
        "run_id": TEXT,
        "session_id": TEXT,
        "key": TEXT,
        "score": JSON,
        "value": JSON,
        "comment": TEXT,
        "correction": JSON,
        "source": JSON,
        "created_at": TIME,
        "modified_at": TIME,
    },
    "helicone/requests": {
        "request_id": TEXT,
        "organization_id": TEXT,
        "provider": TEXT,
        "model": TEXT,
        "user_id": TEXT,
        "status": INTEGER,
        "request_created_at": TIME,
        "response_created_at": TIME,
        "latency": INTEGER,
        "time_to_first_token": INTEGER,
        "prompt_tokens": INTEGER,
        "completion_tokens": INTEGER,
        "prompt_cache_read_tokens": INTEGER,
        "prompt_cache_write_tokens": INTEGER,
        "cost": INTEGER,
        "properties": TEXT_MAP,
        "scores": INTEGER_MAP,
        "country_code": TEXT,
        "request_body": TEXT,
        "response_body": TEXT,
        "cache_reference_id": TEXT,
        "cache_enabled": BOOLEAN,
        "threat": BOOLEAN,
        "target_url": TEXT,
        "prompt_id": TEXT,
        "prompt_version": TEXT,
        "request_referrer": TEXT,
        "is_passthrough_billing": BOOLEAN,
    },
    "helicone/session_tags": {
        "organization_id": TEXT,
        "entity_type": TEXT,
        "entity_id": TEXT,
        "tag": TEXT,
    },
}


@frozen
class Dataset:
    """A folder that has been looked at: its manifest ({} where there is none) and the file of
    each table that it has."""

    name: str
    folder: Path
    manifest: dict[str, Any]
    files: dict[str, Path]


def names() -> list[str]:
    """The names of the bundled datasets, sorted."""
    return sorted(path.parent.name for path in bundled("fixtures").glob(f"*/{MANIFEST}"))


def find(name_or_folder: str) -> Dataset:
    """The bundled dataset of that name, else the folder at that path. One that is bundled as a
    recipe is generated where it has not been yet, into the cache folder.

    Raises DatasetError where there is neither, where the folder has no table, and where the
    manifest is not JSON.
    """
    folder = bundled("fixtures") / name_or_folder
    if name_or_folder not in names():
        folder = Path(name_or_folder)
    elif not any(_file(folder, table) for table in TABLES):
        from locum.generator import cache  # noqa: PLC0415  # slow to load, and seldom needed

        folder = cache.folder(name_or_folder)
    if not folder.is_dir():
        raise DatasetError(
            f"no dataset {name_or_folder!r}: neither a bundled name nor a folder",
            f"name one of {', '.join(names())}, or the path of a dataset folder",
        )
    files = {table: file for table in TABLES if (file := _file(folder, table))}
    if not files:
        raise DatasetError(
            f"dataset {folder} has no table",
            f"put at least one of {', '.join(f'{table}.jsonl' for table in TABLES)} into it",
        )
    return Dataset(folder.resolve().name, folder, manifest(folder), files)


def _file(folder: Path, table: str) -> Path | None:
    found = [p for suffix in (".jsonl", ".parquet") if (p := folder / (table + suffix)).is_file()]
    if len(found) > 1:
        raise DatasetError(f"table {table} of {folder} has two files", "keep one of the two")
    return found[0] if found else None


def manifest(folder: Path) -> dict[str, Any]:
    """What the folder's manifest says, {} without one. Raises DatasetError where it is no JSON
    object."""
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        said = orjson.loads(path.read_bytes())
    except ValueError as error:
        raise DatasetError(f"{path} is not JSON: {error}", "regenerate the dataset") from None
    if not isinstance(said, dict):
        raise DatasetError(f"{path} is not a JSON object", "regenerate the dataset")
    return said


def read_rows(path: Path, table: str) -> Iterator[dict[str, Any]]:
    """The rows of a JSONL file, each checked against the columns of `table`.

    Absent columns are null. Raises DatasetError with file and line for a line that is not a JSON
    object, an unknown column, and a value of another type than the column's.
    """
    columns = TABLES[table]
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except ValueError as error:
                raise DatasetError(f"{path}:{number}: not JSON: {error}", _ONE_OBJECT) from None
            if not isinstance(row, dict):
                raise DatasetError(f"{path}:{number}: not a JSON object", _ONE_OBJECT)
            for name, value in row.items():
                if name not in columns:
                    raise DatasetError(
                        f"{path}:{number}: unknown column {name!r}",
                        f"the columns of {table} are {', '.join(columns)}",
                    )
                if value is not None and not _is(columns[name], value):
                    raise DatasetError(
                        f"{path}:{number}: {name} is {value!r:.80}, not {columns[name]}",
                        f"write {name} as {columns[name]} or null (fixtures/README.md)",
                    )
            yield row


_ONE_OBJECT = "each line of a JSONL table is one JSON object"
_INT64 = range(-(2**63), 2**63)
_QUOTED = re.compile(r"-?\d{1,19}\Z", re.ASCII)


def _is(kind: str, value: object) -> bool:
    if kind == JSON:
        return True
    if kind == TEXTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind == TEXT_MAP:
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    if kind == INTEGER_MAP:
        return isinstance(value, dict) and all(_is(INTEGER, item) for item in value.values())
    if kind == BOOLEAN:  # ClickHouse writes 0 and 1
        return isinstance(value, bool) or value in (0, 1)
    if kind == INTEGER and isinstance(value, str):  # and an integer of 64 bits in quotes
        return bool(_QUOTED.match(value)) and int(value) in _INT64
    if kind == INTEGER:
        return isinstance(value, int) and not isinstance(value, bool) and value in _INT64
    return isinstance(value, str)

"""A dataset is a folder of tables: JSONL or Parquet files, with a manifest.

Which tables there are, providers say (`tables`: the columns of each by name); the table `keys` may
be in every dataset. The data dictionary for people is fixtures/README.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from attrs import frozen

from locum.datasets.columns import Columns, is_of_type
from locum.exceptions import DatasetError, did_you_mean
from locum.resources import DATA_DICTIONARY, bundled

MANIFEST = "manifest.json"
# How its times are served: as they are, or so that its `now` is on the current day.
FIXED, LIVE = CLOCKS = ("fixed", "live")
_SUFFIXES = (".jsonl", ".parquet")


@frozen
class Dataset:
    """A folder that has been looked at: its manifest ({} where there is none), the columns of every
    table that it may have, the file of each that it has, and the files that are no part of a
    dataset (paths below the folder)."""

    name: str
    folder: Path
    manifest: dict[str, Any]
    tables: Mapping[str, Columns]
    files: dict[str, Path]
    unread: tuple[str, ...] = ()


def names() -> list[str]:
    """Return the names of the bundled datasets, sorted."""
    return sorted(path.parent.name for path in bundled("fixtures").glob(f"*/{MANIFEST}"))


def read(folder: Path, tables: Mapping[str, Columns]) -> Dataset:
    """Look at the folder.

    Raises DatasetError where the folder has none of the tables, a table that is not among them, or
    a table in two files, and where its manifest is not a JSON object.
    """
    files: dict[str, Path] = {}
    unread = []
    found = manifest(folder)
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if path.is_dir() or place.name.startswith(".") or place == Path(MANIFEST):
            continue
        if path.suffix not in _SUFFIXES:
            unread.append(place.as_posix())
            continue
        table = place.with_suffix("").as_posix()
        if table not in tables:
            raise DatasetError(
                f"dataset {folder} has the table {table}, which no provider declares"
                f"{did_you_mean(table, tables)}",
                f"the tables are {', '.join(tables)}; name the provider of {table} with "
                f"--provider, or move {place.name} away",
            )
        if table in files:
            raise DatasetError(f"table {table} of {folder} has two files", "keep one of the two")
        files[table] = path
    if not files:
        raise DatasetError(
            f"dataset {folder} has no table",
            f"put at least one of {', '.join(f'{table}.jsonl' for table in tables)} into it",
        )
    ordered = {table: files[table] for table in tables if table in files}
    return Dataset(folder.resolve().name, folder, found, tables, ordered, tuple(unread))


def manifest(folder: Path) -> dict[str, Any]:
    """Return what the folder's manifest says, {} without one.

    Raises DatasetError where it is no JSON object.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        value = orjson.loads(path.read_bytes())
    except ValueError as error:
        raise DatasetError(f"{path} is not JSON: {error}", "regenerate the dataset") from None
    if not isinstance(value, dict):
        raise DatasetError(f"{path} is not a JSON object", "regenerate the dataset")
    return value


def read_rows(path: Path, table: str, columns: Columns) -> Iterator[dict[str, Any]]:
    """Read the rows of a JSONL file, each checked against the columns of its table.

    Absent columns are null. Raises DatasetError with file and line for a line that is not a JSON
    object, an unknown column, and a value of another type than the column's.
    """
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
                if value is not None and not is_of_type(columns[name], value):
                    raise DatasetError(
                        f"{path}:{number}: {name} is {value!r:.80}, not {columns[name]}",
                        f"write {name} as {columns[name]} or null; see {DATA_DICTIONARY}",
                    )
            yield row


_ONE_OBJECT = "each line of a JSONL table is one JSON object"

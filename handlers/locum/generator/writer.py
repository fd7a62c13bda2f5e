"""Datasets on disk: written aside, then renamed, so that a reader never sees half of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import orjson

from locum.datasets import atomic_folder, logical_hash
from locum.datasets.columns import JSON, KEYS, Columns
from locum.datasets.dataset import MANIFEST
from locum.datasets.logical_hash import Row
from locum.engine.tables import file_types
from locum.generator.recipe import VERSION, Recipe, instant

# Read and edited by hand, whatever the format of the rest.
_ALWAYS_JSONL = (KEYS,)

Tables = Mapping[str, Columns]  # the columns of each table that a dataset may have


def write(
    recipe: Recipe,
    rows: Mapping[str, Iterable[Row]],
    out: Path,
    tables: Tables,
    *,
    manifest_only: bool = False,
) -> dict[str, Any]:
    """Write the dataset to the folder of its name in `out`, replacing the dataset that is there,
    and return its manifest.

    Raises DatasetError, and leaves all as it was, where there is anything but a dataset.
    """
    place = atomic_folder.resolved(out / recipe.name)
    with atomic_folder.exclusive(place.parent):
        return fill(recipe, rows, place, tables, manifest_only=manifest_only)


def fill(
    recipe: Recipe,
    rows: Mapping[str, Iterable[Row]],
    place: Path,
    tables: Tables,
    *,
    manifest_only: bool = False,
) -> dict[str, Any]:
    """Write it to the place, within `atomic_folder.exclusive` of the folder around."""
    with atomic_folder.replacing(place, tables) as new:
        manifest = describe(recipe, rows, tables, None if manifest_only else new)
        atomic_folder.write_manifest(new, manifest)
    return manifest


def names(recipe: Recipe, tables: Iterable[str]) -> set[str]:
    """The files of the dataset with these tables, as paths below its folder; the manifest is among
    them."""
    return {MANIFEST, *(f"{table}.{_format(recipe, table)}" for table in tables)}


def _format(recipe: Recipe, table: str) -> str:
    return "jsonl" if table in _ALWAYS_JSONL else recipe.format


def describe(
    recipe: Recipe,
    rows: Mapping[str, Iterable[Row]],
    tables: Tables,
    folder: Path | None = None,
) -> dict[str, Any]:
    """The manifest of the dataset, whose tables are written on the way where there is a folder."""
    counts: dict[str, int] = {}

    def lines() -> Iterator[tuple[str, list[bytes]]]:
        for table, drawn in sorted(rows.items()):
            known: Iterable[Row] = map(logical_hash.known, drawn)
            names: set[str] = set()
            if folder:
                known = _written(recipe, table, drawn, folder, names)
            hashed = [logical_hash.line_of_known(row) for row in known]
            counts[table] = len(hashed)
            yield table, hashed
            # Not kept while DuckDB reads the table, nor beside the next one's.
            hashed.clear()
            if folder and _format(recipe, table) == "parquet":
                columns = {
                    name: kind for name, kind in tables[table].items() if name in names or not names
                }
                _to_parquet(folder / f"{table}.jsonl", columns)

    digest = logical_hash.digest(lines())
    return {
        "name": recipe.name,
        "description": recipe.description,
        "seed": recipe.seed,
        "generator_version": VERSION,
        "now": f"{instant(recipe.now):%Y-%m-%dT%H:%M:%S}.000000Z",
        "rows": {table: counts[table] for table in rows},
        "logical_hash": digest,
    }


def _written(
    recipe: Recipe, table: str, rows: Iterable[Row], folder: Path, names: set[str]
) -> Iterator[Row]:
    """The rows without what is null in them, each written to the table's file as it goes by. The
    columns that they have, null or not, are added to the names: no others are drawn."""
    file, is_parquet = folder / f"{table}.jsonl", _format(recipe, table) == "parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as written:
        for row in rows:
            known = logical_hash.known(row)
            if not row.keys() <= names:
                names.update(row)
            # What is read again is a fifth shorter so; a column that is not there is null.
            shown = known if is_parquet else row
            written.write(orjson.dumps(shown, option=orjson.OPT_APPEND_NEWLINE))
            yield known


def _to_parquet(file: Path, columns: Columns) -> None:
    """Replace a JSONL file by a Parquet file of the same rows; JSON columns become JSON texts."""
    chosen = ", ".join(
        f"CAST({name} AS VARCHAR) AS {name}" if kind == JSON else name
        for name, kind in columns.items()
    )
    source = f"read_json($file, format='newline_delimited', columns={{{file_types(columns)}}})"
    with duckdb.connect(":memory:") as connection:
        relation = connection.sql(f"SELECT {chosen} FROM {source}", params={"file": str(file)})
        relation.write_parquet(str(file.with_suffix(".parquet")), compression="zstd")
    file.unlink()

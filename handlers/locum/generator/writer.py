"""Datasets on disk: written aside, then renamed, so that a reader never sees half of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import orjson

from locum.datasets import atomic_folder as aside
from locum.datasets import logical_hash as fingerprint
from locum.datasets.dataset import JSON, MANIFEST, TABLES
from locum.datasets.logical_hash import Row
from locum.engine import tables
from locum.generator.recipe_values import instant
from locum.generator.recipes import VERSION, Recipe

# Read and edited by hand, whatever the format of the rest.
_ALWAYS_JSONL = ("keys",)


def write(
    recipe: Recipe, rows: Mapping[str, Iterable[Row]], out: Path, *, tables: bool = True
) -> dict[str, Any]:
    """Write the dataset to the folder of its name in `out`, replacing the dataset that is there,
    and return its manifest; without `tables`, write the manifest alone.

    Raises DatasetError, and leaves all as it was, where there is anything but a dataset.
    """
    place = aside.resolved(out / recipe.name)
    with aside.alone(place.parent):
        return fill(recipe, rows, place, tables=tables)


def fill(
    recipe: Recipe, rows: Mapping[str, Iterable[Row]], place: Path, *, tables: bool = True
) -> dict[str, Any]:
    """`write`, for who is alone in the folder around the place."""
    with aside.replaced(place) as new:
        manifest = describe(recipe, rows, new if tables else None)
        aside.finish(new, manifest)
    return manifest


def names(recipe: Recipe) -> set[str]:
    """The files of the dataset, as paths below its folder; the manifest is among them."""
    return {MANIFEST, *(f"{table}.{_format(recipe, table)}" for table in TABLES)}


def _format(recipe: Recipe, table: str) -> str:
    return "jsonl" if table in _ALWAYS_JSONL else recipe.format


def describe(
    recipe: Recipe, rows: Mapping[str, Iterable[Row]], folder: Path | None = None
) -> dict[str, Any]:
    """The manifest of the dataset, whose tables are written on the way where there is a folder."""
    counts: dict[str, int] = {}

    def lines() -> Iterator[tuple[str, list[bytes]]]:
        for table in sorted(TABLES):
            made = _written(recipe, table, rows[table], folder) if folder else rows[table]
            hashed = [fingerprint.line(row) for row in made]
            counts[table] = len(hashed)
            yield table, hashed

    logical_hash = fingerprint.digest(lines())
    return {
        "name": recipe.name,
        "description": recipe.description,
        "seed": recipe.seed,
        "generator_version": VERSION,
        "now": f"{instant(recipe.now):%Y-%m-%dT%H:%M:%S}.000000Z",
        "rows": {table: counts[table] for table in TABLES},
        "logical_hash": logical_hash,
    }


def _written(recipe: Recipe, table: str, rows: Iterable[Row], folder: Path) -> Iterator[Row]:
    """The rows, each written to the table's file as it goes by."""
    file = folder / f"{table}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as written:
        for row in rows:
            written.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            yield row
    if _format(recipe, table) == "parquet":
        _to_parquet(file, table)


def _to_parquet(file: Path, table: str) -> None:
    """Replace a JSONL file by a Parquet file of the same rows; JSON columns become JSON texts."""
    columns = TABLES[table]
    chosen = ", ".join(
        f"CAST({name} AS VARCHAR) AS {name}" if kind == JSON else name
        for name, kind in columns.items()
    )
    source = f"read_json($file, format='newline_delimited', columns={{{tables.file_types(table)}}})"
    with duckdb.connect(":memory:") as connection:
        relation = connection.sql(f"SELECT {chosen} FROM {source}", params={"file": str(file)})
        relation.write_parquet(str(file.with_suffix(".parquet")), compression="zstd")
    file.unlink()

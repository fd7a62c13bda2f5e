"""Whether a folder is a dataset as it must be: all that is looked at when it is loaded, and whether
its rows are those that its manifest's hash was computed of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import orjson

from locum.datasets import dataset as datasets
from locum.datasets import logical_hash
from locum.datasets.columns import KEYS
from locum.datasets.dataset import MANIFEST, Dataset
from locum.datasets.findings import Finding
from locum.datasets.own_tables import folders
from locum.engine import checks
from locum.engine.duckdb import Connection, Engine
from locum.engine.tables import Table, of_folder
from locum.engine.typed import typed
from locum.exceptions import DatasetError
from locum.provider import Provider

_MOST = 100  # findings that are told


def lines(
    folder: Path, tables: Mapping[str, Table], providers: Sequence[Provider]
) -> Iterator[str]:
    """Tell what is wrong or odd, errors first: a line for each of the first findings, and one that
    counts the rest."""
    found = sorted(findings(folder, tables, providers), key=lambda each: not each.is_error)
    for each in found[:_MOST]:
        yield f"{'error' if each.is_error else 'warning'}: {each}; fix: {each.fix}"
    if more := len(found[_MOST:]):
        yield f"and {more:,} more"


def findings(
    folder: Path, tables: Mapping[str, Table], providers: Sequence[Provider]
) -> list[Finding]:
    """Find what is wrong or odd with the dataset in the folder, whose tables are among these, or
    its own."""
    columns = {name: table.columns for name, table in tables.items()}
    dataset = datasets.look(folder, columns)
    if not dataset.own and not dataset.files.keys() - {KEYS}:  # those of no provider that is known
        dataset = datasets.look(folder, columns, typed)
    tables = {**tables, **of_folder(dataset.own)}
    found = list(dataset.findings)
    names = sorted({*(each.name for each in providers), *folders(dataset.own)})

    def inspect(connection: Connection, rows: Mapping[str, int]) -> None:
        found.extend(checks.findings(connection, dataset, tables, rows, names))

    try:
        Engine(dataset, tables, inspect=inspect)
    except DatasetError as error:
        found += (each for each in error.findings if isinstance(each, Finding))
    if not any(each.is_error for each in found):
        found += _hash(dataset)
    return found


def _hash(dataset: Dataset) -> Iterator[Finding]:
    expected = dataset.manifest.get("logical_hash")
    if expected is None:
        return
    file = dataset.folder / MANIFEST
    fix = "make the dataset again, or delete its manifest.json"
    try:
        found = logical_hash.of_dataset(dataset)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        message = f"the hash of the rows cannot be computed: {error}"
        yield Finding(file, message, "mend the JSON", column="logical_hash", is_error=False)
        return
    if found != expected:
        message = f"logical_hash is {expected!r:.80}, expected that of the rows, {found}"
        yield Finding(file, message, fix, column="logical_hash", is_error=False)

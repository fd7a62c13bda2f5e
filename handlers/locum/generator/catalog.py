"""Datasets by name: the bundled ones, those that are generated on first use, and folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve

from locum.datasets import dataset
from locum.datasets.columns import KEYS, Columns
from locum.datasets.dataset import Dataset
from locum.exceptions import DatasetError, did_you_mean
from locum.provider import Provider
from locum.resources import bundled


def find(
    name_or_folder: str, tables: Mapping[str, Columns], providers: Sequence[Provider]
) -> Dataset:
    """Return the bundled dataset of that name, else the folder at that path, in which there may be
    the given tables.

    A dataset that is bundled as a recipe is generated where it has not been yet, into the cache
    folder. A provider's own data (`Provider.data`) stand in for tables of which the dataset has
    none. Raises DatasetError where there is neither, and for a folder that is no dataset.
    """
    folder = bundled("fixtures") / name_or_folder
    if name_or_folder not in dataset.names():
        folder = Path(name_or_folder)
    elif not any((folder / f"{KEYS}{suffix}").is_file() for suffix in (".jsonl", ".parquet")):
        from locum.generator import cache  # noqa: PLC0415  # slow to load, and seldom needed

        folder = cache.folder(name_or_folder, tables, providers)
    if not folder.is_dir():
        raise DatasetError(
            f"no dataset {name_or_folder!r}: neither a bundled name nor a folder"
            f"{did_you_mean(name_or_folder, dataset.names())}",
            f"name one of {', '.join(dataset.names())}, or the path of a dataset folder",
        )
    found = dataset.read(folder, tables)
    for provider in providers:
        if provider.data is not None and not found.files.keys() & provider.tables.keys():
            own = dataset.read(provider.data, tables).files
            found = evolve(
                found, files=found.files | {t: own[t] for t in provider.tables if t in own}
            )
    return found


def unread(chosen: Sequence[Dataset], providers: Sequence[Provider]) -> list[Path]:
    """Return the files that are no part of a dataset, in the folders of the chosen datasets and of
    the providers' own data."""
    tables = chosen[0].tables
    own = [dataset.read(each.data, tables) for each in providers if each.data is not None]
    return [each.folder / file for each in (*chosen, *own) for file in each.unread]

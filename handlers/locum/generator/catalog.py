"""Datasets by name: the bundled ones, those that are generated on first use, and folders."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve

from locum.datasets import dataset
from locum.datasets.columns import KEYS, Columns
from locum.datasets.dataset import Dataset, Typed
from locum.datasets.files import SUFFIXES
from locum.exceptions import DatasetError, did_you_mean
from locum.provider import Provider
from locum.resources import bundled

_NAMED = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9_-]*)=(?P<what>.+)", re.DOTALL)

log = logging.getLogger("locum")


def find(
    name_or_folder: str,
    tables: Mapping[str, Columns],
    providers: Sequence[Provider],
    typed: Typed | None = None,
) -> Dataset:
    """Return the bundled dataset of that name, else the folder at that path, in which there may be
    the given tables, its own, and those that are `typed`.

    A dataset that is bundled as a recipe is generated where it has not been yet, into the cache
    folder. A provider's own data (`Provider.data`) stand in for tables of which the dataset has
    none. Raises DatasetError where there is neither, and for a folder that is no dataset.
    """
    if name_or_folder not in dataset.names():
        found = _read(Path(name_or_folder), tables, typed)
    elif _is_committed(folder := bundled("fixtures") / name_or_folder):
        found = dataset.read(folder, tables)
    else:
        found = _generated(name_or_folder, tables, providers)
    return _with_own(found, tables, providers)


def find_named(
    text: str,
    tables: Mapping[str, Columns],
    providers: Sequence[Provider],
    typed: Typed | None = None,
) -> Dataset:
    """Return the dataset of a text as `--data` takes it: what `find` does, or NAME=, which names
    the scenario, and that. A folder with such a name is written as ./NAME=…"""
    named = _NAMED.fullmatch(text)
    if named is None:
        return find(text, tables, providers, typed)
    return find(named["what"], tables, providers, typed).renamed(named["name"])


def _is_committed(folder: Path) -> bool:
    return any((folder / f"{KEYS}{suffix}").is_file() for suffix in SUFFIXES)


def _read(folder: Path, tables: Mapping[str, Columns], typed: Typed | None) -> Dataset:
    if not folder.is_dir():
        raise DatasetError(
            f"no dataset {str(folder)!r}: neither a bundled name nor a folder"
            f"{did_you_mean(str(folder), dataset.names())}",
            f"name one of {', '.join(dataset.names())}, or the path of a dataset folder",
        )
    return dataset.read(folder, tables, typed)


def _generated(name: str, tables: Mapping[str, Columns], providers: Sequence[Provider]) -> Dataset:
    """The dataset in the cache folder, made again where a file of it is missing or no file."""
    from locum.generator import cache  # noqa: PLC0415  # slow to load, and seldom needed

    folder = cache.folder(name, tables, providers)
    state = cache.state(folder)

    def make_again() -> Dataset:
        anew = cache.folder(name, tables, providers, damaged=state)
        return _with_own(dataset.read(anew, tables), tables, providers)

    found = dataset.look(folder, tables)
    rows = found.manifest.get("rows")
    if found.findings or not isinstance(rows, dict) or not rows.keys() <= found.files.keys():
        damage = found.findings[0] if found.findings else "a file is missing"
        log.warning("%s is made again, because it is damaged: %s", folder, damage)
        return make_again()
    return evolve(found, make_again=make_again)


def _with_own(
    found: Dataset, tables: Mapping[str, Columns], providers: Sequence[Provider]
) -> Dataset:
    """The dataset with the providers' own tables, where it has none of theirs."""
    for provider in providers:
        if provider.data is not None:
            own, files = dataset.read(provider.data, tables), found.files
            if not files.keys() & provider.tables.keys():
                files = files | {t: own.files[t] for t in provider.tables if t in own.files}
            found = evolve(found, files=files, findings=(*found.findings, *own.findings))
    return found

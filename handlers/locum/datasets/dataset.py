"""A dataset is a folder of tables: JSONL or Parquet files, with a manifest.

Which tables there are, providers say (`tables`: the columns of each by name); the table `keys` may
be in every dataset. The data dictionary for people is fixtures/README.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
from attrs import evolve, frozen

from locum.datasets import files
from locum.datasets.columns import Columns
from locum.datasets.findings import Finding, refusal, refuse
from locum.datasets.jsonl import BOM
from locum.exceptions import DatasetError, did_you_mean
from locum.resources import bundled

MANIFEST = "manifest.json"
# How its times are served: as they are, or so that its `now` is on the current day.
FIXED, LIVE = CLOCKS = ("fixed", "live")


@frozen
class Dataset:
    """A folder that has been looked at: its manifest ({} where there is none), the columns of every
    table that it may have, the file of each that it has, and what was found in looking. A dataset
    that was generated can be made again by `make_again`.
    """

    name: str
    folder: Path
    manifest: dict[str, Any]
    tables: Mapping[str, Columns]
    files: dict[str, Path]
    findings: tuple[Finding, ...] = ()
    make_again: Callable[[], Dataset] | None = None

    def renamed(self, name: str) -> Dataset:
        """Return the same dataset under another name."""
        again = self.make_again
        anew = None if again is None else lambda: again().renamed(name)
        return evolve(self, name=name, make_again=anew)


def names() -> list[str]:
    """Return the names of the bundled datasets, sorted."""
    return sorted(path.parent.name for path in bundled("fixtures").glob(f"*/{MANIFEST}"))


def read(folder: Path, tables: Mapping[str, Columns]) -> Dataset:
    """Look at the folder.

    Raises DatasetError where the folder has none of the tables, a table that is not among them, or
    a table in two files; where what could be a table is none that can be read; and where its
    manifest is not a JSON object.
    """
    found = look(folder, tables)
    refuse(found.findings)
    return found


def look(folder: Path, tables: Mapping[str, Columns]) -> Dataset:
    """Look at the folder as `read` does, and keep what is wrong in the findings."""
    found: dict[str, Path] = {}
    findings = []
    said: dict[str, Any] = {}
    try:
        said = manifest(folder)
    except DatasetError as error:
        findings += [each for each in error.findings if isinstance(each, Finding)]
    try:
        for path in files.below(folder):
            place = path.relative_to(folder)
            table = place.with_suffix("").as_posix()
            if place == Path(MANIFEST):
                continue
            if fault := _fault(folder, place, tables):
                findings.append(fault)
            elif table in found:
                findings.append(_fault_of_two(found[table], path, table))
            else:
                found[table] = path
    except OSError as error:
        what = f"a folder that cannot be read ({error.strerror})"
        findings.append(
            Finding(Path(error.filename or folder), f"found {what}", "allow to read it")
        )
    if not found and not any(each.is_error for each in findings):
        fix = f"put at least one of {', '.join(f'{table}.jsonl' for table in tables)} into it"
        findings.append(Finding(folder, "has no table", fix))
    ordered = {table: found[table] for table in tables if table in found}
    return Dataset(folder.resolve().name, folder, said, tables, ordered, tuple(findings))


def _fault(folder: Path, place: Path, tables: Mapping[str, Columns]) -> Finding | None:
    """What is wrong with what is at a place below the folder, None where it is a table's file."""
    path, table = folder / place, place.with_suffix("").as_posix()
    claimed = place.with_name(place.name.partition(".")[0]).as_posix()
    of_tables = {name.rpartition("/")[0] for name in tables} - {""}
    is_theirs = any(around.as_posix() in of_tables for around in (Path(claimed), *place.parents))
    if path.suffix in files.SUFFIXES and table not in tables:
        return Finding(
            path,
            f"is the table {table}, which no provider declares{did_you_mean(table, tables)}",
            f"the tables are {', '.join(tables)}; name the provider of {table} with "
            f"--provider, or move {place.name} away",
        )
    if path.suffix not in files.SUFFIXES and not is_theirs and claimed not in tables:
        return Finding(path, "is no table: it is not read", "move it away", is_error=False)
    what = files.unreadable(path)
    if path.suffix in files.SUFFIXES and what is None:
        return None
    expected = "a table's file, whose name ends with .jsonl or .parquet"
    fix = "put a file in its place, or move it away"
    if what is None:
        what, fix = "a file that is no table", "convert, unpack or rename it, or move it away"
    return Finding(path, f"found {what}, expected {expected}", fix)


def _fault_of_two(first: Path, second: Path, table: str) -> Finding:
    message = f"the table {table} has two files, the other is {first.name}"
    return Finding(second, message, "keep one of the two")


def manifest(folder: Path) -> dict[str, Any]:
    """Return what the folder's manifest says, {} without one.

    Raises DatasetError where it is no JSON object.
    """
    path = folder / MANIFEST
    if not path.exists() and not path.is_symlink():
        return {}
    if what := files.unreadable(path):
        raise refusal([Finding(path, f"found {what}, expected a JSON object", _MEND)])
    try:
        value = orjson.loads(path.read_bytes().removeprefix(BOM))
    except ValueError as error:
        raise refusal([Finding(path, f"is not JSON: {error}", _MEND)]) from None
    if not isinstance(value, dict):
        raise refusal([Finding(path, "is not a JSON object", _MEND)])
    return value


_MEND = "mend or delete it, or make the dataset again"

"""A dataset is a folder of tables: JSONL, Parquet or CSV files, with a manifest.

Which tables there are, providers say (`tables`: the columns of each by name), or the folder itself
(`own_tables`); the table `keys` may be in every dataset. The data dictionary for people is
fixtures/README.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from attrs import evolve, field, frozen

from locum.datasets import files, own_tables
from locum.datasets import prices as price_lists
from locum.datasets.columns import Columns
from locum.datasets.findings import Finding, refusal, refuse
from locum.datasets.jsonl import BOM
from locum.datasets.own_tables import OwnTable
from locum.datasets.prices import Prices
from locum.exceptions import DatasetError, did_you_mean
from locum.resources import bundled

MANIFEST = "manifest.json"
# How its times are served: as they are, or so that its `now` is on the current day.
FIXED, LIVE = CLOCKS = ("fixed", "live")

# What makes a table of a file that is none of the known ones: a path, the table's name, and the
# folder. It returns none where it cannot, and what is to be told.
Typed = Callable[[Path, str, Path], tuple[OwnTable | None, Finding]]


@frozen
class Dataset:
    """A folder that has been looked at: its manifest ({} where there is none), the columns of every
    table that it may have, the file of each that it has, and what was found in looking. `own` are
    those tables that no provider has, but the folder, and `prices` those of models. A dataset that
    was generated can be made again by `make_again`.
    """

    name: str
    folder: Path
    manifest: dict[str, Any]
    tables: Mapping[str, Columns]
    files: dict[str, Path]
    findings: tuple[Finding, ...] = ()
    make_again: Callable[[], Dataset] | None = None
    own: Mapping[str, OwnTable] = field(factory=dict)
    prices: Prices = price_lists.NONE

    @property
    def is_bundled(self) -> bool:
        """Whether it comes with the package, as files or as a recipe."""
        return self.make_again is not None or self.folder.is_relative_to(bundled("fixtures"))

    @property
    def now(self) -> datetime | None:
        """The end of its time in UTC, as its manifest says; None where that says nothing. Raises
        ValueError where it says what is no time."""
        said = self.manifest.get("now")
        if said is None:
            return None
        if not isinstance(said, str):
            raise ValueError(said)  # noqa: TRY004 - as a text that is no time
        read = datetime.fromisoformat(said)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)

    def renamed(self, name: str) -> Dataset:
        """Return the same dataset under another name."""
        again = self.make_again
        anew = None if again is None else lambda: again().renamed(name)
        return evolve(self, name=name, make_again=anew)


def empty(name: str) -> Dataset:
    """Return a dataset without a table; its folder need not be there."""
    return Dataset(name, Path(name), {}, {}, {})


def names() -> list[str]:
    """Return the names of the bundled datasets, sorted."""
    return sorted(path.parent.name for path in bundled("fixtures").glob(f"*/{MANIFEST}"))


def read(folder: Path, tables: Mapping[str, Columns], typed: Typed | None = None) -> Dataset:
    """Look at the folder.

    Raises DatasetError where the folder has none of the tables and no prices, a table that is not
    among them, or a table in two files; where what could be a table is none that can be read; and
    where its manifest is not a JSON object, or its tables.yaml or prices.json not what it must be.
    """
    found = look(folder, tables, typed)
    refuse(found.findings)
    return found


def look(folder: Path, tables: Mapping[str, Columns], typed: Typed | None = None) -> Dataset:
    """Look at the folder as `read` does, and keep what is wrong in the findings.

    Beside the tables it may have those of its `tables.yaml`, and where it has none, those that
    `typed` makes of further files.
    """
    findings: list[Finding] = []
    said: dict[str, Any] = {}
    try:
        said = manifest(folder)
    except DatasetError as error:
        findings += [each for each in error.findings if isinstance(each, Finding)]
    declared = folder / own_tables.FILE
    looked = _Looked(folder, tables, typed)
    if declared.is_file():
        own, faults = own_tables.read(declared)
        findings += [*faults, *_both(declared, own, tables)]
        looked = _Looked(folder, tables, None, own)
    read_already, prices = [folder / MANIFEST, declared], price_lists.NONE
    if (listed := folder / price_lists.FILE).is_file():
        prices, faults = price_lists.read(listed)
        findings += faults
        read_already.append(listed)
    try:
        for path in files.below(folder):
            if path not in read_already:
                findings += looked.at(path)
    except OSError as error:
        what = f"a folder that cannot be read ({error.strerror})"
        findings.append(
            Finding(Path(error.filename or folder), f"found {what}", "allow to read it")
        )
    found, own, known = looked.files, looked.own, looked.known
    is_empty = not found and not own and prices is price_lists.NONE
    if is_empty and not any(each.is_error for each in findings):
        some = [*(f"{table}.jsonl" for table in tables), price_lists.FILE]
        fix = f"put at least one of {', '.join(some)} into it"
        findings.append(Finding(folder, "has no table", fix))
    findings += (_without_file(declared, name) for name in own if name not in found)
    findings += _alike(found, own)
    ordered = {table: found[table] for table in known if table in found}
    return Dataset(
        folder.resolve().name,
        folder,
        said,
        known,
        ordered,
        tuple(findings),
        own=own,
        prices=prices,
    )


class _Looked:
    """The files of a folder, by the tables they are, as far as it has been looked at."""

    def __init__(
        self,
        folder: Path,
        tables: Mapping[str, Columns],
        typed: Typed | None,
        own: dict[str, OwnTable] | None = None,
    ) -> None:
        self._folder, self._tables, self._typed = folder, tables, typed
        self.own = own or {}
        self.known = {**tables, **{name: table.columns for name, table in self.own.items()}}
        self.files: dict[str, Path] = {}

    def at(self, path: Path) -> Iterator[Finding]:
        """Look at what is at the path, and tell what is wrong with it."""
        place = path.relative_to(self._folder)
        table = place.with_suffix("").as_posix()
        if self._typed is not None and _is_own(path, table, self.known, self._tables):
            made, told = self._typed(path, table, self._folder)
            yield told
            if made is None:
                return
            self.own[table], self.known[table] = made, made.columns
        if fault := _fault(self._folder, place, self.known):
            yield fault
        elif table in self.files:
            yield _fault_of_two(self.files[table], path, table)
        else:
            self.files[table] = path


def _is_own(
    path: Path, table: str, known: Mapping[str, Columns], tables: Mapping[str, Columns]
) -> bool:
    """Whether the file is of a table that nobody has, nor is in a folder of somebody's tables."""
    theirs = {name.partition("/")[0] for name in tables if "/" in name}
    return (
        path.suffix in files.SUFFIXES
        and table not in known
        and table.partition("/")[0] not in theirs
        and files.unreadable(path) is None
    )


def _both(
    declared: Path, own: Mapping[str, OwnTable], tables: Mapping[str, Columns]
) -> Iterator[Finding]:
    for name in own.keys() & tables.keys():
        yield Finding(declared, f"declares {name}, which is a provider's", "leave it out")


def _without_file(declared: Path, name: str) -> Finding:
    names = " or ".join(f"{name}{suffix}" for suffix in files.SUFFIXES)
    message = f"declares {name}, which has no file: it is empty"
    return Finding(declared, message, f"write {names}", is_error=False)


def _alike(found: Mapping[str, Path], own: Mapping[str, OwnTable]) -> Iterator[Finding]:
    """Find tables that statements cannot tell apart: there `/` is `_`, and case does not matter."""
    names: dict[str, str] = {}
    for table in sorted({*found, *own}):
        other = names.setdefault(table.replace("/", "_").lower(), table)
        if other != table and (table in own or other in own):
            message = f"the table {table} has the same name in statements as {other}"
            file = found.get(table) or found.get(other) or Path(own_tables.FILE)
            yield Finding(file, message, "give one of the two another name")


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
            f"--provider, declare it in {folder / own_tables.FILE}, or move {place.name} away",
        )
    if path.suffix not in files.SUFFIXES and not is_theirs and claimed not in tables:
        return Finding(path, "is no table: it is not read", "move it away", is_error=False)
    what = files.unreadable(path)
    if path.suffix in files.SUFFIXES and what is None:
        return None
    expected = "a table's file, whose name ends with .jsonl, .parquet or .csv"
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

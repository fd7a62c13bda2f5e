"""From a dataset that is served, or was recorded, to a dataset folder: whole or not at all."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, Self

import orjson
from attrs import frozen

from locum.datasets import logical_hash, own_tables
from locum.datasets.atomic_folder import exclusive, replacing, write_manifest
from locum.datasets.columns import KEYS, Columns
from locum.datasets.dataset import MANIFEST
from locum.datasets.sorted_lines import SortedLines, TablesDigest
from locum.engine.as_files import AsFiles
from locum.exceptions import DatasetError
from locum.importer.anonymise import Anonymiser

Row = dict[str, Any]

_SUFFIX = ".jsonl"
_AGAIN = "save it again"


class Source(Protocol):
    """What is saved. `tables` are the names of those that may have rows, sorted."""

    @property
    def tables(self) -> list[str]:
        """The names of the tables that may have rows, sorted."""
        ...

    def rows(self, table: str) -> Iterator[Row]:
        """Give the rows of a table, without columns that are null."""
        ...

    def further(self) -> Mapping[str, bytes]:
        """Return the files beside the tables, by their names."""
        ...

    def manifest(self, rows: Mapping[str, int], digest: str) -> dict[str, Any]:
        """Return the manifest of so many rows of each table, with this hash."""
        ...


class Archive:
    """An archive of `locum.http.archives`. Close it by leaving it. Raises DatasetError where it is
    not whole."""

    def __init__(self, file: Path) -> None:
        try:
            self._packed = zipfile.ZipFile(file)
        except zipfile.BadZipFile:
            raise DatasetError("what the server sent is not whole", _AGAIN) from None
        self._manifest: dict[str, Any] = {}
        with ExitStack() as failing:
            failing.enter_context(self._packed)
            self._manifest = self._read_manifest()
            failing.pop_all()

    def _read_manifest(self) -> dict[str, Any]:
        for name in self._packed.namelist():
            place = PurePosixPath(name)
            if place.is_absolute() or ".." in place.parts or "\\" in name:
                raise DatasetError(f"the server sent the file {name!r:.80}", "ask another server")
        try:
            found = orjson.loads(self._packed.read(MANIFEST))
        except (zipfile.BadZipFile, KeyError, ValueError):
            found = None
        if not isinstance(found, dict):
            raise DatasetError("what the server sent has no manifest", _AGAIN)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._packed.close()

    @property
    def tables(self) -> list[str]:
        """As Source says."""
        names = self._packed.namelist()
        return sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))

    def rows(self, table: str) -> Iterator[Row]:
        """As Source says. Raises DatasetError where a row was damaged on its way."""
        try:
            with self._packed.open(f"{table}{_SUFFIX}") as file:
                yield from map(orjson.loads, file)
        except (zipfile.BadZipFile, ValueError):
            raise DatasetError(f"the rows of {table} came damaged", _AGAIN) from None

    def further(self) -> dict[str, bytes]:
        """As Source says."""
        names = {name for name in self._packed.namelist() if not name.endswith(_SUFFIX)}
        return {name: self._packed.read(name) for name in sorted(names - {MANIFEST})}

    def manifest(self, rows: Mapping[str, int], digest: str) -> dict[str, Any]:
        """As Source says."""
        own = {n: v for n, v in self._manifest.items() if n not in ("rows", "logical_hash")}
        incomplete = own.pop("incomplete", None)
        made = {**own, "rows": dict(rows), "logical_hash": digest}
        return made if incomplete is None else {**made, "incomplete": incomplete}


@frozen
class Served:
    """A dataset in this process, and what is incomplete of it."""

    files: AsFiles
    incomplete: list[dict[str, Any]]

    @property
    def tables(self) -> list[str]:
        """As Source says."""
        return list(self.files.tables)

    def rows(self, table: str) -> Iterator[Row]:
        """As Source says."""
        return self.files.rows(table)

    def further(self) -> dict[str, bytes]:
        """As Source says."""
        return {name: file.read_bytes() for name, file in self.files.further.items()}

    def manifest(self, rows: Mapping[str, int], digest: str) -> dict[str, Any]:
        """As Source says."""
        made = self.files.manifest(rows, digest)
        return {**made, "incomplete": self.incomplete} if self.incomplete else made


@frozen(kw_only=True)
class Saving:
    """Where to save, and how: `columns` are those of the tables of providers; where something is
    there already it is kept unless it `replaces` it. `hide` makes what replaces texts, of the
    columns of all tables. Where it does, `keys` are those of a dataset without any: the tenant that
    any key opened is hidden then."""

    place: Path
    columns: Mapping[str, Columns]
    replaces: bool = False
    hide: Any = None
    keys: tuple[Row, ...] = ()

    def save(self, source: Source, name: str) -> dict[str, Any]:
        """Write the dataset, and return its manifest.

        Raises DatasetError, and leaves all as it was, where it cannot be written, and for a place
        that holds anything.
        """
        if not self.replaces and self.place.exists():
            fix = "choose another NAME or --out, or give --replace"
            raise DatasetError(f"{self.place} is there already", fix)
        tables = {*self.columns, *source.tables}
        try:
            with exclusive(self.place.parent), replacing(self.place, tables) as folder:
                return self._write(source, folder, name)
        except OSError as error:
            raise DatasetError(
                f"{error.filename or self.place}: {error.strerror}",
                "choose an --out that can be written",
            ) from None

    def _write(self, source: Source, folder: Path, name: str) -> dict[str, Any]:
        for other, content in source.further().items():
            (folder / other).write_bytes(content)
        anonymiser = self._anonymiser(source, folder)
        digest = TablesDigest()
        counts: dict[str, int] = {}
        for table in source.tables if anonymiser is None else sorted({*source.tables, KEYS}):
            if anonymiser is None:
                rows = source.rows(table)
            else:
                rows = (anonymiser.row(table, row) for row in self._rows(source, table))
            count = _write_table(folder / f"{table}{_SUFFIX}", table, rows, digest)
            if count:
                counts[table] = count
        manifest = source.manifest(counts, digest.hex()) | {"name": name}
        if anonymiser is not None:
            manifest["description"] = f"{manifest.get('description', '')}, anonymised".lstrip(", ")
        write_manifest(folder, manifest)
        return manifest

    def _rows(self, source: Source, table: str) -> Iterator[Row]:
        found = source.rows(table) if table in source.tables else iter(())
        if table != KEYS:
            return found
        first = next(found, None)
        return iter(self.keys) if first is None else chain((first,), found)

    def _anonymiser(self, source: Source, folder: Path) -> Anonymiser | None:
        if self.hide is None:
            return None
        declared = folder / own_tables.FILE
        own, _ = own_tables.read(declared) if declared.is_file() else ({}, [])
        columns = {**self.columns, **{table: its.columns for table, its in own.items()}}
        for table in source.tables:
            if table not in columns:
                raise DatasetError(
                    f"{table} cannot be anonymised: nothing declares its columns",
                    f"declare them in {own_tables.FILE}, or leave out --anonymise",
                )
        hidden: Anonymiser = self.hide(columns)
        return hidden


def _write_table(file: Path, table: str, rows: Iterator[Row], digest: TablesDigest) -> int:
    """Write the rows, if any, and return how many they are."""
    count = 0
    first = next(rows, None)
    if first is None:
        return count
    file.parent.mkdir(parents=True, exist_ok=True)
    with SortedLines() as lines, file.open("wb") as written:
        row: Row | None = first
        while row is not None:
            count += 1
            known = logical_hash.known(row)
            lines.add(logical_hash.line_of_known(known))
            # As it is sent, keys in their order: previews and answers show it.
            written.write(orjson.dumps(known, option=orjson.OPT_APPEND_NEWLINE))
            row = next(rows, None)
        digest.add(table, lines)
    return count

"""From export files to a dataset folder, whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from attrs import define, field, frozen

from locum.datasets.atomic_folder import exclusive, replacing
from locum.datasets.columns import KEYS, Columns
from locum.exceptions import DatasetError
from locum.importer import sources
from locum.importer.anonymise import Anonymiser
from locum.importer.report import Report
from locum.importer.rows import BadRow, ExportRow, Row
from locum.importer.tables import Encoded, Tables
from locum.provider import Export, Exports, Gathering


@frozen(kw_only=True)
class Reading:
    """How rows are read: `exports` are those of each provider by name, `columns` those of each
    table that a dataset may have.

    `provider` decides where the rows do not tell whose they are; `tenant` owns those that do not
    tell their tenant.
    """

    exports: Mapping[str, Exports]
    columns: Mapping[str, Columns]
    tenant: str
    provider: str | None = None
    anonymiser: Anonymiser | None = None
    _kinds: tuple[tuple[str, Export], ...] = field(init=False)

    @_kinds.default
    def _chosen(self) -> tuple[tuple[str, Export], ...]:
        return tuple(
            (name, kind)
            for name, exports in self.exports.items()
            for kind in exports.kinds
            if self.provider in (None, name)
        )

    def kind(self, fields: Row) -> tuple[str, Export]:
        """Return the provider and the kind of a row: the first kind whose fields it has.

        Raises BadRow where it has those of none, and no provider is given.
        """
        for name, kind in self._kinds:
            if all(field in fields for field in kind.fields):
                return name, kind
        if self.provider is not None:
            return self._kinds[0]
        *others, last = (f"{' and '.join(kind.fields)} ({kind.noun})" for _, kind in self._kinds)
        neither = f"neither {', '.join(others)} nor {last}" if others else f"no {last}"
        raise BadRow(f"found {neither}, expected one of them, or --provider")


@define
class Importer:
    """Takes one row after another into the tables."""

    reading: Reading
    tables: Tables
    report: Report
    _seen: dict[str, set[str | bytes]] = field(init=False, factory=dict)
    _tenants: dict[tuple[str, str], None] = field(init=False, factory=dict)
    _gatherings: dict[str, Gathering] = field(init=False)

    @_gatherings.default
    def _gather(self) -> dict[str, Gathering]:
        exports = self.reading.exports
        return {name: each.gather() for name, each in exports.items() if each.gather is not None}

    def add(self, text: sources.Text) -> None:
        """Take the row of a text; a bad one goes to the report."""
        self.report.read += 1
        try:
            self._add(ExportRow.parse(text.json))
        except BadRow as error:
            self.report.bad_row(text.place, text.fault or str(error))

    def _add(self, exported: ExportRow) -> None:
        provider, kind = self.reading.kind(exported.fields)
        row = kind.read(exported)
        seen, id_ = self._seen.setdefault(kind.table, set()), _compact(row[kind.id])
        if id_ in seen:
            raise BadRow(f"{kind.id}: found {row[kind.id]} again, expected every id once")
        if kind.tenant is not None:
            row[kind.tenant] = row[kind.tenant] or self.reading.tenant
        encoded = self._encode(kind.table, row)
        gathering = self._gatherings.get(provider)
        if gathering is None or gathering.add(kind.table, row, exported.fields):
            self.tables.write(encoded)
        seen.add(id_)
        if kind.tenant is not None:
            self._tenants[provider, row[kind.tenant]] = None
        self.report.rounded += exported.rounded
        unknown = exported.fields.keys() - exported.taken
        self.report.unknown.update(unknown.difference(kind.unused))

    def _encode(self, table: str, row: Row) -> Encoded:
        hidden = self.reading.anonymiser
        return self.tables.encode(table, hidden.row(table, row) if hidden else row)

    def finish(self, keys: Collection[str]) -> None:
        """Write what follows from the rows: what each provider has gathered of its own, and keys
        for its tenants. Raises DatasetError for what no reader would take."""
        for gathering in self._gatherings.values():
            for table, row in gathering.rows():
                try:
                    self.tables.write(self._encode(table, row))
                except BadRow as error:
                    raise DatasetError(
                        f"{table}: {error}", "take it out of the exports, or shorten its texts"
                    ) from None
            self.report.left_out += gathering.left_out()
        for provider, tenant in self._tenants:
            for key in keys:
                row = {"key": key, "provider": provider, "tenant_id": tenant, "access": "rw"}
                self.tables.write(self._encode(KEYS, row))


def _compact(id_: str) -> str | bytes:
    """The id in few bytes, if it is a UUID: an import holds all of them."""
    try:
        return UUID(id_).bytes
    except ValueError:
        return id_


def write(
    files: Sequence[str],
    place: Path,
    reading: Reading,
    report: Report,
    *,
    name: str,
    keys: Collection[str],
    skip_bad_rows: bool = False,
) -> dict[str, Any]:
    """Write the files' rows as the dataset at `place`, and return its manifest. The `keys` open the
    tenants of the rows.

    Raises DatasetError, and leaves all as it was, for a file that cannot be read, for bad rows
    unless they are skipped, where no row is left, and for a place that holds anything else.
    """
    columns = reading.columns
    try:
        with (
            exclusive(place.parent),
            replacing(place, columns) as folder,
            Tables(folder, columns) as tables,
        ):
            importer = Importer(reading, tables, report)
            for file in files:
                for text in sources.texts(file):
                    importer.add(text)
            if report.bad and not skip_bad_rows:
                raise DatasetError(
                    f"{report.bad:,} of {report.read:,} rows are bad; nothing was written",
                    "mend them, or leave them out with --skip-bad-rows",
                )
            if report.bad == report.read:
                raise DatasetError("there is no row to import", "name files that hold some")
            importer.finish(keys)
            return tables.finish(name, _description(reading, tables.rows()))
    except OSError as error:
        raise DatasetError(
            f"{error.filename or place}: {error.strerror}", "choose an --out that can be written"
        ) from None


def _description(reading: Reading, rows: Mapping[str, int]) -> str:
    tables = [kind.table for exports in reading.exports.values() for kind in exports.kinds]
    counts = ", ".join(f"{rows[table]:,} {table}" for table in tables)
    return f"imported{', anonymised' if reading.anonymiser else ''}: {counts}"

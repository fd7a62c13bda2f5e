"""From export files to a dataset folder, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from attrs import define, field, frozen

from locum.datasets.atomic_folder import alone, replaced
from locum.exceptions import DatasetError
from locum.helicone import exports as helicone
from locum.importer import sources
from locum.importer.anonymise import Anonymiser
from locum.importer.report import Report
from locum.importer.rows import BadRow, Given, Row
from locum.importer.tables import Tables
from locum.langsmith import exports as langsmith
from locum.langsmith.exported_projects import Projects

LANGSMITH, HELICONE = PROVIDERS = ("langsmith", "helicone")
# As in the bundled datasets: for rows that do not tell their tenant.
DEMO_TENANT = "11111111-1111-4111-8111-111111111111"
DEMO_KEY = "locum-demo-key"


@frozen
class Kind:
    """A kind of row: its table and id, its tenant's column if it has one, how it is read, and the
    known fields that are not."""

    provider: str
    table: str
    id: str
    tenant: str | None
    read: Callable[[Given], Row]
    unused: frozenset[str]


_RUN = Kind(LANGSMITH, "langsmith/runs", "id", "tenant_id", langsmith.run, langsmith.RUN_UNUSED)
_FEEDBACK = Kind(
    LANGSMITH, "langsmith/feedback", "id", None, langsmith.feedback, langsmith.FEEDBACK_UNUSED
)
_REQUEST = Kind(
    HELICONE,
    "helicone/requests",
    "request_id",
    "organization_id",
    helicone.request,
    helicone.REQUEST_UNUSED,
)


def _kind(fields: Row, provider: str | None) -> Kind:
    """The kind of a row, by the fields that only this kind has. Raises BadRow where it is unclear,
    and no provider is given."""
    if provider != HELICONE and "run_type" in fields:
        return _RUN
    if provider != HELICONE and {"run_id", "key"} <= fields.keys():
        return _FEEDBACK
    if provider != LANGSMITH and "request_id" in fields:
        return _REQUEST
    if provider is None:
        raise BadRow(
            "found neither run_type (a run), run_id and key (feedback) nor request_id (a request), "
            "expected one of them, or --provider"
        )
    return _RUN if provider == LANGSMITH else _REQUEST


@define
class Importer:
    """Takes one row after another into the tables."""

    tables: Tables
    report: Report
    provider: str | None = None
    anonymiser: Anonymiser | None = None
    _seen: dict[str, dict[bytes, str | None]] = field(init=False, factory=dict)
    _tenants: dict[tuple[str, str], None] = field(init=False, factory=dict)
    _projects: Projects = field(init=False, factory=Projects)
    _waiting: list[Row] = field(init=False, factory=list)

    def add(self, text: sources.Text) -> None:
        """Take the row of a text; a bad one goes to the report."""
        self.report.read += 1
        try:
            self._add(Given.parse(text.json))
        except BadRow as error:
            self.report.bad_row(text.place, text.fault or str(error))

    def _add(self, given: Given) -> None:
        kind = _kind(given.fields, self.provider)
        row = kind.read(given)
        seen, key = self._seen.setdefault(kind.table, {}), UUID(row[kind.id]).bytes
        if key in seen:
            raise BadRow(f"{kind.id}: found {row[kind.id]} again, expected every id once")
        if kind.tenant is not None:
            row[kind.tenant] = row[kind.tenant] or DEMO_TENANT
        if kind is _FEEDBACK and row["session_id"] is None:
            self._waiting.append(row)
        else:
            self._write(kind.table, row)
        seen[key] = row.get("session_id")
        if kind.tenant is not None:
            self._tenants[kind.provider, row[kind.tenant]] = None
        if kind is _RUN:
            self._projects.add(row)
            self.report.feedback_stats += bool(given.fields.get("feedback_stats"))
        self.report.rounded += given.rounded
        self.report.unknown.update(given.fields.keys() - given.taken - kind.unused)

    def _write(self, table: str, row: Row) -> None:
        self.tables.write(table, self.anonymiser.row(table, row) if self.anonymiser else row)

    def finish(self, keys: Collection[str]) -> None:
        """Write what follows from the rows: projects, datasets, examples, and keys for the tenants
        of each provider."""
        runs = self._seen.get(_RUN.table, {})
        for row in self._waiting:
            self._write(_FEEDBACK.table, row | {"session_id": runs.get(UUID(row["run_id"]).bytes)})
        examples = list(self._projects.known_examples())
        self.report.examples_left_out = len(self._projects.examples) - len(examples)
        for table, rows in (
            ("langsmith/sessions", self._projects.sessions()),
            ("langsmith/datasets", self._projects.datasets()),
            ("langsmith/examples", examples),
        ):
            for row in rows:
                self._write(table, row)
        for provider, tenant in self._tenants:
            for key in keys:
                row = {"key": key, "provider": provider, "tenant_id": tenant, "access": "rw"}
                self._write("keys", row)


def write(
    files: Sequence[str],
    place: Path,
    report: Report,
    *,
    name: str,
    provider: str | None = None,
    keys: Collection[str] = (DEMO_KEY,),
    anonymiser: Anonymiser | None = None,
    skip_bad_rows: bool = False,
) -> dict[str, Any]:
    """Write the files' rows as the dataset at `place`, and return its manifest.

    Raises DatasetError, and leaves all as it was, for a file that cannot be read, for bad rows
    unless they are skipped, where no row is left, and for a place that holds anything else.
    """
    try:
        with alone(place.parent), replaced(place) as folder, Tables(folder) as tables:
            importer = Importer(tables, report, provider, anonymiser)
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
            return tables.finish(name, _description(tables.rows(), anonymiser))
    except OSError as error:
        raise DatasetError(
            f"{error.filename or place}: {error.strerror}", "choose an --out that can be written"
        ) from None


def _description(rows: dict[str, int], anonymiser: Anonymiser | None) -> str:
    counts = ", ".join(f"{rows[kind.table]:,} {kind.table}" for kind in (_RUN, _FEEDBACK, _REQUEST))
    return f"imported{', anonymised' if anonymiser else ''}: {counts}"

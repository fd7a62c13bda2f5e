"""Rows that are written to in memory: a plain stand-in for the engine's layer. What was written is
loaded as a dataset of files, so that the operations that read can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from locum.engine.data import Data
from locum.engine.transactions import Key, Row
from locum.langsmith.operations import HANDLERS
from locum.langsmith.provider import PROVIDER as LANGSMITH
from locum.langsmith.writers import WRITERS
from locum.langsmith.writing.stamps import Stamps, new_stamps
from locum.openapi import documents
from locum.openapi.responses import Responses
from locum.provider import Answer
from tests.oracles.small_tables import data_of

T = TypeVar("T")
TENANT, OTHER = "0a000000-0000-4000-8000-000000000001", "0a000000-0000-4000-8000-000000000002"
NOON_US = 1_780_315_200_000_000  # 2026-06-01T12:00:00Z, which is when the clock begins


def uuid(number: int) -> str:
    """A UUID that tells a number."""
    return f"{number:08}-0000-4000-8000-000000000000"


def key_of(table: str, row: Row) -> Key:
    """What tells a row from others of its table."""
    if table == "langsmith/attachments":
        return row["run_id"], row["name"]
    return (row["id"], row["tenant_id"]) if table == "langsmith/sessions" else row["id"]


class Written:
    """Tables by their names, each with its rows by key. Its clock moves on by a second each time it
    is looked at, from noon of the first of June 2026, and ids that it makes count from 9,000."""

    def __init__(self, folder: Path, **tables: list[Row]) -> None:
        self._folder, self._loads = folder, 0
        self._data: Data | None = None
        self.tables: dict[str, dict[Key, Row]] = {
            f"langsmith/{name}": {}
            for name in ("sessions", "datasets", "examples", "runs", "feedback", "attachments")
        }
        for name, rows in tables.items():
            table = f"langsmith/{name}"
            self.tables[table] = {key_of(table, row): row for row in rows}
        seconds, ids = iter(range(1_000)), iter(range(9_000, 10_000))
        stamps = Stamps(lambda: NOON_US + next(seconds) * 1_000_000, lambda: uuid(next(ids)))
        self.kept: dict[str, dict[Any, Any]] = {}
        self.states: dict[Callable[[Data], Any], Any] = {new_stamps: stamps}

    @property
    def data(self) -> Data:
        """All rows, loaded."""
        if self._data is None:
            self._loads += 1
            folder = self._folder / str(self._loads)
            folder.mkdir()
            rows = {name: its.values() for name, its in self.tables.items()}
            self._data = data_of(folder, LANGSMITH.tables, rows, LANGSMITH.derived)
        return self._data

    def write(self, name: str, /, tenant: str = TENANT, **arguments: Any) -> Any:
        """Call the writer of that operation, and return its answer, which fits the document."""
        transaction = Transaction(self)
        answer = WRITERS[name](transaction, tenant, **arguments)
        self.keep(transaction)
        return checked(name, answer)

    def keep(self, transaction: Transaction) -> None:
        """Acknowledge what a transaction wrote."""
        self.tables, self.kept, self._data = transaction.tables, transaction.all_kept, None

    def read(self, name: str, /, tenant: str | None = TENANT, **arguments: Any) -> Any:
        """Ask an operation that reads; parameters that are not given have their defaults."""
        return _body(HANDLERS[name](self.data, tenant, **defaults(name) | arguments))

    def rows(self, table: str) -> list[Row]:
        """The rows of a table, in the order in which they first came."""
        return [*self.tables[f"langsmith/{table}"].values()]


class Transaction:
    """One change, which `Written.write` keeps where nothing is raised."""

    def __init__(self, written: Written) -> None:
        self._written = written
        self.tables = {name: dict(rows) for name, rows in written.tables.items()}
        self.all_kept = {name: dict(values) for name, values in written.kept.items()}

    @property
    def data(self) -> Data:
        return self._written.data

    def put(self, table: str, rows: Iterable[Row]) -> None:
        for row in rows:
            self.tables[table][key_of(table, row)] = dict(row)

    def delete(self, table: str, keys: Iterable[Key]) -> None:
        for key in keys:
            del self.tables[table][key]

    def rows(self, table: str, keys: Iterable[Key]) -> dict[Key, Row]:
        return {key: dict(self.tables[table][key]) for key in keys if key in self.tables[table]}

    def kept(self, name: str) -> dict[Any, Any]:
        return self.all_kept.setdefault(name, {})

    def kept_names(self) -> list[str]:
        return list(self.all_kept)

    def state(self, make: Callable[[Data], T]) -> T:
        states = self._written.states
        if make not in states:
            states[make] = make(self.data)
        found: T = states[make]
        return found


_FIRST, *_FURTHER = LANGSMITH.documents
_DOCUMENT = documents.load(_FIRST, further=_FURTHER)
OPERATIONS: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    documents.operation_name(*each): each for each in documents.operations(_DOCUMENT)
}


def checked(name: str, answer: Any) -> Any:
    """Return the body of an answer, which must fit the document's schema of what succeeds: none
    where there is none."""
    path, method, definition = OPERATIONS[name]
    (status,) = (status for status in definition["responses"] if status.startswith("2"))
    response = Responses(_DOCUMENT.schemas, path, method, definition).of(int(status))
    assert response is not None
    body = _body(answer)
    if not response.content:
        assert body is None
        return None
    schema = response.schema("application/json")
    assert schema is not None
    assert [*schema.errors(body)] == []
    return body


def _body(answer: Any) -> Any:
    return answer.body if isinstance(answer, Answer) else answer


def defaults(name: str) -> dict[str, Any]:
    """The parameters of an operation in path and query with their defaults, null where they have
    none."""
    _, _, definition = OPERATIONS[name]
    return {
        each["name"]: each["schema"].get("default")
        for each in definition.get("parameters", ())
        if each["in"] == "query"
    }

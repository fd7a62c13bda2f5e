"""The rows of a tenant as they are now, by their ids, which may be written in any case.

What is another tenant's is not there: nothing tells it from what nobody has.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from locum.engine.data import Data
from locum.engine.transactions import Row, Transaction
from locum.exceptions import NotFound
from locum.langsmith.tables import TABLES

SESSIONS, DATASETS, EXAMPLES = "langsmith/sessions", "langsmith/datasets", "langsmith/examples"
RUNS, FEEDBACK = "langsmith/runs", "langsmith/feedback"
ATTACHMENTS = "langsmith/attachments"


def session(transaction: Transaction, tenant: str, session_id: str) -> Row:
    """Return the row of a project. Raises NotFound."""
    key = (_exact(transaction, SESSIONS, session_id), tenant)
    row = transaction.rows(SESSIONS, [key]).get(key)
    if row is None:
        raise NotFound("session", session_id)
    return row


def dataset(transaction: Transaction, tenant: str, dataset_id: str) -> Row:
    """Return the row of a dataset. Raises NotFound."""
    return _own(transaction, DATASETS, tenant, dataset_id, "dataset")


def example(transaction: Transaction, tenant: str, example_id: str) -> Row:
    """Return the row of an example. Raises NotFound."""
    row = anybodys(transaction, EXAMPLES, example_id)
    owner = None if row is None else anybodys(transaction, DATASETS, row.get("dataset_id") or "")
    if row is None or owner is None or not is_of(owner, tenant):
        raise NotFound("example", example_id)
    return row


def run(transaction: Transaction, tenant: str, run_id: str) -> Row:
    """Return the row of a run. Raises NotFound."""
    return _own(transaction, RUNS, tenant, run_id, "run")


def _own(transaction: Transaction, table: str, tenant: str, row_id: str, kind: str) -> Row:
    row = anybodys(transaction, table, row_id)
    if row is None or not is_of(row, tenant):
        raise NotFound(kind, row_id)
    return row


def anybodys(transaction: Transaction, table: str, row_id: str) -> Row | None:
    """Return the row of that id, whoever's it is, None where there is none."""
    key = _exact(transaction, table, row_id)
    return transaction.rows(table, [key]).get(key)


def found(transaction: Transaction, table: str, ids: Iterable[str]) -> dict[str, Row]:
    """Return the rows of these ids, which are in lower case, whoever's they are."""
    in_capitals = transaction.state(_known_in_capitals)
    exact = {in_capitals.get((table, id_), id_): id_ for id_ in ids}
    return {exact[key]: row for key, row in transaction.rows(table, exact).items()}  # type: ignore[index]


def taken(transaction: Transaction, table: str, ids: Iterable[str]) -> str | None:
    """Return one of the ids, in lower case, that a row has, whoever's it is; None where all of them
    are free."""
    exact = {_exact(transaction, table, id_): id_.lower() for id_ in ids}
    found = transaction.rows(table, exact)
    return next((id_ for key, id_ in exact.items() if key in found), None)


def _exact(transaction: Transaction, table: str, row_id: str) -> str:
    """The id as the table writes it: in lower case, unless a dataset's own file has capitals."""
    lower = row_id.lower()
    return transaction.state(_known_in_capitals).get((table, lower), lower)


def _known_in_capitals(data: Data) -> dict[tuple[str, str], str]:
    return data.base.once(_in_capitals)


def _in_capitals(data: Data) -> dict[tuple[str, str], str]:
    """The ids with capitals by table and id in lower case. What is written has none, so that there
    are no more than at the beginning."""
    return {
        (table, lower): exact
        for table in (SESSIONS, DATASETS, EXAMPLES, RUNS, FEEDBACK)
        for lower, exact in data.rows(
            f"SELECT lower(id), id FROM {TABLES[table].name(table)} WHERE lower(id) <> id"
        )
    }


def is_of(row: Row, tenant: str) -> bool:
    """Whether a row with a tenant is that tenant's, whose id is compared in any case."""
    owner: Any = row.get("tenant_id")
    return isinstance(owner, str) and owner.lower() == tenant.lower()

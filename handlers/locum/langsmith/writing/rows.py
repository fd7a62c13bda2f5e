"""The rows of a tenant as they are now, by their ids, which may be written in any case.

What is another tenant's is not there: nothing tells it from what nobody has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from locum.engine.transactions import Row, Transaction
from locum.exceptions import NotFound
from locum.langsmith import selection
from locum.langsmith.tables import TABLES

SESSIONS, DATASETS, EXAMPLES = "langsmith/sessions", "langsmith/datasets", "langsmith/examples"
RUNS, FEEDBACK = "langsmith/runs", "langsmith/feedback"


def session(transaction: Transaction, tenant: str, session_id: str) -> Row:
    """Return the row of a project. Raises NotFound."""
    row = _session(transaction, tenant, session_id.lower())
    if row is not None:
        return row
    # As a dataset's own file may write it.
    exact = selection.project_of(transaction.data, tenant, session_id).id
    row = _session(transaction, tenant, exact)
    if row is None:
        raise NotFound("session", session_id)
    return row


def _session(transaction: Transaction, tenant: str, session_id: str) -> Row | None:
    key = (session_id, tenant)
    return transaction.rows(SESSIONS, [key]).get(key)


def dataset(transaction: Transaction, tenant: str, dataset_id: str) -> Row:
    """Return the row of a dataset. Raises NotFound."""
    row = anybodys(transaction, DATASETS, dataset_id)
    if row is None or not is_of(row, tenant):
        raise NotFound("dataset", dataset_id)
    return row


def example(transaction: Transaction, tenant: str, example_id: str) -> Row:
    """Return the row of an example. Raises NotFound."""
    row = anybodys(transaction, EXAMPLES, example_id)
    owner = None if row is None else anybodys(transaction, DATASETS, row.get("dataset_id") or "")
    if row is None or owner is None or not is_of(owner, tenant):
        raise NotFound("example", example_id)
    return row


def run(transaction: Transaction, tenant: str, run_id: str) -> Row:
    """Return the row of a run. Raises NotFound."""
    row = anybodys(transaction, RUNS, run_id)
    if row is None or not is_of(row, tenant):
        raise NotFound("run", run_id)
    return row


def anybodys(transaction: Transaction, table: str, row_id: str) -> Row | None:
    """Return the row of that id, whoever's it is, None where there is none."""
    key = row_id.lower()
    row = transaction.rows(table, [key]).get(key)
    if row is not None:
        return row
    relation = TABLES[table].name(table)
    for (exact,) in transaction.data.rows(
        f"SELECT id FROM {relation} WHERE lower(id) = $id AND id <> $id LIMIT 1", id=key
    ):
        return transaction.rows(table, [exact]).get(exact)
    return None


def taken(transaction: Transaction, table: str, ids: Sequence[str]) -> str | None:
    """Return one of the ids, all in lower case, that a row has, whoever's it is; None where all of
    them are free."""
    found = transaction.rows(table, ids)
    for id_ in ids:
        if id_ in found:
            return id_
    relation = TABLES[table].name(table)
    statement = f"SELECT lower(id) FROM {relation} WHERE lower(id) <> id"  # of few datasets
    in_capitals = {id_ for (id_,) in transaction.data.rows(statement)}
    return next((id_ for id_ in ids if id_ in in_capitals), None)


def is_of(row: Row, tenant: str) -> bool:
    """Whether a row with a tenant is that tenant's, whose id is compared in any case."""
    owner: Any = row.get("tenant_id")
    return isinstance(owner, str) and owner.lower() == tenant.lower()

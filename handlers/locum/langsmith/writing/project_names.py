"""Projects by their names: no two of a tenant's have the same."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from locum.engine.data import Data
from locum.engine.transactions import Row, Transaction
from locum.exceptions import NotFound
from locum.langsmith import selection
from locum.langsmith.writing import rows
from locum.langsmith.writing.stamps import stamps


@define
class _Known:
    """Ids by tenant and name, as they were last found or made. What is kept here may be out of
    date, so that it is looked at again; what is not here may be there."""

    ids: dict[tuple[str, str], str] = field(factory=dict)


def _known(_: Data) -> _Known:
    return _Known()


def named(transaction: Transaction, tenant: str, name: str) -> Row | None:
    """Return the row of the tenant's project of that name, None where there is none. Of several,
    which only a dataset's own files have, the first by its id."""
    known = transaction.state(_known)
    kept = known.ids.get((tenant, name))
    row = None if kept is None else _row(transaction, tenant, kept)
    if row is not None and row.get("name") == name:
        return row
    for project in selection.projects_of(transaction.data, tenant):
        row = _row(transaction, tenant, project.id) if project.name == name else None
        if row is not None and row.get("name") == name:  # as this change leaves it
            known.ids[tenant, name] = project.id
            return row
    return None


def put(transaction: Transaction, row: Row) -> None:
    """Add the row of a project, or change it: it is found by its name from now on."""
    transaction.put(rows.SESSIONS, [row])
    if row.get("name") is not None:
        transaction.state(_known).ids[row["tenant_id"], row["name"]] = row["id"]


def _row(transaction: Transaction, tenant: str, session_id: str) -> Row | None:
    key = (session_id, tenant)
    return transaction.rows(rows.SESSIONS, [key]).get(key)


@define
class ProjectsOfRuns:
    """The projects of a tenant as the runs that it sends name them."""

    transaction: Transaction
    tenant: str

    def check(self, session_id: str) -> None:
        """Raise NotFound where there is no project of that id."""
        rows.session(self.transaction, self.tenant, session_id)

    def named(self, name: str, start_time: str) -> str:
        """Return the id of the project of that name; where there is none, it is made, and begins
        then."""
        row: dict[str, Any] | None = named(self.transaction, self.tenant, name)
        if row is None:
            row = {
                "id": stamps(self.transaction).new_id(),
                "tenant_id": self.tenant,
                "name": name,
                "start_time": start_time,
            }
            put(self.transaction, row)
        return str(row["id"])


def is_there(transaction: Transaction, tenant: str, session_id: str) -> bool:
    """Whether the tenant has a project of that id."""
    try:
        rows.session(transaction, tenant, session_id)
    except NotFound:
        return False
    return True

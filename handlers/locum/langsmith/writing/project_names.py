"""Projects by their names: no two of a tenant's have the same."""

from __future__ import annotations

from collections.abc import Collection, MutableMapping

from attrs import define, field

from locum.engine.data import Data
from locum.engine.transactions import Row, Transaction
from locum.exceptions import NotFound
from locum.langsmith import selection
from locum.langsmith.writing import rows
from locum.langsmith.writing.stamps import stamps

# The names under which is kept when projects begin that runs have made by naming them, by their
# ids; and, with the tenant's behind it, the ids of projects that were written, by their names.
_STARTS, _WRITTEN = "langsmith/sessions made by runs", "langsmith/sessions by name"


@define
class _Known:
    """What was acknowledged of projects when it was asked for: ids of the dataset's own by tenant
    and name, and those that are there, by tenant and id. Whoever changes or deletes one has it
    forgotten, so that it is looked up again; one that is not here may be there."""

    base: Data
    ids: dict[tuple[str, str], str] = field(factory=dict)
    there: dict[tuple[str, str], str] = field(factory=dict)


def _known(data: Data) -> _Known:
    return _Known(data.base)


def named(transaction: Transaction, tenant: str, name: str) -> Row | None:
    """Return the row of the tenant's project of that name, None where there is none. Of several,
    which only a dataset's own files have, the first by its id.

    What is written is not loaded for it: that takes longer than all else.
    """
    known = transaction.state(_known)
    kept = _written(transaction, tenant).get(name) or known.ids.get((tenant, name))
    row = None if kept is None else _row(transaction, tenant, kept)
    if row is not None and row.get("name") == name:
        return row
    for project in selection.projects_of(known.base, tenant):
        row = _row(transaction, tenant, project.id) if project.name == name else None
        if row is not None and row.get("name") == name:  # as this change leaves it
            known.ids[tenant, name] = project.id
            return row
    return None


def put(transaction: Transaction, row: Row) -> None:
    """Add the row of a project, or change it."""
    forget(transaction, [row["id"]])
    _written(transaction, row["tenant_id"])[row["name"]] = row["id"]
    transaction.put(rows.SESSIONS, [row])


def _written(transaction: Transaction, tenant: str) -> MutableMapping[str, str]:
    return transaction.kept(f"{_WRITTEN} {tenant}")


def keep_start(transaction: Transaction, session_id: str) -> None:
    """Have a project begin when its row says, whenever its runs do."""
    transaction.kept(_STARTS).pop(session_id, None)


def forget(transaction: Transaction, session_ids: Collection[str]) -> None:
    """Have projects be looked up again, which are changed or deleted."""
    known = transaction.state(_known)
    names = [each for each in transaction.kept_names() if each.startswith(f"{_WRITTEN} ")]
    for kept in (known.ids, known.there, *map(transaction.kept, names)):
        for key in [key for key, session_id in kept.items() if session_id in session_ids]:
            del kept[key]


def _row(transaction: Transaction, tenant: str, session_id: str) -> Row | None:
    key = (session_id, tenant)
    return transaction.rows(rows.SESSIONS, [key]).get(key)


@define
class ProjectsOfRuns:
    """The projects of a tenant as the runs that it sends in one transaction name them: each is
    looked up once, and what was found is known to those that follow."""

    transaction: Transaction
    tenant: str
    _made: set[str] = field(factory=set, init=False)
    _starts: MutableMapping[str, str] = field(init=False)
    _written: MutableMapping[str, str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._starts = self.transaction.kept(_STARTS)
        self._written = _written(self.transaction, self.tenant)

    def check(self, session_id: str) -> None:
        """Raise NotFound where there is no project of that id."""
        known = self.transaction.state(_known).there
        key = self.tenant, session_id.lower()
        if key not in known and key[1] not in self._made:
            known[key] = rows.session(self.transaction, self.tenant, session_id)["id"]

    def named(self, name: str, start_time: str) -> str:
        """Return the id of the project of that name; where there is none, it is made. One that was
        made so begins with the first of its runs, whichever comes first (our choice)."""
        known = self.transaction.state(_known)
        kept = self._written.get(name) or known.ids.get((self.tenant, name))
        if kept is None:
            row = named(self.transaction, self.tenant, name)
            kept = self._make(name, start_time) if row is None else str(row["id"])
        self._begin(kept, start_time)
        return kept

    def _make(self, name: str, start_time: str) -> str:
        id_ = stamps(self.transaction).new_id()
        self._made.add(id_)
        row = {"id": id_, "tenant_id": self.tenant, "name": name, "start_time": start_time}
        put(self.transaction, row)
        self._starts[id_] = start_time
        return id_

    def _begin(self, session_id: str, start_time: str) -> None:
        """Have a project that runs have made begin then, unless it begins earlier."""
        before = self._starts.get(session_id)
        if before is None or before <= start_time:
            return
        row = _row(self.transaction, self.tenant, session_id)
        if row is not None:
            self.transaction.put(rows.SESSIONS, [row | {"start_time": start_time}])
            self._starts[session_id] = start_time


def is_there(transaction: Transaction, tenant: str, session_id: str) -> bool:
    """Whether the tenant has a project of that id."""
    try:
        rows.session(transaction, tenant, session_id)
    except NotFound:
        return False
    return True

"""What goes with what: runs and feedback with their projects, runs by their traces."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from locum.engine.data import Parameters
from locum.engine.transactions import Transaction
from locum.exceptions import InvalidRequest, InvalidValue, Unanswerable
from locum.langsmith.writing import below, project_names, rows
from locum.langsmith.writing.taken_in import pending_of

_MOST_TRACES = 1000  # in one request, as the vendor's page on purging data says


def delete_projects(transaction: Transaction, tenant: str, ids: Collection[str]) -> None:
    """Delete the tenant's projects of these ids, as the table writes them, with their runs, those
    too of which too little has come, the feedback on these, and their own."""
    parameters = Parameters()
    among = f"IN ({parameters.list([*ids])})"
    _delete_runs(transaction, tenant, f"session_id {among}", parameters)
    incomplete = pending_of(transaction, tenant).incomplete
    for run_id in [id_ for id_, run in incomplete.items() if run.sent.get("session_id") in ids]:
        del incomplete[run_id]
    parameters = Parameters()
    among = f"IN ({parameters.list([*ids])})"
    of_them = f"run IS NULL AND session_id {among}"
    _delete_feedback(transaction, of_them, parameters)
    project_names.forget(transaction, ids)
    transaction.delete(rows.SESSIONS, [(id_, tenant) for id_ in {*ids}])


def delete_runs(
    transaction: Transaction, tenant: str, /, body: Mapping[str, Any] | None
) -> dict[str, str]:
    """Delete whole traces, and the feedback on their runs: those of `trace_ids`, and those of which
    a run's metadata has any of the pairs of `metadata`; with both, those that are in both, and with
    `session_id` those alone that have a run in that project (our choices).

    A trace that is not there is passed over. Raises Unanswerable where nothing says which traces,
    NotFound for an unknown project, and InvalidRequest for more than 1,000 traces.
    """
    body = body or {}
    traces, metadata = body.get("trace_ids"), body.get("metadata")
    if traces is None and not metadata:
        raise Unanswerable("At least one of trace_ids or metadata is required; name it in the body")
    if len(traces or ()) > _MOST_TRACES:
        message = f"List should have at most {_MOST_TRACES} items"
        raise InvalidRequest((InvalidValue(("body", "trace_ids"), message, "too_long"),))
    parameters = Parameters()
    conditions = [f"tenant_id = {parameters.add(tenant)}"]
    if traces is not None:
        ids = parameters.list([each.lower() for each in traces])
        conditions.append(f"lower(trace_id) IN ({ids})")
    if body.get("session_id") is not None:
        session = rows.session(transaction, tenant, body["session_id"])["id"]
        conditions.append(f"session_id = {parameters.add(session)}")
    if metadata:
        pairs = [
            f"list_contains(json_extract_string(metadata, [{parameters.add(_pointer(key))}]), "
            f"{parameters.add(value)})"
            for key, value in metadata.items()
        ]
        conditions.append(f"({' OR '.join(pairs)})")
    found = transaction.data.rows(
        f"SELECT DISTINCT trace_id FROM runs WHERE {' AND '.join(conditions)}", parameters
    )
    parameters = Parameters()
    among = parameters.list([trace for (trace,) in found])
    count = _delete_runs(transaction, tenant, f"trace_id IN ({among})", parameters)
    return {"message": f"Runs deleted: {count}"}


def _pointer(key: str) -> str:
    """The JSON Pointer to a key (RFC 6901)."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _delete_runs(
    transaction: Transaction, tenant: str, condition: str, parameters: Parameters
) -> int:
    """Delete the tenant's runs for which the condition holds, and the feedback on them; return how
    many they were. Runs above them that stay no longer report what these used."""
    owner = parameters.add(tenant)
    found = transaction.data.rows(
        f"SELECT id, run FROM runs WHERE tenant_id = {owner} AND {condition}", parameters
    )
    if found:
        numbers = [run for _, run in found]
        below.take_back(transaction, tenant, pending_of(transaction, tenant), numbers)
        of_runs = Parameters()
        chosen = f"list_contains(CAST({of_runs.add(numbers)} AS INTEGER[]), run)"
        _delete_feedback(transaction, chosen, of_runs)
        _delete_attachments(transaction, numbers)
        transaction.delete(rows.RUNS, [id_ for id_, _ in found])
    return len(found)


def _delete_feedback(transaction: Transaction, condition: str, parameters: Parameters) -> None:
    found = transaction.data.rows(f"SELECT id FROM feedback WHERE {condition}", parameters)
    if found:
        transaction.delete(rows.FEEDBACK, [id_ for (id_,) in found])


def _delete_attachments(transaction: Transaction, numbers: list[int]) -> None:
    of_runs = Parameters()
    chosen = f"list_contains(CAST({of_runs.add(numbers)} AS INTEGER[]), run)"
    found = transaction.data.rows(
        "SELECT run_id, name FROM langsmith_attachments"
        f" WHERE run_id IN (SELECT id FROM runs WHERE {chosen})",
        of_runs,
    )
    if found:
        transaction.delete(rows.ATTACHMENTS, found)

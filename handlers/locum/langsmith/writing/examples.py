"""Examples made, changed and deleted.

A table holds an example as its last change left it, and no earlier version of it: what is deleted
is gone from all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import orjson

from locum.engine.transactions import Row, Transaction
from locum.exceptions import Conflict, InvalidRequest, InvalidValue, NotFound
from locum.langsmith import timestamps as times
from locum.langsmith.serializers import Example, example_fields
from locum.langsmith.writing import rows, unheld
from locum.langsmith.writing.split_names import BASE, SPLIT, listed
from locum.langsmith.writing.stamps import identifier, microseconds, moment, stamps
from locum.provider import Answer

_UNHELD = {
    "use_source_run_attachments": "attachments of examples",
    "attachments": "attachments of examples",
    "attachments_operations": "attachments of examples",
}
_CONTENTS = ("inputs", "outputs", "metadata")
_NO_CONTENT = 204

Place = tuple[str | int, ...]  # of an example in the body
Update = tuple[Place, str, Mapping[str, Any]]  # where it stands, of which example, what it gives


def create_example(
    transaction: Transaction, tenant: str, /, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Make the example of a body and answer with it. Raises what `made` does."""
    (row,) = made(transaction, tenant, [((), body)])
    return shown(row)


def create_examples(
    transaction: Transaction, tenant: str, /, body: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Make several examples, all or none, and answer with them. Raises what `made` does."""
    return [*map(shown, made(transaction, tenant, [((n,), each) for n, each in enumerate(body)]))]


def update_example(
    transaction: Transaction, tenant: str, /, example_id: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Change an example as an ExampleUpdate says. Raises what `changed` does."""
    return _counted(changed(transaction, tenant, [((), example_id, body)]))


def update_examples(
    transaction: Transaction, tenant: str, /, body: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Change several examples, all or none. Raises what `changed` does."""
    updates: list[Update] = [((n,), each["id"], each) for n, each in enumerate(body)]
    return _counted(changed(transaction, tenant, updates))


def delete_example(transaction: Transaction, tenant: str, /, example_id: str) -> dict[str, str]:
    """Delete an example: 404 for an unknown one."""
    return delete_examples(transaction, tenant, [example_id])


def delete_example_of(
    transaction: Transaction, tenant: str, /, dataset_id: str, example_id: str
) -> Answer:
    """Delete an example of a dataset: 404 for one that is not in it."""
    row = rows.example(transaction, tenant, example_id)
    if row["dataset_id"] != rows.dataset(transaction, tenant, dataset_id)["id"]:
        raise NotFound("example", example_id)
    deleted(transaction, tenant, [example_id])
    return Answer(_NO_CONTENT)


def delete_examples(
    transaction: Transaction, tenant: str, /, example_ids: Iterable[str]
) -> dict[str, str]:
    """Delete examples: 404, and nothing is deleted, where one is unknown."""
    return {"message": f"Examples deleted: {len(deleted(transaction, tenant, example_ids))}"}


def hard_delete_examples(
    transaction: Transaction, tenant: str, /, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Delete examples in all their versions, of which there is one: 404, and nothing is deleted,
    where one is unknown. Raises InvalidRequest unless hard_delete is true, as documented."""
    if body["hard_delete"] is not True:
        fault = InvalidValue(("body", "hard_delete"), "Only true is supported", "value_error")
        raise InvalidRequest((fault,))
    ids = [identifier(each, "example_ids", n) for n, each in enumerate(body["example_ids"])]
    found = deleted(transaction, tenant, ids)
    return {"count": len(found), "example_ids": found}


def made(
    transaction: Transaction, tenant: str, bodies: Iterable[tuple[Place, Mapping[str, Any]]]
) -> list[Row]:
    """Make an example of each body, and return their rows. All that is absent is the server's to
    give: an id, the time it is; the last change is at the creation (our choice: the vendor has one
    created_at for a batch make one version).

    `split` becomes `dataset_split` in the metadata, as a list; "base", which is where an example
    is that names none, is written down only where the metadata has another (our choices).

    Raises InvalidRequest without inputs, NotFound for an unknown dataset, or run whose inputs are
    to be used, Conflict for an id that is taken, and Refused for attachments.
    """
    found: dict[str, Row] = {}
    datasets: dict[str, Row] = {}
    now = stamps(transaction).now()
    for place, body in bodies:
        row = _made(transaction, tenant, place, body, datasets, now)
        if row["id"] in found:
            raise Conflict("example", row["id"])
        found[row["id"]] = row
    if taken := rows.taken(transaction, rows.EXAMPLES, found):
        raise Conflict("example", taken)
    transaction.put(rows.EXAMPLES, found.values())
    touch(transaction, found.values(), datasets)
    return [*found.values()]


def _made(
    transaction: Transaction,
    tenant: str,
    place: Place,
    body: Mapping[str, Any],
    datasets: dict[str, Row],
    now: str,
) -> Row:
    unheld.refuse(body, _UNHELD)
    dataset_id = _dataset(transaction, tenant, body["dataset_id"], datasets)
    inputs, outputs, run_id = body.get("inputs"), body.get("outputs"), body.get("source_run_id")
    if run_id is not None:
        run_id = identifier(run_id, *place, "source_run_id")
        run = rows.anybodys(transaction, rows.RUNS, run_id)
        if run is not None and not rows.is_of(run, tenant):
            raise NotFound("run", run_id)
        if body.get("use_source_run_io"):
            if run is None:
                raise NotFound("run", run_id)
            inputs = run.get("inputs") if inputs is None else inputs
            outputs = run.get("outputs") if outputs is None else outputs
        run_id = run_id if run is None else run["id"]
    if inputs is None:
        raise InvalidRequest(
            (InvalidValue(("body", *place, "inputs"), "Field required", "missing"),)
        )
    new_id = stamps(transaction).new_id
    created = moment(body.get("created_at"), *place, "created_at") or now
    return {
        "id": new_id() if body.get("id") is None else identifier(body["id"], *place, "id"),
        "dataset_id": dataset_id,
        "inputs": inputs,
        "outputs": outputs,
        "metadata": _with_split(body.get("metadata"), body.get("split")),
        "source_run_id": run_id,
        "created_at": created,
        "modified_at": moment(body.get("modified_at"), *place, "modified_at") or created,
    }


def _with_split(metadata: dict[str, Any] | None, split: Any) -> dict[str, Any] | None:
    """The metadata of a new example in that split. The document's default cannot be told from what
    is sent, and means the same."""
    if split is None or split == BASE:
        return metadata
    return (metadata or {}) | {SPLIT: listed(split)}


def changed(
    transaction: Transaction,
    tenant: str,
    updates: Iterable[Update],
    within: str | None = None,
) -> list[Row]:
    """Change examples in what each update gives, and return their rows. What is null is not given,
    as SDKs have it, unless `overwrite` is true: then the contents that are not given become null.
    New metadata replace what was there but for the splits, which `split` alone or the metadata's
    own `dataset_split` change; `dataset_id` moves an example (our choices).

    Raises NotFound for an unknown example or dataset, and one that is not in the dataset `within`;
    Refused for attachments.
    """
    found: dict[str, Row] = {}
    datasets: dict[str, Row] = {}
    now = stamps(transaction).now()
    for place, example_id, update in updates:
        unheld.refuse(update, _UNHELD)
        id_ = identifier(example_id, *place, "id")
        row = found.get(id_) or rows.example(transaction, tenant, id_)
        if within is not None and row["dataset_id"] != within:
            raise NotFound("example", example_id)
        _dataset(transaction, tenant, row["dataset_id"], datasets)
        row = row | _given(row, update) | {"modified_at": now}
        if update.get("dataset_id") is not None:
            row["dataset_id"] = _dataset(transaction, tenant, update["dataset_id"], datasets)
        found[row["id"]] = row
    transaction.put(rows.EXAMPLES, found.values())
    touch(transaction, found.values(), datasets)
    return [*found.values()]


def _given(row: Row, update: Mapping[str, Any]) -> Row:
    before = row.get("metadata") or {}
    given: Row = {name: update[name] for name in _CONTENTS if update.get(name) is not None}
    if update.get("overwrite"):
        given = dict.fromkeys(("outputs", "metadata")) | given
    if given.get("metadata") is not None and SPLIT in before:
        given["metadata"] = {SPLIT: before[SPLIT]} | given["metadata"]
    if update.get("split") is not None:
        metadata = given.get("metadata", before)
        given["metadata"] = (metadata or {}) | {SPLIT: listed(update["split"])}
    return given


def deleted(transaction: Transaction, tenant: str, example_ids: Iterable[str]) -> list[str]:
    """Delete examples and return their ids. Raises NotFound where one is unknown."""
    found = {
        row["id"]: row for row in (rows.example(transaction, tenant, each) for each in example_ids)
    }
    datasets = {
        row["dataset_id"]: rows.dataset(transaction, tenant, row["dataset_id"])
        for row in found.values()
    }
    transaction.delete(rows.EXAMPLES, [*found])
    now = stamps(transaction).now()
    transaction.put(rows.DATASETS, [row | {"modified_at": now} for row in datasets.values()])
    return [*found]


def _dataset(
    transaction: Transaction, tenant: str, dataset_id: str, datasets: dict[str, Row]
) -> str:
    """The id of a dataset as the table writes it, whose row is added to `datasets`."""
    row = datasets.get(dataset_id) or rows.dataset(transaction, tenant, dataset_id)
    datasets[row["id"]] = row
    return str(row["id"])


def touch(transaction: Transaction, examples: Iterable[Row], datasets: Mapping[str, Row]) -> None:
    """Have each dataset be changed no earlier than its examples. One that does not say when it was
    is as new as the newest of them anyway (`dataset_rows`)."""
    newest = {
        row["dataset_id"]: row["modified_at"]
        for row in sorted(examples, key=itemgetter("modified_at"))
    }
    for id_, time in newest.items():
        dataset = datasets[id_]
        before = dataset.get("modified_at")
        if before is not None and time > times.text(microseconds(dataset, "modified_at")):
            transaction.put(rows.DATASETS, [dataset | {"modified_at": time}])


def shown(row: Row) -> dict[str, Any]:
    """Return an example's row as it is read."""
    inputs, outputs, metadata = (
        None if row.get(name) is None else orjson.dumps(row[name]).decode() for name in _CONTENTS
    )
    return example_fields(
        Example(
            row["id"],
            row["dataset_id"],
            row.get("name"),
            inputs,
            outputs,
            metadata,
            row.get("source_run_id"),
            microseconds(row, "created_at"),
            microseconds(row, "modified_at"),
        )
    )


def _counted(found: Sequence[Row]) -> dict[str, Any]:
    return {"message": f"Examples updated: {len(found)}", "count": len(found)}

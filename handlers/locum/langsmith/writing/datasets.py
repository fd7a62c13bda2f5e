"""Datasets made, changed, copied and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from locum.engine.data import Parameters
from locum.engine.transactions import Row, Transaction
from locum.exceptions import Conflict, InvalidRequest, InvalidValue
from locum.langsmith.dataset_rows import Dataset, datasets_of
from locum.langsmith.datasets import dataset_fields
from locum.langsmith.examples import LATEST, SPLITS, changed_by
from locum.langsmith.writing import examples, rows, unheld
from locum.langsmith.writing.stamps import identifier, microseconds, moment, stamps

_UNHELD = {
    "inputs_schema_definition": "schemas of examples",
    "outputs_schema_definition": "schemas of examples",
    "transformations": "transformations of examples",
    "externally_managed": "datasets that are managed elsewhere",
    "baseline_experiment_id": "baselines of datasets",
    "tag_value_ids": "tags of datasets",
}
_MISSING = {"__missing__": "__missing__"}  # the vendor's mark of an absent field
_OF_UPDATE = (
    *("id", "tenant_id", "name", "description", "data_type", "created_at"),
    *("inputs_schema_definition", "outputs_schema_definition"),
    *("externally_managed", "transformations"),
)


def create_dataset(
    transaction: Transaction, tenant: str, /, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Make the dataset of a DatasetCreate and answer with it. Raises what `made` does."""
    return shown(made(transaction, tenant, body))


def update_dataset(
    transaction: Transaction, tenant: str, /, dataset_id: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Change a dataset in what the body gives, and the examples of `patch_examples`, and answer
    with the dataset. Null takes description and metadata away, and leaves the name (our choice).

    Raises NotFound, Conflict where another dataset has the name, and Refused.
    """
    unheld.refuse(body, _UNHELD)
    row = rows.dataset(transaction, tenant, dataset_id)
    given = {
        name: body[name]
        for name in ("name", "description", "metadata")
        if name in body and body[name] != _MISSING
    }
    if given.get("name", "") is None:
        del given["name"]
    if "name" in given and given["name"] != row.get("name"):
        _check_name(transaction, tenant, given["name"])
    row = row | given | {"modified_at": stamps(transaction).now()}
    patches = body.get("patch_examples") or {}
    examples.changed(
        transaction,
        tenant,
        [(("patch_examples", id_), id_, update) for id_, update in patches.items()],
        within=row["id"],
    )
    transaction.put(rows.DATASETS, [row])
    fields = shown(row)
    return {name: fields[name] for name in _OF_UPDATE}


def delete_dataset(transaction: Transaction, tenant: str, /, dataset_id: str) -> dict[str, str]:
    """Delete a dataset and its examples: 404 for an unknown one."""
    return delete_datasets(transaction, tenant, [dataset_id])


def delete_datasets(
    transaction: Transaction, tenant: str, /, dataset_ids: Iterable[str]
) -> dict[str, str]:
    """Delete datasets and their examples: 404, and nothing is deleted, where one is unknown.

    Experiments stay, with their runs, and still say what they were over (our choice).
    """
    ids = {rows.dataset(transaction, tenant, each)["id"] for each in dataset_ids}
    parameters = Parameters()
    found = transaction.data.rows(
        f"SELECT id FROM langsmith_examples WHERE dataset_id IN ({parameters.list([*ids])})",
        parameters,
    )
    transaction.delete(rows.EXAMPLES, [id_ for (id_,) in found])
    transaction.delete(rows.DATASETS, ids)
    return {"message": f"Datasets deleted: {len(ids)}"}


def clone_dataset(
    transaction: Transaction, tenant: str, /, body: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Copy examples of a dataset into another, and answer with the copies, by the creation of what
    they are copies of: of those in one of the splits of `split`, and of the ids in `examples`,
    where they are given, as of that version. 404 for an unknown dataset, version or example."""
    source = rows.dataset(transaction, tenant, body["source_dataset_id"])
    target = rows.dataset(transaction, tenant, body["target_dataset_id"])
    parameters = Parameters()
    conditions = [
        f"examples.dataset_id = {parameters.add(source['id'])}",
        changed_by(body.get("as_of") or LATEST, parameters),
    ]
    if body.get("examples"):
        ids = [rows.example(transaction, tenant, each)["id"] for each in body["examples"]]
        conditions.append(f"examples.id IN ({parameters.list(ids)})")
    if body.get("split") is not None:
        split = body["split"]
        names = parameters.add([split] if isinstance(split, str) else split)
        conditions.append(f"list_has_any({SPLITS}, CAST({names} AS VARCHAR[]))")
    found = transaction.data.rows(
        f"SELECT examples.id FROM langsmith_examples AS examples WHERE {' AND '.join(conditions)} "
        "ORDER BY examples.created_us NULLS LAST, examples.id",
        parameters,
    )
    originals = transaction.rows(rows.EXAMPLES, [id_ for (id_,) in found])
    now = stamps(transaction).now()
    copies = [
        originals[id_]
        | {
            "id": stamps(transaction).new_id(),
            "dataset_id": target["id"],
            "created_at": now,
            "modified_at": now,
        }
        for (id_,) in found
    ]
    transaction.put(rows.EXAMPLES, copies)
    examples.touch(transaction, copies, {target["id"]: target})
    return [*map(examples.shown, copies)]


def made(transaction: Transaction, tenant: str, body: Mapping[str, Any]) -> Row:
    """Make a dataset and return its row. Its metadata are those of `extra`, where SDKs send them;
    the rest of `extra` is not kept. When it was changed is not written down: it is as new as its
    newest example (`dataset_rows`).

    Raises Conflict where the name or the id is taken, InvalidRequest for an empty name, and
    Refused.
    """
    unheld.refuse(body, _UNHELD)
    if not body["name"]:
        fault = InvalidValue(
            ("body", "name"), "String should have at least 1 character", "too_short"
        )
        raise InvalidRequest((fault,))
    _check_name(transaction, tenant, body["name"])
    id_ = stamps(transaction).new_id() if body.get("id") is None else identifier(body["id"], "id")
    if rows.anybodys(transaction, rows.DATASETS, id_) is not None:
        raise Conflict("dataset", id_)
    metadata = (body.get("extra") or {}).get("metadata", body.get("metadata"))
    if not isinstance(metadata, dict | None):
        place = "body", "extra", "metadata"
        raise InvalidRequest((InvalidValue(place, "Expected an object", "dict_type", metadata),))
    row = {
        "id": id_,
        "tenant_id": tenant,
        "name": body["name"],
        "description": body.get("description"),
        "data_type": body.get("data_type") or "kv",
        "metadata": metadata,
        "created_at": moment(body.get("created_at"), "created_at") or stamps(transaction).now(),
    }
    transaction.put(rows.DATASETS, [row])
    return row


def _check_name(transaction: Transaction, tenant: str, name: str) -> None:
    if any(dataset.name == name for dataset in datasets_of(transaction.data, tenant)):
        raise Conflict("dataset", name)


def shown(row: Row, made_with: Iterable[Row] = ()) -> dict[str, Any]:
    """Return a dataset's row as it is read, with the examples that it was made with, and no
    experiment."""
    with_it = [*made_with]
    created = microseconds(row, "created_at") or 0
    changed = [microseconds(each, "modified_at") or 0 for each in with_it] or [created]
    return dataset_fields(
        Dataset(
            row["id"],
            row["tenant_id"],
            row.get("name") or "",
            row.get("description"),
            row.get("data_type") or "kv",
            row.get("share_token"),
            row.get("metadata"),
            created,
            microseconds(row, "modified_at") or max(changed),
            len(with_it),
            0,
            None,
        )
    )

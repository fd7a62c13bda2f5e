"""Metadata of many examples at once: keys are set, and lists under them changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from locum.engine.transactions import Row, Transaction
from locum.langsmith.ingestion.uuids import uuid_text
from locum.langsmith.writing import rows
from locum.langsmith.writing.examples import touch
from locum.langsmith.writing.split_names import SPLIT, splits_of
from locum.langsmith.writing.stamps import stamps
from locum.provider import Answer

_MULTI_STATUS = 207
_NOT_THERE = "The dataset has no such example"


def update_metadata(
    transaction: Transaction, tenant: str, /, dataset_id: str, body: Mapping[str, Any]
) -> Answer:
    """Apply the operations, in order, to each example of the dataset that is named, and answer for
    each id, in their order, whether there is one. 404 for an unknown dataset."""
    dataset = rows.dataset(transaction, tenant, dataset_id)
    ids = {each: uuid_text(each) or each for each in body["example_ids"]}
    found = {
        id_: row
        for id_, row in rows.found(transaction, rows.EXAMPLES, ids.values()).items()
        if row["dataset_id"] == dataset["id"]
    }
    now = stamps(transaction).now()
    changed = [
        row | {"metadata": changed_metadata(row, body["operations"]), "modified_at": now}
        for row in found.values()
    ]
    transaction.put(rows.EXAMPLES, changed)
    touch(transaction, changed, {dataset["id"]: dataset})
    statuses = [
        {"id": each, "status": "UPDATED"}
        if ids[each] in found
        else {"id": each, "status": "NOT_FOUND", "description": _NOT_THERE}
        for each in body["example_ids"]
    ]
    return Answer(_MULTI_STATUS, {"statuses": statuses})


def changed_metadata(row: Row, operations: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return an example's metadata after the operations. What is no list counts as an empty one,
    but the splits, which begin as they are read."""
    metadata = dict(row.get("metadata") or {})
    for operation in operations:
        key, kind = operation["key"], operation["operation"].upper()
        if kind == "SET":
            metadata[key] = operation.get("value")
            continue
        before = metadata.get(key)
        known = list(before) if isinstance(before, list) else []
        if key == SPLIT:
            known = splits_of({"metadata": metadata})
        values = operation.get("values") or []
        if kind == "ARRAY_ADD":
            added = dict.fromkeys(value for value in values if value not in known)
            metadata[key] = [*known, *added]
        else:
            metadata[key] = [value for value in known if value not in values]
    return metadata

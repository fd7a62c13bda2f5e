"""Splits of a dataset: examples are put into one, or taken out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locum.engine.transactions import Row, Transaction
from locum.exceptions import NotFound
from locum.langsmith.writing import rows
from locum.langsmith.writing.examples import touch
from locum.langsmith.writing.split_names import SPLIT, splits_of
from locum.langsmith.writing.stamps import stamps


def update_splits(
    transaction: Transaction, tenant: str, /, dataset_id: str, body: Mapping[str, Any]
) -> list[str]:
    """Add examples to a split, or with `remove` take them out of it, and answer with their ids: 404
    for an unknown dataset, and for an example that is not in it.

    An example that was in "base" since it named none stays there (our choice); one that is in no
    split any more is in "base" again.
    """
    dataset = rows.dataset(transaction, tenant, dataset_id)
    now, name = stamps(transaction).now(), body["split_name"]
    found: dict[str, Row] = {}
    for example_id in body["examples"]:
        row = rows.example(transaction, tenant, example_id)
        if row["dataset_id"] != dataset["id"]:
            raise NotFound("example", example_id)
        names = splits_of(row)
        if body.get("remove"):
            names = [each for each in names if each != name]
        elif name not in names:
            names = [*names, name]
        metadata = (row.get("metadata") or {}) | {SPLIT: names}
        found[row["id"]] = row | {"metadata": metadata, "modified_at": now}
    transaction.put(rows.EXAMPLES, found.values())
    touch(transaction, found.values(), {dataset["id"]: dataset})
    return [*found]

"""The datasets of a tenant, and what is counted of each: its examples, and its experiments (the
projects over it)."""

from __future__ import annotations

from typing import Any

import orjson
from attrs import frozen

from locum.engine.data import Data
from locum.exceptions import NotFound
from locum.langsmith.unchanged import unless_changed


@frozen
class Dataset:
    """A dataset's row, and what is counted of it; times in microseconds.

    Where the row does not say it, the type is kv, the time of creation is that of its oldest
    example, and the last change is that of its last example (our choices: the API shows none of
    them as null). `last_session_us` is the start of its latest experiment, null without one.
    """

    id: str
    tenant_id: str
    name: str
    description: str | None
    data_type: str
    share_token: str | None
    metadata: dict[str, Any] | None
    created_us: int
    modified_us: int
    example_count: int
    session_count: int
    last_session_us: int | None


_DATASETS = """
    SELECT datasets.id, datasets.tenant_id, coalesce(name, ''), description,
           coalesce(data_type, 'kv'), share_token, CAST(metadata AS VARCHAR),
           coalesce(datasets.created_us, of_examples.created_us, datasets.modified_us, 0),
           coalesce(datasets.modified_us, of_examples.modified_us, datasets.created_us, 0),
           coalesce(example_count, 0), coalesce(session_count, 0), last_session_us
    FROM langsmith_datasets AS datasets
    LEFT JOIN (
        SELECT dataset_id AS id, count(*) AS example_count, min(created_us) AS created_us,
               max(coalesce(modified_us, created_us)) AS modified_us
        FROM langsmith_examples GROUP BY dataset_id
    ) AS of_examples USING (id)
    LEFT JOIN (
        SELECT tenant_id, reference_dataset_id AS id, count(*) AS session_count,
               max(start_us) AS last_session_us
        FROM langsmith_sessions GROUP BY ALL
    ) AS of_sessions USING (tenant_id, id)
    ORDER BY datasets.id
"""


def datasets_of(data: Data, tenant: str | None) -> list[Dataset]:
    """Return the tenant's datasets by id. They are few, and read once: to count takes longer than
    anything that is asked of them."""
    return data.once(_by_tenant).get(tenant, [])


def dataset_of(data: Data, tenant: str | None, dataset_id: str) -> Dataset:
    """Return the tenant's dataset of that id, which may be written in any case. Raises NotFound."""
    for dataset in datasets_of(data, tenant):
        if dataset.id.lower() == dataset_id.lower():
            return dataset
    raise NotFound("dataset", dataset_id)


@unless_changed("langsmith_datasets", "langsmith_examples", "langsmith_sessions")
def _by_tenant(data: Data) -> dict[str | None, list[Dataset]]:
    found: dict[str | None, list[Dataset]] = {}
    for id_, tenant, name, description, data_type, token, metadata, *rest in data.rows(_DATASETS):
        read = None if metadata is None else orjson.loads(metadata)
        dataset = Dataset(id_, tenant, name, description, data_type, token, read, *rest)
        found.setdefault(tenant, []).append(dataset)
    return found

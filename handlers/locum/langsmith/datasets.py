"""Datasets: the list of them in both versions of the API, one of them, its versions, splits and
share token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from locum.engine.data import Data, Parameters
from locum.exceptions import NotFound
from locum.langsmith import cursors, selection
from locum.langsmith import timestamps as times
from locum.langsmith.containment import contains, object_of
from locum.langsmith.dataset_rows import Dataset, dataset_of, datasets_of
from locum.langsmith.examples import LATEST, SPLITS, changed_by, version_at

_COST = 2_000  # to compare, sort and show a dataset, in units of `engine.data.Work`
_COST_OF_EXAMPLE = 100  # to tell when it was changed
_PAGE = 20  # of v2 where page_size is absent


def read_datasets(data: Data, tenant: str, /, **asked: Any) -> list[dict[str, Any]]:
    """Answer with the page of the tenant's datasets that match.

    All parameters are ANDed: `id` and `data_type` name what is wanted, `name` is exact,
    `name_contains` in any letter case, `metadata` a JSON object that is contained. Datasets without
    the value that they are sorted by come last in both directions; ties are in the order of their
    ids (our choices). No dataset stores corrections, so that there is none to leave out.
    Raises InvalidRequest for other metadata.
    """
    found = _sorted(data, tenant, asked, descending=asked["sort_by_desc"])
    page = found[asked["offset"] : asked["offset"] + asked["limit"]]
    return [dataset_fields(dataset, asked.get("exclude")) for dataset in page]


def query_datasets(data: Data, tenant: str, /, **asked: Any) -> dict[str, Any]:
    """Answer, in v2, with a page of the tenant's datasets that match, as `read_datasets` says, and
    with the cursor of the next one, null at the end. Raises Unanswerable for a cursor that is none.
    """
    asked["sort_by"] = asked.get("sort_by") or "last_session_start_time"
    descending = asked.get("sort_order") != "asc"
    found = _sorted(data, tenant, asked, descending=descending)
    column = _SORTED_BY[asked["sort_by"]]
    question = [
        "datasets",
        tenant,
        {name: value for name, value in asked.items() if name not in ("cursor", "page_size")},
    ]
    page, next_cursor = cursors.page(
        found,
        lambda dataset: (getattr(dataset, column), dataset.id),
        question,
        after=asked.get("cursor"),
        size=asked.get("page_size") or _PAGE,
        descending=descending,
    )
    return {
        "items": [dataset_fields(dataset, asked.get("exclude")) for dataset in page],
        "next_cursor": next_cursor,
    }


def read_dataset(
    data: Data,
    tenant: str,
    dataset_id: str,
    limit: int = 1,  # noqa: ARG001 - SDKs send it, and there is one
) -> dict[str, Any]:
    """Answer with one of the tenant's datasets: 404 where there is none of that id."""
    return dataset_fields(dataset_of(data, tenant, dataset_id))


def read_share(data: Data, tenant: str, dataset_id: str) -> dict[str, Any] | None:
    """Answer with a dataset's token, null where it is not shared: 404 for an unknown dataset."""
    dataset = dataset_of(data, tenant, dataset_id)
    if dataset.share_token is None:
        return None
    return {"dataset_id": dataset.id, "share_token": dataset.share_token}


def read_shared_dataset(
    data: Data,
    tenant: str | None,  # noqa: ARG001 - public: the token says whose dataset it is
    share_token: str,
    **_page: Any,
) -> dict[str, Any]:
    """Answer with the dataset that is shared under the token, without its counts of experiments:
    404 for an unknown token. There is one, so that limit and order are always as asked."""
    dataset_id, owner = selection.shared_dataset(data, share_token)
    shown = dataset_fields(dataset_of(data, owner, dataset_id))
    return {name: value for name, value in shown.items() if name not in _NOT_PUBLIC}


def read_versions(data: Data, tenant: str, dataset_id: str, **asked: Any) -> list[dict[str, Any]]:
    """Answer with the page of a dataset's versions, the newest first: 404 for an unknown dataset.

    There is one for each time at which examples were changed, as far as a dataset knows: their last
    change. The newest is tagged "latest", and no other has a tag. `example` asks for those that
    changed it, `search` for those of which a tag contains the text, in any letter case (our
    choices).
    """
    dataset_id = selection.dataset_of(data, tenant, dataset_id)
    found = _versions(data, dataset_id)
    newest = max(found, default=None)
    if asked.get("example") is not None:
        found = _versions(data, dataset_id, asked["example"])
    if (asked.get("search") or "").lower() not in LATEST:
        found = []
    elif asked.get("search"):
        found = [version for version in found if version == newest]
    page = found[asked.get("offset", 0) :][: asked.get("limit", 100)]
    return [
        {"tags": [LATEST] if version == newest else None, "as_of": times.text(version)}
        for version in page
    ]


def read_version(
    data: Data, tenant: str, dataset_id: str, as_of: str | None = None, tag: str | None = None
) -> dict[str, Any]:
    """Answer with a dataset's newest version, at that time or before, and with that tag, where they
    are given: 404 where there is none, and for an unknown dataset."""
    dataset_id = selection.dataset_of(data, tenant, dataset_id)
    found = _versions(data, dataset_id)
    newest = max(found, default=None)
    moment = None if as_of is None else version_at(as_of)
    for version in found:
        tags = [LATEST] if version == newest else None
        if (moment is None or version <= moment) and (tag is None or tag in (tags or ())):
            return {"tags": tags, "as_of": times.text(version)}
    raise NotFound("version", tag or as_of or LATEST)


def diff_versions(
    data: Data, tenant: str, dataset_id: str, from_version: str, to_version: str
) -> dict[str, list[str]]:
    """Answer with the ids, sorted, of the examples that were created after one version and by the
    other, and of those that were there and whose last change was in between; no dataset knows of
    removed ones (our choices). 404 for an unknown dataset or version."""
    parameters = Parameters()
    of_it = parameters.add(selection.dataset_of(data, tenant, dataset_id))
    first, last = version_at(from_version), version_at(to_version)
    rows = data.rows(
        f"SELECT id, created_us, modified_us FROM langsmith_examples WHERE dataset_id = {of_it} "
        "ORDER BY id",
        parameters,
    )
    added, modified = [], []
    for id_, created, changed in rows:
        data.spend(_COST_OF_EXAMPLE)
        if _is_between(created, first, last):
            added.append(id_)
        elif _is_between(changed, first, last):
            modified.append(id_)
    return {"examples_added": added, "examples_modified": modified, "examples_removed": []}


def _is_between(time: int | None, first: int | None, last: int | None) -> bool:
    """Whether a time is after a version and not after another; null is the latest one, and a time
    that is not known is in no version."""
    if time is None or first is None:
        return False
    return first < time and (last is None or time <= last)


def read_splits(data: Data, tenant: str, dataset_id: str, as_of: str = LATEST) -> list[str]:
    """Answer with the names of the splits of a dataset's examples, sorted: 404 for an unknown
    dataset or version."""
    parameters = Parameters()
    of_it = parameters.add(selection.dataset_of(data, tenant, dataset_id))
    rows = data.rows(
        f"SELECT DISTINCT unnest({SPLITS}) AS split FROM langsmith_examples AS examples "
        f"WHERE dataset_id = {of_it} AND {changed_by(as_of, parameters)} ORDER BY split",
        parameters,
    )
    return [split for (split,) in rows]


def _versions(data: Data, dataset_id: str, example_id: str | None = None) -> list[int]:
    """The versions in microseconds, the newest first."""
    parameters = Parameters()
    condition = f"dataset_id = {parameters.add(dataset_id)}"
    if example_id is not None:
        condition += f" AND lower(id) = {parameters.add(example_id.lower())}"
    rows = data.rows(
        "SELECT DISTINCT coalesce(modified_us, created_us) AS version FROM langsmith_examples "
        f"WHERE {condition} AND version IS NOT NULL ORDER BY version DESC",
        parameters,
    )
    return [version for (version,) in rows]


def _sorted(data: Data, tenant: str, asked: dict[str, Any], *, descending: bool) -> list[Dataset]:
    column = _SORTED_BY[asked["sort_by"]]
    return cursors.in_order(
        _matching(data, tenant, asked),
        lambda dataset: (getattr(dataset, column), dataset.id),
        descending=descending,
    )


# What a list may be sorted by, each with the field that holds it.
_SORTED_BY = {
    "name": "name",
    "created_at": "created_us",
    "modified_at": "modified_us",
    "last_session_start_time": "last_session_us",
    "example_count": "example_count",
    "session_count": "session_count",
}


def _matching(data: Data, tenant: str, asked: Mapping[str, Any]) -> list[Dataset]:
    given: dict[str, Callable[[Dataset, Any], bool]] = {
        "id": lambda dataset, ids: dataset.id.lower() in ids,
        "data_type": lambda dataset, types: dataset.data_type in types,
        "name": lambda dataset, name: dataset.name == name,
        "name_contains": lambda dataset, part: part in dataset.name.lower(),
        "metadata": lambda dataset, part: contains(dataset.metadata or {}, part),
    }
    read: dict[str, Callable[[Any], Any]] = {
        "id": lambda ids: {*map(str.lower, ids)},
        "data_type": lambda types: types if isinstance(types, list) else [types],
        "name": str,
        "name_contains": str.lower,
        "metadata": lambda text: object_of(text, "metadata"),
    }
    wanted = {name: read[name](asked[name]) for name in given if asked.get(name) is not None}
    found = datasets_of(data, tenant)
    data.spend(_COST * len(found))
    return [
        dataset
        for dataset in found
        if all(given[name](dataset, value) for name, value in wanted.items())
    ]


_NOT_PUBLIC = (
    *("tenant_id", "session_count", "modified_at", "last_session_start_time", "metadata"),
    "baseline_experiment_id",
)


def dataset_fields(dataset: Dataset, exclude: list[str] | None = None) -> dict[str, Any]:
    """A dataset as the API shows it. What no dataset has is null, and none is managed elsewhere."""
    return {
        "id": dataset.id,
        "tenant_id": dataset.tenant_id,
        "name": dataset.name,
        "description": dataset.description,
        "data_type": dataset.data_type,
        "created_at": times.text(dataset.created_us),
        "modified_at": times.text(dataset.modified_us),
        "example_count": None if "example_count" in (exclude or ()) else dataset.example_count,
        "session_count": dataset.session_count,
        "last_session_start_time": times.text(dataset.last_session_us),
        "metadata": dataset.metadata,
        "inputs_schema_definition": None,
        "outputs_schema_definition": None,
        "externally_managed": False,
        "transformations": None,
        "baseline_experiment_id": None,
    }

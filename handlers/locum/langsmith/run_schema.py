"""Runs as the v1 API shows them (RunSchema): each field, what it is made of, and what `select`
names.

A row's documents are read, and what is null in the API is null here. A field that the document does
not let be null is left out where the run has no value (start_time alone can have none).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
import orjson
from attrs import frozen

from locum.engine.data import Data
from locum.langsmith import timestamps as times
from locum.langsmith.run_index import run_index
from locum.langsmith.run_rows import (
    Columns,
    ancestors,
    children,
    columns,
    datasets_of_examples,
    descendants,
    lineages,
    of_runs,
    source_runs,
    trace_bounds,
)
from locum.langsmith.run_stats import feedback_by_run
from locum.stats.summary import items

_NANO = 10**9
_COST_OF_RUN = 12_000  # to write and check it, in units of `engine.data.Work`
_PREVIEW = 200  # characters of a preview: our choice


def usd(nano: int) -> str:
    """Return the USD of nano-USD as the API writes them where it does not write numbers: exactly,
    in plain notation, no exponent, no zeros at the end ("0" for none)."""
    whole, rest = divmod(abs(nano), _NANO)
    sign = "-" if nano < 0 else ""
    return f"{sign}{whole}.{rest:09}".rstrip("0").rstrip(".")


def document(text: str | None) -> Any:
    """Return the JSON value of a column, None where it has none."""
    return None if text is None else orjson.loads(text)


def preview(text: str | None) -> str | None:
    """Return the first 200 characters of a document's compact JSON (our choice)."""
    return None if text is None else orjson.dumps(orjson.loads(text)).decode()[:_PREVIEW]


@frozen
class _Field:
    """A field that is made of columns of the table `runs`: of many runs at once, in their order."""

    columns: tuple[str, ...]
    values: Callable[[Columns], Sequence[Any]]


def _column(name: str) -> _Field:
    return _Field((name,), lambda read: read[name])


def _each(name: str, value: Callable[[Any], Any]) -> _Field:
    return _Field((name,), lambda read: list(map(value, read[name])))


def _time(name: str) -> _Field:
    return _Field((name,), lambda read: times.texts(read[name]))


def _usd_or_none(nano: int | None) -> str | None:
    return None if nano is None else usd(nano)


def _extra(read: Columns) -> list[dict[str, Any]]:
    """Where the SDKs put a run's metadata, what it ran on, and whatever else."""
    found: list[dict[str, Any]] = [{"metadata": document(each) or {}} for each in read["metadata"]]
    for extra, runtime, rest in zip(found, read["runtime"], read["extra"], strict=True):
        if runtime is not None:
            extra["runtime"] = document(runtime)
        if rest is not None:
            extra.update(document(rest))
    return found


def attachment_path(run_id: str, name: str) -> str:
    """Return the path of what was attached to a run under a name. Its form is our choice; SDKs ask
    for it without a key (langsmith 0.15.1, client._convert_stored_attachments_…)."""
    return f"/api/v1/public/runs/{run_id}/attachments/{quote(name, safe='')}"


def _attachments(read: Columns) -> list[dict[str, Any] | None]:
    """Where what was attached is, in the form in which the SDKs read it."""
    found: list[dict[str, Any] | None] = []
    for run_id, listed in zip(read["id"], map(document, read["attachments"]), strict=True):
        shown = {
            f"attachment.{name}": {
                "presigned_url": attachment_path(run_id, name),
                "mime_type": told.get("mime_type"),
            }
            for name, told in (listed or {}).items()
        }
        found.append(shown or None)
    return found


def _app_path(read: Columns) -> list[str]:
    """Our choice, after the addresses of the vendor's page."""
    names = ("tenant_id", "session_id", "id", "trace_id")
    starts = times.texts(read["start_us"])
    return [
        f"/o/{tenant}/projects/p/{session}/r/{id_}?trace_id={trace}"
        + ("" if start is None else f"&start_time={start}")
        for tenant, session, id_, trace, start in zip(
            *(read[n] for n in names), starts, strict=True
        )
    ]


_OF_ROW = {
    **{
        name: _column(name)
        for name in (
            *("id", "name", "run_type", "status", "error", "tags"),
            *("session_id", "trace_id", "parent_run_id", "reference_example_id"),
            *("share_token", "thread_id"),
        )
    },
    **{name: _each(name, document) for name in ("inputs", "outputs", "serialized", "events")},
    **{
        name: _each(name, lambda count: count or 0)
        for name in ("total_tokens", "prompt_tokens", "completion_tokens")
    },
    **{
        name: _each(f"{name}_nano", _usd_or_none)
        for name in ("total_cost", "prompt_cost", "completion_cost")
    },
    "start_time": _time("start_us"),
    "end_time": _time("end_us"),
    "first_token_time": _time("first_token_us"),
    "inputs_preview": _each("inputs", preview),
    "outputs_preview": _each("outputs", preview),
    "extra": _Field(("metadata", "runtime", "extra"), _extra),
    "s3_urls": _Field(("id", "attachments"), _attachments),
    "app_path": _Field(("tenant_id", "session_id", "id", "trace_id", "start_us"), _app_path),
}


def _parents(data: Data, numbers: Sequence[int], read: Columns) -> dict[str, list[Any]]:
    """A run's row has the ids of its root and its parent: most have no run between these."""
    known = dict(zip(numbers, read["id"], strict=True))
    for above, root, parent in zip(
        ancestors(data.once(run_index), numbers),
        read["trace_id"],
        read["parent_run_id"],
        strict=True,
    ):
        if above:
            known[above[0]], known[above[-1]] = root, parent
    found = lineages(data, numbers, known, read["dotted_order"])
    return {
        "parent_run_ids": [each.parent_run_ids for each in found],
        "dotted_order": [each.dotted_order for each in found],
    }


def _below(data: Data, numbers: Sequence[int], read: Columns) -> dict[str, list[Any]]:
    """A run may name another tenant's as its parent, which that one is not told."""
    every, direct = descendants(data, numbers), children(data, numbers)
    below = list(dict.fromkeys(run for runs in every for run in runs))
    found = of_runs(data, below, "runs", ("run", "id", "tenant_id"))
    of_tenants = {(row["run"], row["tenant_id"]): row["id"] for row in found}

    def ids_of(lists: list[list[int]]) -> list[list[str]]:
        return [
            [of_tenants[run, tenant] for run in runs if (run, tenant) in of_tenants]
            for runs, tenant in zip(lists, read["tenant_id"], strict=True)
        ]

    return {"child_run_ids": ids_of(every), "direct_child_run_ids": ids_of(direct)}


def _bounds(data: Data, numbers: Sequence[int], _: Columns) -> dict[str, list[Any]]:
    found = trace_bounds(data.once(run_index), numbers)
    return {
        "trace_min_start_time": [times.text(first) for first, _ in found],
        "trace_max_start_time": [times.text(last) for _, last in found],
    }


def _feedback(data: Data, numbers: Sequence[int], _: Columns) -> dict[str, list[Any]]:
    found = feedback_by_run(data.once(run_index), np.asarray(numbers, dtype=np.int64))
    return {"feedback_stats": [found.get(number) for number in numbers]}


_TOKEN_DETAILS = ("prompt_token_details", "completion_token_details")
_COST_DETAILS = ("prompt_cost_details", "completion_cost_details")


def _details(data: Data, numbers: Sequence[int], _: Columns) -> dict[str, list[Any]]:
    """Amounts by category, from the index: as maps of the table they take four times as long."""
    details = data.once(run_index).columns.details
    counts, item = items(details.offsets, np.asarray(numbers, dtype=np.int64))
    found: dict[str, list[Any]] = {}
    for name in (*_TOKEN_DETAILS, *_COST_DETAILS):
        found[name] = [None] * len(numbers)
    places = np.arange(len(numbers)).repeat(counts).tolist()
    categories, amounts = details.category.take(item).tolist(), details.amount.take(item).tolist()
    for place, number, amount in zip(places, categories, amounts, strict=True):
        kind, category = details.categories[number]
        name = kind.removesuffix("_nano")
        if found[name][place] is None:
            found[name][place] = {}
        found[name][place][category] = usd(amount) if name in _COST_DETAILS else amount
    return found


def _examples(data: Data, _: Sequence[int], read: Columns) -> dict[str, list[Any]]:
    sources, dataset_of = data.once(source_runs), data.once(datasets_of_examples)
    return {
        "in_dataset": [run_id in sources for run_id in read["id"]],
        "reference_dataset_id": list(map(dataset_of.get, read["reference_example_id"])),
    }


@frozen
class _Facts:
    """Fields that more than columns are needed for: `values` gives a list of each, in the order of
    the runs."""

    fields: tuple[str, ...]
    values: Callable[[Data, Sequence[int], Columns], dict[str, list[Any]]]
    columns: tuple[str, ...] = ()


_OF_PARENTS = ("id", "trace_id", "parent_run_id", "dotted_order")
_OF_PAGE = (
    _Facts(("parent_run_ids", "dotted_order"), _parents, _OF_PARENTS),
    _Facts(("child_run_ids", "direct_child_run_ids"), _below, ("tenant_id",)),
    _Facts(("trace_min_start_time", "trace_max_start_time"), _bounds),
    _Facts(("feedback_stats",), _feedback),
    _Facts((*_TOKEN_DETAILS, *_COST_DETAILS), _details),
    _Facts(("in_dataset", "reference_dataset_id"), _examples, ("id", "reference_example_id")),
)
# In the document, and in no dataset.
_UNKNOWN = {
    **dict.fromkeys(
        (
            *("manifest_id", "manifest_s3_id", "price_model_id", "messages"),
            *("inputs_s3_urls", "outputs_s3_urls", "last_queued_at"),
            *("trace_tier", "trace_first_received_at", "ttl_seconds"),
        )
    ),
    "trace_upgrade": False,
    "execution_order": 1,
}

FIELDS = (
    *("id", "name", "run_type", "status", "start_time", "end_time", "error", "extra", "events"),
    *("inputs", "inputs_preview", "inputs_s3_urls"),
    *("outputs", "outputs_preview", "outputs_s3_urls", "s3_urls"),
    *("session_id", "trace_id", "parent_run_id", "parent_run_ids"),
    *("child_run_ids", "direct_child_run_ids", "dotted_order", "execution_order"),
    *("trace_min_start_time", "trace_max_start_time", "thread_id"),
    *("manifest_id", "manifest_s3_id", "serialized"),
    *("reference_example_id", "reference_dataset_id", "in_dataset"),
    *("total_tokens", "prompt_tokens", "completion_tokens"),
    *("prompt_token_details", "completion_token_details"),
    *("total_cost", "prompt_cost", "completion_cost"),
    *("prompt_cost_details", "completion_cost_details", "price_model_id"),
    *("first_token_time", "last_queued_at", "feedback_stats", "tags", "messages"),
    *("app_path", "share_token", "trace_tier", "trace_first_received_at"),
    *("ttl_seconds", "trace_upgrade"),
)
"""All fields of RunSchema, in the order in which they are written."""

PUBLIC_FIELDS = tuple(
    field
    for field in FIELDS
    if field
    not in (
        *("session_id", "app_path", "last_queued_at", "in_dataset", "share_token", "trace_tier"),
        *("trace_first_received_at", "ttl_seconds", "trace_upgrade", "reference_dataset_id"),
        "thread_id",
    )
)
"""The fields of RunPublicSchema; those of RunPublicDatasetSchema are these and session_id."""

REQUIRED = (
    *("id", "name", "run_type", "status", "start_time"),
    *("session_id", "trace_id", "dotted_order", "app_path"),
)
"""What is shown whatever is selected: what RunSchema requires, and the start, which the SDKs do."""

# What `select` names that is more than one field, another one, or none.
_SELECTS = {
    "trace_min_max_start_time": ("trace_min_start_time", "trace_max_start_time"),
    "child_run_ids": ("child_run_ids", "direct_child_run_ids"),
    **{
        f"{field}_or_signed_url": (field,)
        for field in ("inputs", "outputs", "error", "events", "extra", "serialized")
    },
    "manifest": (),
    "inserted_at": (),
}


def selected(select: Iterable[str], among: Sequence[str] = FIELDS) -> tuple[str, ...]:
    """Return the fields that a `select` names and those that are required, as far as they are among
    the fields of the schema, in their order.

    child_run_ids brings direct_child_run_ids along; inputs_or_signed_url and its like name the
    field itself, since nothing is stored elsewhere; manifest and inserted_at have no field.
    """
    names = {*REQUIRED}
    for name in select:
        names.update(_SELECTS.get(name, (name,)))
    return tuple(field for field in among if field in names)


def columns_of(fields: Iterable[str]) -> tuple[str, ...]:
    """Return the columns of `runs` that the fields are made of, as far as they are made of these
    alone."""
    found = [_OF_ROW[field].columns for field in fields if field in _OF_ROW]
    return tuple(dict.fromkeys(name for names in found for name in names))


def of_columns(read: Columns, fields: Iterable[str]) -> dict[str, Sequence[Any]]:
    """Return the values of the fields, each made of columns alone, which were read."""
    return {field: _OF_ROW[field].values(read) for field in fields if field in _OF_ROW}


def run_schemas(
    data: Data, numbers: Sequence[int], fields: Collection[str] = FIELDS
) -> list[dict[str, Any]]:
    """Return the runs of these numbers in their order, each with these fields.

    Counts of tokens are 0 where the run has none; costs are decimal texts or null; details and
    feedback_stats are null where there are none; children are [] for a run that has none.
    """
    data.spend(_COST_OF_RUN * len(numbers))
    chosen = [field for field in FIELDS if field in fields]
    facts = [each for each in _OF_PAGE if not set(each.fields).isdisjoint(chosen)]
    names = [*columns_of(chosen), *(name for each in facts for name in each.columns)]
    read = columns(data, numbers, list(dict.fromkeys(names)))
    values = of_columns(read, chosen)
    for each in facts:
        values |= each.values(data, numbers, read)
    for field in chosen:
        if field not in values:
            values[field] = [_UNKNOWN[field]] * len(numbers)
    in_order = [values[field] for field in chosen]
    shown = [dict(zip(chosen, of_run, strict=True)) for of_run in zip(*in_order, strict=True)]
    for run in shown:
        if run.get("start_time", "") is None:
            del run["start_time"]
    return shown

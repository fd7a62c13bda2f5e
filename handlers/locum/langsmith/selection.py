"""From the parameters of a request's body to the runs that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locum.engine.duckdb import DuckDB, Parameters
from locum.exceptions import InvalidRequest, InvalidValue
from locum.langsmith import timestamps as times
from locum.langsmith.filters import sql as runs
from locum.langsmith.filters.ast import Expression, Search
from locum.stats.column_store import where
from locum.stats.ragged import Ints

# Parameters that are an id, or a list of ids, each with its column. Ids compare in any case.
_IDS = {
    "session": "session_id",
    "reference_example": "reference_example_id",
    "trace": "trace_id",
    "parent_run": "parent_run_id",
}

# Of so many values and more, a list as one parameter is planned faster than a parameter each.
_MANY = 50


def matching(
    engine: DuckDB, body: Mapping[str, Any], tenant: str, scope: str, parameters: Parameters
) -> Ints:
    """The tenant's runs in `scope`, a condition of these parameters, that a body asks for.

    The body is a RunStatsQueryParams. All parameters are ANDed; an absent one and null ask for
    nothing; an empty list has no member, so nothing matches it. `id` alone decides where it is
    given (documented for run ids). data_source_type, skip_pagination and use_experimental_search
    change no number (our choice). Raises FilterError, and InvalidRequest for a time that is none.
    """
    tenancy = f"runs.tenant_id = {parameters.add(tenant)}"
    scope = f"{tenancy} AND {scope}"
    if body.get("id") is not None:
        condition = f"{scope} AND {_among('id', body['id'], parameters)}"
        return where(engine, condition, parameters)
    conditions = [scope, *_fields(body, parameters), *_window(body, parameters)]
    if body.get("query") is not None:
        searched = runs.where(Search(None, body["query"]), parameters, "query")
        conditions.append(f"({searched})")
    conditions += [
        filtered(body[name], parameters, name)
        for name in ("filter", "search_filter")
        if body.get(name) is not None
    ]
    for name, root in (("trace_filter", "runs.is_root"), ("tree_filter", "TRUE")):
        if body.get(name) is not None:
            tested = filtered(body[name], parameters, name)
            traces = f"SELECT runs.trace_id FROM runs WHERE {tenancy} AND {root} AND {tested}"
            conditions.append(f"runs.trace_id IN ({traces})")
    return where(engine, " AND ".join(conditions), parameters)


def _fields(body: Mapping[str, Any], parameters: Parameters) -> list[str]:
    conditions = []
    for name, column in _IDS.items():
        if body.get(name) is not None:
            ids = body[name] if isinstance(body[name], list) else [body[name]]
            conditions.append(_among(column, ids, parameters))
    if body.get("run_type") is not None:
        conditions.append(f"runs.run_type = {parameters.add(body['run_type'])}")
    if body.get("is_root") is not None:
        conditions.append(f"runs.is_root = {parameters.add(body['is_root'])}")
    if body.get("execution_order") is not None:  # the document admits 1 alone: a trace's first run
        conditions.append("runs.is_root")
    if body.get("error") is not None:
        comparison = "=" if body["error"] else "<>"
        conditions.append(f"coalesce(runs.status, '') {comparison} 'error'")
    return conditions


def read(text: str, name: str = "filter") -> Expression:
    """The tree of a filter text; FilterError speaks of it by `name`."""
    from locum.langsmith.filters import parser as reading  # noqa: PLC0415  # its parser is slow to import

    return reading.parse(text, name)


def filtered(text: str, parameters: Parameters, name: str = "filter") -> str:
    """The condition that a filter expression stands for; FilterError speaks of it by `name`."""
    return f"({runs.where(read(text, name), parameters, name)})"


def bounds(body: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """The request's window on a run's start (our choice: always on that), `start_time` ≤ start <
    `end_time`, in microseconds; None is no bound. Raises InvalidRequest for a time that is none."""
    found = []
    for name in ("start_time", "end_time"):
        text = body.get(name)
        try:
            found.append(None if text is None else times.microseconds(text))
        except ValueError as error:
            fault = InvalidValue(("body", name), str(error), "datetime_parsing", text)
            raise InvalidRequest((fault,)) from None
    return found[0], found[1]


def _window(body: Mapping[str, Any], parameters: Parameters) -> list[str]:
    return [
        f"runs.start_us {comparison} {parameters.add(bound)}"
        for comparison, bound in zip((">=", "<"), bounds(body), strict=True)
        if bound is not None
    ]


def _among(column: str, ids: list[str], parameters: Parameters) -> str:
    lower = [value.lower() for value in ids]
    among = parameters.list(lower) if len(lower) < _MANY else _elements(lower, parameters)
    return f"lower(runs.{column}) IN ({among})"


def _elements(texts: list[str], parameters: Parameters) -> str:
    return f"SELECT unnest(CAST({parameters.add(texts)} AS VARCHAR[]))"

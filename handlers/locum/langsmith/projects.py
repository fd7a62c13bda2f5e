"""Tracing projects (the API calls them sessions) and datasets: found for a tenant, or not."""

from __future__ import annotations

from typing import Any

import orjson

from locum.engine.duckdb import DuckDB, Parameters
from locum.exceptions import NotFound
from locum.langsmith import timestamps as times


def project(engine: DuckDB, tenant: str | None, session_id: str) -> dict[str, Any]:
    """The tenant's project of that id, in the fields that the API gives a project's own.

    The id may be written in any case. Raises NotFound.
    """
    found = engine.once(_projects).get((tenant, session_id.lower()))
    if found is None:
        raise NotFound("session", session_id)
    return found


def _projects(engine: DuckDB) -> dict[tuple[str | None, str], dict[str, Any]]:
    """All projects by tenant and id in lower case."""
    rows = engine.rows(
        "SELECT id, tenant_id, name, description, start_us, end_us, reference_dataset_id, extra "
        "FROM langsmith_sessions ORDER BY row DESC"
    )
    return {(row[1], row[0].lower()): _project(*row) for row in rows}


def _project(
    own_id: str,
    tenant_id: str,
    name: str | None,
    description: str | None,
    start_us: int | None,
    end_us: int | None,
    dataset_id: str | None,
    extra: str | None,
) -> dict[str, Any]:
    project = {
        "id": own_id,
        "tenant_id": tenant_id,
        "name": name,
        "description": description,
        "start_time": times.text(start_us),
        "end_time": times.text(end_us),
        "default_dataset_id": None,
        "reference_dataset_id": dataset_id,
        "trace_tier": None,
        "extra": None if extra is None else orjson.loads(extra),
    }
    # These two are never null in the document.
    return {k: v for k, v in project.items() if v is not None or k not in {"name", "start_time"}}


def experiment_numbers(engine: DuckDB) -> dict[str, int]:
    """Of each project over a dataset, its test_run_number: its place among the tenant's projects
    over that dataset, by start, from 1 (our choice: the document does not say).
    """
    return engine.once(_experiment_numbers)


def _experiment_numbers(engine: DuckDB) -> dict[str, int]:
    rows = engine.rows(
        "SELECT id, row_number() OVER ("
        "PARTITION BY tenant_id, reference_dataset_id ORDER BY start_us, id) "
        "FROM langsmith_sessions WHERE reference_dataset_id IS NOT NULL"
    )
    return dict(rows)


def experiments(engine: DuckDB, tenant: str, dataset_id: str) -> list[str]:
    """The ids of the tenant's projects over a dataset."""
    return engine.once(_experiments).get((tenant, dataset_id), [])


def _experiments(engine: DuckDB) -> dict[tuple[str, str], list[str]]:
    rows = engine.rows(
        "SELECT tenant_id, reference_dataset_id, list(id ORDER BY row) FROM langsmith_sessions "
        "WHERE reference_dataset_id IS NOT NULL GROUP BY ALL"
    )
    return {(tenant, dataset_id): ids for tenant, dataset_id, ids in rows}


def dataset_id(engine: DuckDB, tenant: str | None, dataset_id: str) -> str:
    """The id, as the table writes it, of the tenant's dataset. Raises NotFound."""
    parameters = Parameters()
    rows = engine.rows(
        f"SELECT id FROM langsmith_datasets WHERE lower(id) = {parameters.add(dataset_id.lower())} "
        f"AND tenant_id = {parameters.add(tenant)}",
        parameters.values,
    )
    if not rows:
        raise NotFound("dataset", dataset_id)
    return str(rows[0][0])


def shared_dataset(engine: DuckDB, share_token: str) -> tuple[str, str]:
    """The id and tenant of the dataset that is shared under the token. Raises NotFound."""
    parameters = Parameters()
    rows = engine.rows(
        "SELECT id, tenant_id FROM langsmith_datasets "
        f"WHERE lower(share_token) = {parameters.add(share_token.lower())}",
        parameters.values,
    )
    if not rows:
        raise NotFound("shared dataset", share_token)
    return rows[0][0], rows[0][1]

"""The names of the properties that requests have."""

from __future__ import annotations

from locum.engine.data import Data, Parameters

_COST_OF_NAMES = 100  # of a request, in units of `Work`, as measured


def names(data: Data, tenant: str | None) -> list[str]:
    """Return the name of each property that a request of the tenant has ever had, sorted (our
    choice: the vendor leaves the order open)."""
    parameters = Parameters()
    parameters.cost += _COST_OF_NAMES
    statement = f"""
        SELECT DISTINCT unnest(map_keys(properties)) AS name FROM helicone_requests
        WHERE organization_id = {parameters.add(tenant or "")}
        ORDER BY name
    """
    return [name for (name,) in data.rows(statement, parameters)]

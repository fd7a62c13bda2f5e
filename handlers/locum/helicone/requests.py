"""Requests, chosen by a filter and in an order (valhalla/jawn's RequestManager and its stores)."""

from __future__ import annotations

import math
from typing import Any

from locum.engine.data import Data, Parameters
from locum.helicone import filters, javascript, request_rows
from locum.helicone.clock import ahead_us
from locum.helicone.errors import returned
from locum.helicone.request_order import order

_PAGE, _LARGEST_PAGE = 10, 1000
_MOST_ROWS = 2**63 - 1
_COST_OF_REQUEST = 100  # to sort it among others, in units of `Work`, as measured


def query(data: Data, tenant: str | None, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a page of the tenant's requests that pass the filter, in the order of `sort`.

    The vendor drops the errors of its database: of a filter or an order that does not run there is
    no row. Of sessions the filter reads the tags alone. Raises UpstreamFault for a page that is
    none, a leaf without an operator, and a property that no one may sort by.
    """
    offset, limit = body.get("offset", 0), body.get("limit", _PAGE)
    if math.isnan(offset) or math.isnan(limit):
        raise returned("Invalid offset or limit")
    ordered = order(body.get("sort", {}))
    if not 0 <= limit <= _LARGEST_PAGE:
        raise returned("invalid limit")
    for name, value in (("limit", limit), ("offset", offset)):
        if value < 0 or not float(value).is_integer():
            found = javascript.number(value)
            raise returned(f"invalid {name}: found {found}, expected a whole number from 0 on")
    chosen = filters.condition(body["filter"])
    if chosen.failure or ordered is None:
        return []
    parameters = Parameters()
    parameters.cost += _COST_OF_REQUEST
    conditions = [
        f"organization_id = {parameters.add(tenant or '')}",
        f"request_created_us <= {parameters.add(ahead_us(data))}",
        chosen.term().render(parameters),
    ]
    if "isScored" in body:
        conditions.append(f"cardinality(scores) {'>' if body['isScored'] else '='} 0")
    statement = f"""
        SELECT row FROM helicone_requests
        WHERE {" AND ".join(conditions)}
        ORDER BY {ordered.render(parameters)}
        LIMIT {parameters.add(int(limit))} OFFSET {parameters.add(min(int(offset), _MOST_ROWS))}
    """
    return request_rows.of(data, [row for (row,) in data.rows(statement, parameters)])

"""A vendor from outside of the package, for tests and as an example: shops sell toys.

It shares the prefix /v1/ with another vendor, has a key header of its own, a table of its own, and
its own words for an invalid request; one operation is computed from the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from locum import Answer, Provider
from locum.provider import (
    INTEGER,
    TEXT,
    Constraints,
    Failure,
    Presented,
    Sample,
    Table,
)

HERE = Path(__file__).parent


def sales_of_a_shop(data: Any, tenant: str | None, shop: str, least: int = 0) -> Any:
    """What a shop has sold: how many toys for how much, of sales that are large enough."""
    ((count, total),) = data.rows(
        "SELECT count(*), coalesce(sum(cents), 0) FROM toy_sales "
        "WHERE owner = $owner AND shop = $shop AND cents >= $least",
        owner=tenant,
        shop=shop,
        least=least,
    )
    if not count:
        return Answer(404, {"reason": f"no sales in {shop}"})
    return {"sales": count, "cents": int(total)}


def failure(failed: Failure) -> tuple[int, dict[str, Any]]:
    """Shape a failure: the toy vendor answers 422 with a list of complaints."""
    if failed.faults:
        return 422, {
            "complaints": [f"{fault.location[-1]}: {fault.kind}" for fault in failed.faults]
        }
    return failed.status, {"reason": failed.detail}


def credential(texts: Mapping[str, str]) -> Presented:
    """The key is the one in Toy-Key."""
    return Presented(texts["toy"])


def sample(_data: Any, key: str, _tenant: str) -> Sample:
    """The sales of the first shop."""
    return Sample("/v1/shops/north/sales", {"Toy-Key": key})


# Who may see a sale is its owner, and it has a shop and an amount.
SALES = Table(
    {"shop": TEXT, "owner": TEXT, "cents": INTEGER},
    constraints=Constraints(expected=("shop", "owner"), tenant="owner", amounts=("cents",)),
)

PROVIDER = Provider(
    name="toy",
    title="Toy",
    documents=(HERE / "toy.yaml",),
    handlers={"GET /v1/shops/{shop}/sales": sales_of_a_shop},
    failure=failure,
    credential=credential,
    tables={"toy/sales": SALES},
    data=HERE / "data",
    sample=sample,
    counted={"toy/sales": "sales of toys"},
)

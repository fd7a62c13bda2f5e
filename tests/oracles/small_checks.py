"""Tables that no vendor has, with constraints, and what is found in their rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from locum.datasets.constraints import Constraints, Reference, Tree, Value
from locum.datasets.findings import Finding
from locum.engine import checks
from locum.engine.duckdb import Engine
from locum.engine.tables import KEYS_TABLE, Table
from locum.provider import INTEGER, INTEGER_MAP, JSON, TEXT, TEXTS, TIME
from tests.oracles.small_tables import Rows, dataset_of

SHOPS = Table(
    {"id": TEXT, "owner": TEXT},
    constraints=Constraints(required=("id",), unique=(("id",),), tenant="owner"),
)
SALES = Table(
    {
        "id": TEXT,
        "shop": TEXT,
        "owner": TEXT,
        "kind": TEXT,
        "cents": INTEGER,
        "parts": INTEGER_MAP,
        "opened_at": TIME,
        "closed_at": TIME,
        "notes": JSON,
        "tags": TEXTS,
        "parent": TEXT,
        "root": TEXT,
    },
    constraints=Constraints(
        required=("id",),
        unique=(("id",),),
        tree=Tree("id", "parent", "root"),
        expected=("shop",),
        distinct=(("shop", "kind", "owner"),),
        references=(Reference("shop", "small/shops", same=("owner",)),),
        known={"kind": ("toy", "boy's toy")},
        amounts=("cents", "parts"),
        order=(("opened_at", "closed_at"),),
        objects=("notes",),
        values=(Value("cents", "no 13", "cents <> 13", is_error=True),),
    ),
)
TABLES = {"keys": KEYS_TABLE, "small/shops": SHOPS, "small/sales": SALES}
KEYS = [{"key": "k", "provider": "small", "tenant_id": "ann", "access": "rw"}]
SHOP = {"id": "n", "owner": "ann"}


def found(
    folder: Path,
    rows: Rows,
    manifest: Mapping[str, Any] | None = None,
    tables: Mapping[str, Table] = TABLES,
    days: int = 0,
) -> list[Finding]:
    """What is found in a dataset of these rows and this manifest."""
    if manifest is not None:
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    dataset = dataset_of(folder, tables, rows)
    every: list[Finding] = []

    def inspect(connection: Any, counts: Mapping[str, int]) -> None:
        every.extend(checks.findings(connection, dataset, tables, counts, ["small"], days))

    Engine(dataset, tables, days=days, inspect=inspect)
    return every


def told(folder: Path, *sales: Mapping[str, Any], **more: Any) -> list[str]:
    """What is found in sales of the shop n, each an error or a doubt, without the folder."""
    every = [
        {"id": f"{number}", "root": f"{number}", "shop": "n", "owner": "ann", **sale}
        for number, sale in enumerate(sales)
    ]
    rows = {"keys": KEYS, "small/shops": [SHOP], "small/sales": every}
    return [
        f"{'error' if each.is_error else 'doubt'} {each}".replace(f"{folder}/", "")
        for each in found(folder, rows, **more)
    ]

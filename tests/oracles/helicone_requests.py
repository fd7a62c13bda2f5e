"""Helicone request rows for tests: the engine over them, and which of them a filter selects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from locum.datasets import dataset as datasets
from locum.engine.duckdb import DuckDB, Parameters
from locum.helicone.filters import where

DATA = Path(__file__).parents[1] / "data"
ORGANISATION = "11111111-1111-1111-1111-111111111111"

Row = dict[str, Any]


def golden(name: str) -> Any:
    """A file of the answers that the vendor's server gave."""
    return json.loads((DATA / "helicone" / name).read_bytes())


def engine_over(folder: Path, rows: list[Row], tags: list[Row]) -> DuckDB:
    """An engine over a dataset of these rows and session tags, written into the folder."""
    (folder / "helicone").mkdir()
    for name, lines in (("requests", rows), ("session_tags", tags)):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / "helicone" / f"{name}.jsonl").write_text(text)
    return DuckDB(datasets.find(str(folder)))


def selected(engine: DuckDB, tree: Any, tenant: str = ORGANISATION) -> list[str]:
    """The ids of the tenant's requests that the tree selects, sorted."""
    parameters = Parameters()
    mine = f"organization_id = {parameters.add(tenant)}"
    statement = (
        f"SELECT request_id FROM helicone_requests WHERE {mine} "
        f"AND {where(tree, parameters)} ORDER BY request_id"
    )
    return [row[0] for row in engine.rows(statement, parameters.values)]

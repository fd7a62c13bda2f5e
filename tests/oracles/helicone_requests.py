"""Helicone request rows for tests: the engine over them, and which of them a filter selects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from locum.engine.data import Data, Parameters
from locum.helicone.filters import where
from tests.oracles.bundled import data_of, find

DATA = Path(__file__).parents[1] / "data"
ORGANISATION = "11111111-1111-1111-1111-111111111111"

Row = dict[str, Any]


def golden(name: str) -> Any:
    """A file of the answers that the vendor's server gave."""
    return json.loads((DATA / "helicone" / name).read_bytes())


def engine_over(folder: Path, rows: list[Row], tags: list[Row]) -> Data:
    """An engine over a dataset of these rows and session tags, written into the folder."""
    (folder / "helicone").mkdir()
    for name, lines in (("requests", rows), ("session_tags", tags)):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / "helicone" / f"{name}.jsonl").write_text(text)
    return data_of(find(str(folder)))


def selected(engine: Data, tree: Any, tenant: str = ORGANISATION) -> list[str]:
    """The ids of the tenant's requests that the tree selects, sorted."""
    parameters = Parameters()
    mine = f"organization_id = {parameters.add(tenant)}"
    statement = (
        f"SELECT request_id FROM helicone_requests WHERE {mine} "
        f"AND {where(tree, parameters)} ORDER BY request_id"
    )
    return [row[0] for row in engine.rows(statement, **parameters.values)]


ONE = "aaaaaaaa-0000-4000-8000-000000000001"
TWO = "aaaaaaaa-0000-4000-8000-000000000002"


def engine_over_two(folder: Path) -> Data:
    """ONE has a value for all that filters ask for, TWO nothing but its ids and time."""
    rows: list[Row] = [
        {
            "request_id": ONE,
            "organization_id": ORGANISATION,
            "request_created_at": "2025-06-01T00:00:01.000Z",
            "model": "100%_sure\\",
            "country_code": "US",
            "latency": 1000,
            "cost": 2_000_000,
            "properties": {"Helicone-Session-Id": "s", "2": "two", "b": "bee", "": "nameless"},
            "scores": {"helicone-score-feedback": 1, "quality": 3},
            "cache_reference_id": TWO,
        },
        {
            "request_id": TWO,
            "organization_id": ORGANISATION,
            "request_created_at": "2025-06-01T00:00:01.001Z",
        },
    ]
    tags = [
        {"organization_id": organisation, "entity_type": kind, "entity_id": id_, "tag": tag}
        for organisation, kind, id_, tag in [
            (ORGANISATION, "session", "s", "Gold"),
            ("22222222-2222-2222-2222-222222222222", "session", "s", "other"),
            (ORGANISATION, "request", "s", "request"),
        ]
    ]
    return engine_over(folder, rows, tags)


def leaf(**columns: Any) -> Any:
    """A leaf of a filter tree; `__` stands for `-`."""
    return {"request_response_rmt": {name.replace("__", "-"): x for name, x in columns.items()}}


def tagged(**operators: str) -> Any:
    """A leaf about the tag of a session."""
    return {"sessions_request_response_rmt": {"session_tag": operators}}

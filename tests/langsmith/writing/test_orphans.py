"""Runs of files whose parents are in none.

missing 1 > missing 2 > run 3 (5 tokens) > missing 4 > run 5 (2 tokens, which run 3 reports too)
missing 1 > run 6 (nothing used)
missing 7 > run 8 (3 tokens of 4 reported, no dotted_order)
missing 7 > run 9 of another tenant
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from locum.langsmith.ingestion.reported import Reported
from locum.langsmith.writing.orphans import below_missing
from tests.oracles.langsmith_rows import at
from tests.oracles.written_rows import OTHER, TENANT, Written, uuid

TIME = "20260601T120000000000Z"


def run(*path: int, tokens: int | None = None, **columns: Any) -> dict[str, Any]:
    return {
        "id": uuid(path[-1]),
        "tenant_id": TENANT,
        "session_id": uuid(99),
        "trace_id": uuid(path[0]),
        "parent_run_id": uuid(path[-2]),
        "start_time": at(0),
        "dotted_order": ".".join(TIME + uuid(each) for each in path),
        "total_tokens": tokens,
        **columns,
    }


def test_what_is_below_missing_runs_counts_once_for_each(tmp_path: Path) -> None:
    usage = {"own": {"total_tokens": 5}, "below": {"total_tokens": 1}}
    details = {"total_tokens": 4, "prompt_token_details": {"audio": 4}}
    own = {
        "own": {"total_tokens": 3},
        "below": {"total_tokens": 1, "prompt_token_details.audio": 1},
    }
    runs = [
        run(1, 2, 3, tokens=7, usage=usage),
        run(1, 2, 3, 4, 5, tokens=2),
        run(1, 6),
        run(7, 8, dotted_order=None, usage={"own": {"total_tokens": 3}, "below": below}, **details),
        run(7, 9, tokens=9, tenant_id=OTHER),
    ]
    found = below_missing(Written(tmp_path, runs=runs).data, TENANT)
    assert found == {
        uuid(1): Reported({}, {"total_tokens": 7}, {"total_tokens": 2}),
        uuid(2): Reported({}, {"total_tokens": 7}, {"total_tokens": 2}),
        uuid(4): Reported({}, {"total_tokens": 2}, {"total_tokens": 1}),
        uuid(7): Reported(
            {},
            {"total_tokens": 4, "prompt_token_details.audio": 4},
            {"total_tokens": 2, "prompt_token_details.audio": 1},
        ),
    }


def test_nothing_is_missing_where_every_parent_is_there(tmp_path: Path) -> None:
    runs = [run(1, 2, tokens=1), run(1, 1, parent_run_id=None, dotted_order=None)]
    assert below_missing(Written(tmp_path, runs=runs).data, TENANT) == {}

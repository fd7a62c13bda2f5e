"""Runs of files whose parents are in none, and runs that are deleted.

missing 1 > missing 2 > run 3 (5 tokens) > missing 4 > run 5 (2 tokens, which run 3 reports too)
missing 1 > run 6 (nothing used)
missing 7 > run 8 (3 tokens of 4 reported, no dotted_order)
missing 7 > run 9 of another tenant
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from locum.langsmith.ingestion.pending import Pending
from locum.langsmith.ingestion.reported import Reported
from locum.langsmith.writing.below import below_missing, take_back
from tests.oracles.langsmith_rows import at
from tests.oracles.written_rows import OTHER, TENANT, Transaction, Written, uuid

TIME = "20260601T120000000000Z"


def run(*path: int, tokens: int | None = None, **columns: Any) -> dict[str, Any]:
    return {
        "id": uuid(path[-1]),
        "tenant_id": TENANT,
        "session_id": uuid(99),
        "trace_id": uuid(path[0]),
        "parent_run_id": uuid(path[-2]) if len(path) > 1 else None,
        "start_time": at(0),
        "dotted_order": ".".join(TIME + uuid(each) for each in path),
        "total_tokens": tokens,
        **columns,
    }


def test_what_is_below_missing_runs_counts_once_for_each(tmp_path: Path) -> None:
    usage = {"own": {"total_tokens": 5}, "below": {"total_tokens": 1}}
    details: dict[str, Any] = {"total_tokens": 4, "prompt_token_details": {"audio": 4}}
    below = {"total_tokens": 1, "prompt_token_details.audio": 1}
    partly = {"own": {"total_tokens": 3}, "below": below}
    runs = [
        run(1, 2, 3, tokens=7, usage=usage),
        run(1, 2, 3, 4, 5, tokens=2),
        run(1, 6),
        run(7, 8, dotted_order=None, usage=partly, **details),
        run(7, 9, tokens=9, tenant_id=OTHER),
    ]
    found = below_missing(Transaction(Written(tmp_path, runs=runs)), TENANT)
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
    runs = [run(1, 2, tokens=1), run(1)]
    assert below_missing(Transaction(Written(tmp_path, runs=runs)), TENANT) == {}


def test_what_is_deleted_is_reported_no_longer(tmp_path: Path) -> None:
    """Run 1 (1 token) > run 2 (5) > run 3 (7), run 4 (2 completion tokens), of which 2 and 4 go.
    Run 1 is below missing run 8."""

    def usage(own: int, below: int, count: int) -> dict[str, Any]:
        return {
            "tokens": own + below,
            "usage": {"own": {"total_tokens": own}, "below": {"total_tokens": count}},
        }

    of_root = usage(1, 12, 2)
    of_root["usage"]["below"]["completion_tokens"] = 1
    runs = [
        run(8, 1, completion_tokens=2, **of_root),
        run(8, 1, 2, **usage(5, 7, 1)),
        run(8, 1, 2, 3, tokens=7),
        run(8, 1, 4, completion_tokens=2),
    ]
    written = Written(tmp_path, runs=runs)
    transaction = Transaction(written)
    pending = Pending()
    of_missing = {"total_tokens": 13, "completion_tokens": 2}
    pending.below[uuid(8)] = Reported({}, of_missing, {"total_tokens": 3, "completion_tokens": 1})
    numbers = written.data.rows(f"SELECT run FROM runs WHERE id IN ('{uuid(2)}', '{uuid(4)}')")
    take_back(transaction, TENANT, pending, [number for (number,) in numbers])
    root = transaction.rows("langsmith/runs", [uuid(1)])[uuid(1)]
    assert (root["total_tokens"], root.get("completion_tokens")) == (8, None)
    assert root["usage"] == {"own": {"total_tokens": 1}, "below": {"total_tokens": 1}}
    assert pending.below == {
        uuid(2): Reported({}, {"total_tokens": 7}, {"total_tokens": 1}),
        uuid(8): Reported({}, {"total_tokens": 8}, {"total_tokens": 2}),
    }

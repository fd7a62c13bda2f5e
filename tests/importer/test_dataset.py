"""Exports of both vendors become datasets that answer as the data they were exported from."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from starlette.testclient import TestClient

from locum.cli.main import main
from locum.datasets import dataset as datasets
from locum.datasets import logical_hash as fingerprint
from tests.conftest import KEY, Rows, application_over
from tests.oracles import exported
from tests.oracles.bare_rows import rows_of
from tests.oracles.exported import imported
from tests.oracles.requests_of_tiny import OPERATIONS, request

TENANT = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`tiny`, exported and imported."""
    folder = tmp_path_factory.mktemp("exports")
    imported(folder / "copy", *exported.tiny(folder))
    return folder / "copy"


@pytest.fixture(scope="module")
def copy_client(copy: Path) -> Iterator[TestClient]:
    with TestClient(application_over(str(copy))) as client:
        yield client


def known(row: dict[str, Any], *left_out: str) -> dict[str, Any]:
    return {k: v for k, v in row.items() if v is not None and k not in left_out}


@pytest.mark.parametrize(
    ("table", "left_out"),
    [
        ("langsmith/runs", ()),
        # The SDK's Feedback always has a source's metadata and user.
        ("langsmith/feedback", ("source",)),
        # The API's answers hold no bodies, and nothing of scans and billing.
        (
            "helicone/requests",
            ("request_body", "response_body", "threat", "is_passthrough_billing"),
        ),
        # A project's description and extra are not in its runs.
        ("langsmith/sessions", ("description", "extra")),
    ],
)
def test_imported_rows_are_the_exported_ones(
    copy: Path, tiny: Rows, table: str, left_out: tuple[str, ...]
) -> None:
    expected = [known(row, *left_out) for row in tiny(table)]
    found = [known(row, *left_out) for row in rows_of(copy)(table)]
    assert len(expected) > 5
    assert sorted(map(json.dumps, found)) == sorted(map(json.dumps, expected))


def answer(client: TestClient, operation: str, world: dict[str, str]) -> Any:
    """The answer, without what an export of runs does not hold: what the examples say, what the
    projects' pages say, and the sources of feedback as they were."""
    response = client.request(**request(operation, world))
    assert response.status_code == 200, response.text

    def strip(value: Any) -> Any:
        if isinstance(value, list):
            return [strip(item) for item in value]
        if not isinstance(value, dict):
            return value
        lost = {"description", "sources", "feedback_source"}
        lost |= {"extra"} if "trace_tier" in value else set()
        lost |= {"inputs", "outputs", "metadata", "name", "created_at", "modified_at"} & (
            value.keys() if "attachment_urls" in value else set()
        )
        return {k: strip(v) for k, v in value.items() if k not in lost}

    return strip(response.json())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_answers_are_those_over_the_original(
    client: TestClient,
    copy_client: TestClient,
    copy: Path,
    world: dict[str, str],
    operation: str,
) -> None:
    (shared,) = (
        row for row in rows_of(copy)("langsmith/datasets") if row["id"] == world["dataset"]
    )
    copied = world | {"share_token": shared["share_token"]}
    expected = answer(client, operation, world)
    found = answer(copy_client, operation, copied)
    if operation == "group_runs":  # examples are ordered by when they were made: not in the export
        for group in [*expected["groups"], *found["groups"]]:
            group["examples"].sort(key=lambda example: example["id"])
    assert found == expected


def test_three_runs_worked_out_by_hand(tmp_path: Path) -> None:
    """Two turns of a thread, of 1.5 s and 0.5 s: the median is 1 s, the 99th percentile 0.5 + 0.99.
    The child's tokens and cost are in its root's already."""
    root = {
        "id": "AAAAAAAA-0000-4000-8000-000000000001",
        "session_id": "bbbbbbbb-0000-4000-8000-000000000001",
        "session_name": "bot",
        "name": "turn",
        "run_type": "chain",
        "start_time": "2026-01-02 03:04:05",
        "end_time": "2026-01-02T04:04:06.5+01:00",
        "extra": '{"metadata": {"thread_id": "t"}}',
        "total_tokens": 30.0,
        "total_cost": "1E-9",
    }
    second = root | {
        "id": "aaaaaaaa-0000-4000-8000-000000000002",
        "end_time": "2026-01-02T03:04:05.5",
        "total_tokens": "12",
        "total_cost": 0.25,
    }
    child = second | {
        "id": "aaaaaaaa-0000-4000-8000-000000000003",
        "trace_id": second["id"],
        "parent_run_id": second["id"],
        "run_type": "llm",
    }
    file = exported.lines(tmp_path / "runs.jsonl", [root, second, child])
    imported(tmp_path / "out", file)
    with TestClient(application_over(str(tmp_path / "out"))) as client:
        found = client.get(
            "/v2/threads/t/stats",
            params={
                "session_id": root["session_id"],
                "selects": ["TURNS", "TOTAL_TOKENS", "TOTAL_COST", "LATENCY_P50", "LATENCY_P99"],
            },
            headers={"X-API-Key": KEY, "X-Tenant-Id": TENANT},
        )
    assert found.json() == {
        "turns": 2,
        "total_tokens": 42,
        "total_cost": 0.250000001,
        "latency_p50_seconds": 1.0,
        "latency_p99_seconds": 1.49,
    }


def test_clickhouse_columns_are_read(tmp_path: Path, tiny: Rows) -> None:
    file = exported.lines(
        tmp_path / "rows.jsonl", map(exported.table_row, tiny("helicone/requests"))
    )
    found = imported(tmp_path / "out", file)("helicone/requests")
    assert list(map(known, found)) == list(map(known, tiny("helicone/requests")))


def test_bulk_export_of_parquet_is_read_after_one_statement(tmp_path: Path, tiny: Rows) -> None:
    """LangSmith's bulk export has inputs, outputs and extra as texts of JSON, and times as
    timestamps; fixtures/README.md has the statement."""
    fields = ("id", "tenant_id", "session_id", "trace_id", "parent_run_id", "name", "run_type")
    rows = [
        {
            **{name: row[name] for name in fields},
            "inputs": json.dumps(row["inputs"]),
            "extra": json.dumps({"metadata": row["metadata"]}),
            "start_time": row["start_time"],
            "total_cost": exported.usd(row["total_cost_nano"]),
        }
        for row in tiny("langsmith/runs")
    ]
    source = exported.lines(tmp_path / "source.jsonl", rows)
    parquet, target = tmp_path / "runs.parquet", tmp_path / "runs.jsonl"
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "COPY (SELECT * REPLACE (CAST(start_time AS TIMESTAMP) AS start_time, "
            f"CAST(total_cost AS DECIMAL(30, 12)) AS total_cost) FROM read_json('{source}', "
            f"columns = {{{', '.join(f'{name}: VARCHAR' for name in rows[0])}}})) TO '{parquet}'"
        )
        connection.execute(f"COPY (FROM '{parquet}') TO '{target}' (FORMAT json)")
    found = imported(tmp_path / "out", str(target))("langsmith/runs")
    asked = (*fields, "inputs", "metadata", "start_time", "total_cost_nano")
    assert [{name: row.get(name) for name in asked} for row in found] == [
        {name: row[name] for name in asked} for row in tiny("langsmith/runs")
    ]


def test_keys_open_the_tenants_of_the_rows(tmp_path: Path, tiny: Rows) -> None:
    runs = [exported.run(row) for row in tiny("langsmith/runs")[:2]]
    runs[1]["tenant_id"] = "CCCCCCCC-0000-4000-8000-000000000001"
    file = exported.lines(tmp_path / "runs.jsonl", runs)
    plain = imported(tmp_path / "plain", file)("keys")
    assert [(row["key"], row["provider"], row["tenant_id"]) for row in plain] == [
        (KEY, "langsmith", TENANT),
        (KEY, "langsmith", "cccccccc-0000-4000-8000-000000000001"),
    ]
    named = imported(tmp_path / "named", file, "--key", "a", "--key", "b")("keys")
    assert [row["key"] for row in named] == ["a", "b", "a", "b"]


def test_json_ends_with_the_manifest(
    tmp_path: Path, tiny: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    run = exported.run(tiny("langsmith/runs")[1])
    run |= {"total_cost": 0.0000000015, "prompt_cost": "0.0000000025", "novel": 1}
    run |= {"feedback_stats": {"k": {"n": 1}}}
    file = exported.lines(tmp_path / "runs.jsonl", [run])
    out = tmp_path / "out"
    assert main(["fixtures", "import", file, "--out", str(out), "--name", "mine", "--json"]) == 0
    *_, figures, manifest = map(json.loads, capsys.readouterr().out.splitlines())
    assert figures == {
        "read": 1,
        "bad": 0,
        "rounded": 2,
        "unknown_fields": {"novel": 1},
        "feedback_stats": 1,
        "examples_left_out": 0,
    }
    assert manifest == json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["name"] == "mine"
    assert manifest["now"] == run["end_time"]
    assert manifest["logical_hash"] == fingerprint.of_dataset(datasets.find(str(out)))
    (row,) = rows_of(out)("langsmith/runs")
    assert (row["total_cost_nano"], row["prompt_cost_nano"]) == (2, 2)  # half to even


def test_an_amount_is_exact_whatever_a_double_holds(tmp_path: Path, tiny: Rows) -> None:
    """2**53 + 1 nano-USD: no double is 9007199.254740993."""
    run = exported.run(tiny("langsmith/runs")[0]) | {"total_cost": "AMOUNT"}
    file = tmp_path / "runs.jsonl"
    file.write_text(json.dumps(run).replace('"AMOUNT"', "9007199.254740993"), encoding="utf-8")
    (row,) = imported(tmp_path / "out", str(file))("langsmith/runs")
    assert row["total_cost_nano"] == 2**53 + 1


def test_serving_imports_no_importer() -> None:
    code = "import sys, locum.cli.main, locum.app; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert "locum.engine" in done.stdout
    assert "locum.importer" not in done.stdout

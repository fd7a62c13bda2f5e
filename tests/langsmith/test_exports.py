"""LangSmith's exports: runs and feedback, field by field."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from starlette.testclient import TestClient

from locum.langsmith.exports import EXPORTS
from tests.conftest import KEY, Rows, application_over
from tests.oracles import exported
from tests.oracles.bundled import TABLES, data_of, find
from tests.oracles.exported import (
    FEEDBACK,
    ID,
    RUN,
    SECRET,
    Row,
    imported,
    lines,
    refusal,
    stand_in,
)

TENANT = "11111111-1111-4111-8111-111111111111"

# A row, fields that are not as they must be, and what is told of them.
FIELDS: list[tuple[Row, Row, str]] = [
    (RUN, {"id": None}, "id: found nothing, expected a UUID"),
    (RUN, {"id": 5}, "id: found 5, expected a UUID"),
    (RUN, {"session_id": "{" + ID.format(1) + "}"}, "session_id: found"),
    (RUN, {"session_id": None}, "session_id: found nothing, expected a UUID"),
    (RUN, {"parent_run_id": ID.format(2)}, "trace_id: found nothing, expected a UUID"),
    (RUN, {"name": {"a": 1}}, 'name: found {"a": 1}, expected a text'),
    (RUN, {"name": ["x" * 99]}, f'name: found ["{"x" * 58}…, expected a text'),
    (RUN, {"run_type": "LLM"}, 'run_type: found "LLM", expected one of tool, chain, llm,'),
    (RUN, {"status": "done"}, 'status: found "done", expected one of success, error, pending'),
    (RUN, {"start_time": 1767323045}, "start_time: found 1767323045, expected a time such as"),
    (RUN, {"start_time": "2026-02-30T00:00:00Z"}, "expected a time that exists ("),
    (RUN, {"start_time": "2026-01-01T00:00:60Z"}, "expected a time that exists ("),
    (RUN, {"start_time": "10000-01-01T00:00:00Z"}, "expected a time such as"),
    (RUN, {"start_time": "0001-01-01T00:00:00+01:00"}, "a time of the years 1 to 9999"),
    (RUN, {"start_time": "9999-12-31T23:59:59-01:00"}, "a time of the years 1 to 9999"),
    (RUN, {"start_time": "٢٠٢٦-01-01T00:00:00Z"}, "expected a time such as"),
    (RUN, {"end_time": "2026-01-02T03:04:04.999Z"}, "end_time: found 2026-01-02T03:04:04.999000Z"),
    (RUN, {"first_token_time": "2026-01-02T03:04:04Z"}, "first_token_time: found 2026-01-02T03"),
    (RUN, {"tags": ["a", 1]}, 'tags: found ["a", 1], expected a list of texts'),
    (RUN, {"inputs": [1]}, "inputs: found [1], expected a JSON object, or the text of one"),
    (RUN, {"outputs": "{"}, 'outputs: found "{", expected a JSON object, or the text of one'),
    (RUN, {"extra": {"metadata": 1}}, 'extra: found {"metadata": 1}, expected an object whose'),
    (RUN, {"total_tokens": 2**63}, f"total_tokens: found {2**63}, expected an integer of 64 bits"),
    (RUN, {"total_tokens": 1.5}, "total_tokens: found 1.5, expected an integer of 64 bits, 0 or"),
    (RUN, {"total_tokens": -1}, "total_tokens: found -1, expected an integer of 64 bits, 0"),
    (RUN, {"total_tokens": True}, "total_tokens: found true, expected an integer of 64 bits"),
    (RUN, {"total_tokens": "٣"}, "total_tokens: found"),
    (RUN, {"total_cost": -0.5}, "total_cost: found -0.5, expected an amount of USD, 0 or more"),
    (RUN, {"total_cost": "NaN"}, 'total_cost: found "NaN", expected an amount of USD, 0 or more'),
    (RUN, {"total_cost": "1_0"}, 'total_cost: found "1_0", expected an amount of USD, 0 or more'),
    (RUN, {"total_cost": True}, "total_cost: found true, expected an amount of USD, 0 or more"),
    (RUN, {"total_cost": "9223372036.854775808"}, "expected an amount of USD that 64 bits hold"),
    (RUN, {"total_cost": "1e999"}, "expected an amount of USD that 64 bits hold in nano-USD"),
    (RUN, {"prompt_token_details": {"a": "x"}}, "an integer of 64 bits, 0 or more under 'a'"),
    (RUN, {"prompt_token_details": 1}, "prompt_token_details: found 1, expected an object"),
    (RUN, {"prompt_cost_details": {"a": "x"}}, "expected an amount of USD, 0 or more under 'a'"),
    (RUN, {"reference_example_id": "x"}, 'reference_example_id: found "x", expected a UUID'),
    (RUN, {"reference_dataset_id": "x"}, 'reference_dataset_id: found "x", expected a UUID'),
    (FEEDBACK, {"run_id": None}, "run_id: found nothing, expected a UUID"),
    (FEEDBACK, {"created_at": None}, "created_at: found nothing, expected a time such as"),
    (FEEDBACK, {"score": "1"}, 'score: found "1", expected a number of 9,000,000,000 at most'),
    (FEEDBACK, {"score": 1e10}, "score: found 10000000000.0, expected a number of 9,000,000,000"),
    (FEEDBACK, {"feedback_source": "api"}, 'feedback_source: found "api", expected a JSON object'),
]


@pytest.mark.parametrize(("base", "changed", "told"), FIELDS)
def test_a_bad_value_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], base: Row, changed: Row, told: str
) -> None:
    (field,) = changed if "trace_id" not in told else ("trace_id",)
    first = refusal(tmp_path, capsys, base, changed)
    assert first.startswith(f"{field}: found ")
    assert told in first


# Fields as they are given, and columns as they are imported.
READ: list[tuple[Row, Row, Row]] = [
    (RUN, {"id": ID.format(1).upper()}, {"id": ID.format(1), "trace_id": ID.format(1)}),
    (RUN, {}, {"status": "pending", "tags": None, "metadata": {}, "inputs": {}, "outputs": None}),
    (RUN, {"end_time": "2026-01-02T03:04:05"}, {"status": "success"}),
    (RUN, {"error": ""}, {"status": "error", "error": ""}),
    (RUN, {"error": "e", "status": "success"}, {"status": "success"}),
    (RUN, {"inputs": '{"a": [1.5, null]}'}, {"inputs": {"a": [1.5, None]}}),
    (RUN, {"inputs": {"n": 2**64 - 1}}, {"inputs": {"n": 2**64 - 1}}),
    (RUN, {"name": "a\0b \u202e \U0001f600"}, {"name": "a\0b \u202e \U0001f600"}),
    (RUN, {"extra": None}, {"metadata": {}}),
    (RUN, {"extra": '{"metadata": null}'}, {"metadata": {}}),
    (RUN, {"total_tokens": "9223372036854775807"}, {"total_tokens": 2**63 - 1}),
    (RUN, {"total_tokens": 12.0}, {"total_tokens": 12}),
    (RUN, {"total_cost": "9223372036.854775807"}, {"total_cost_nano": 2**63 - 1}),
    (RUN, {"total_cost": 3}, {"total_cost_nano": 3 * 10**9}),
    (RUN, {"total_cost": "0." + "0" * 9 + "5"}, {"total_cost_nano": 0}),
    (RUN, {"total_cost": "0." + "0" * 9 + "5" + "0" * 40 + "1"}, {"total_cost_nano": 1}),
    (RUN, {"total_cost": 1.5e-9}, {"total_cost_nano": 2}),
    (
        RUN,
        {"prompt_cost_details": {"cache_read": 1e-7, "audio": "0.2", "x": None}},
        {"prompt_cost_details_nano": {"cache_read": 100, "audio": 200_000_000}},
    ),
    (RUN, {"prompt_token_details": {"a": 1, "b": None}}, {"prompt_token_details": {"a": 1}}),
    (FEEDBACK, {"score": True, "value": {"a": 1}}, {"score": True, "value": {"a": 1}}),
    (FEEDBACK, {}, {"modified_at": "2026-01-02T03:04:05.000000Z", "session_id": None}),
]


@pytest.mark.parametrize(("base", "changed", "columns"), READ)
def test_a_value_is_read(tmp_path: Path, base: Row, changed: Row, columns: Row) -> None:
    """And the server loads what is written."""
    (row,) = imported(tmp_path / "out", lines(tmp_path / "file", [base | changed]))(
        "langsmith/runs" if base is RUN else "langsmith/feedback"
    )
    assert {name: row.get(name) for name in columns} == columns
    data_of(find(str(tmp_path / "out")))


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


def test_every_text_of_a_row_is_replaced_but_the_vendors_words(tmp_path: Path) -> None:
    """And names that the server reads, or that tell the model; numbers of metadata stay."""
    run = RUN | {
        "name": "secret",
        "status": "success",
        "extra": {"metadata": {"thread_id": "secret", "ls_model_name": "gpt", "secret": 5}},
        "inputs": {"secret": 5},
        "prompt_token_details": {"cache_read": 1, "secret": 2},
    }
    feedback = FEEDBACK | {
        "score": 0.5,
        "correction": {"secret": "secret"},
        "feedback_source": {"type": "api", "user_id": "secret"},
    }
    file = lines(tmp_path / "f", [run, feedback])
    read = imported(tmp_path / "out", file, "--anonymise", "--secret", SECRET)
    hidden = stand_in("secret")
    (row,) = read("langsmith/runs")
    assert (row["name"], row["run_type"], row["status"]) == (hidden, "llm", "success")
    assert row["metadata"] == {"thread_id": hidden, "ls_model_name": "gpt", hidden: 5}
    assert list(row["inputs"]) == [hidden]
    assert row["inputs"][hidden] != 5
    assert row["prompt_token_details"] == {"cache_read": 1, hidden: 2}
    (row,) = read("langsmith/feedback")
    assert (row["key"], row["score"]) == (stand_in("k"), 0.5)
    assert row["correction"] == {hidden: hidden}
    assert row["source"] == {"type": "api", stand_in("user_id"): hidden}


def test_kinds_and_words_are_of_tables_and_columns_that_there_are() -> None:
    words = EXPORTS.vocabulary
    for kind in EXPORTS.kinds:
        assert {kind.id, kind.tenant or kind.id} <= TABLES[kind.table].keys()
    for columns in (words.columns, words.contents, words.labels, words.left_out):
        for table, names in columns.items():
            assert set(names) <= TABLES[table].keys()

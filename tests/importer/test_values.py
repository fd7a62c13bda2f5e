"""Fields of export rows that are not as they must be: told with the field, what was found, and what
was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.cli.main import main
from locum.datasets import dataset as datasets
from locum.engine.duckdb import DuckDB
from locum.importer.values import time
from tests.oracles.exported import FEEDBACK, ID, REQUEST, RUN, Row, imported, lines, text_of

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
    (REQUEST, {"request_id": "1"}, 'request_id: found "1", expected a UUID'),
    (REQUEST, {"request_created_at": None}, "request_created_at: found nothing, expected a time"),
    (REQUEST, {"response_created_at": "2026-01-02T03:04:04Z"}, "response_created_at: found 2026"),
    (REQUEST, {"delay_ms": -3}, "delay_ms: found -3, expected an integer of 64 bits, 0 or more"),
    (REQUEST, {"scores": {"a": 0.5}}, "expected an integer of 64 bits under 'a'"),
    (REQUEST, {"cache_enabled": 2}, "cache_enabled: found 2, expected true or false"),
    (REQUEST, {"request_body": 1}, "request_body: found 1, expected a text, an object or an array"),
    (REQUEST, {"response_status": "x"}, 'response_status: found "x", expected an integer of 64'),
]


@pytest.mark.parametrize(("base", "changed", "told"), FIELDS)
def test_a_bad_value_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], base: Row, changed: Row, told: str
) -> None:
    file = tmp_path / "file"
    file.write_bytes(text_of(base) + b"\n" + text_of(base, **changed))
    assert main(["fixtures", "import", str(file), "--out", str(tmp_path / "out")]) == 2
    first = capsys.readouterr().err.splitlines()[0]
    (field,) = changed if "trace_id" not in told else ("trace_id",)
    assert first.startswith(f"{file}:2: {field}: found ")
    assert told in first
    assert not (tmp_path / "out").exists()


TABLES = {"langsmith/runs": RUN, "langsmith/feedback": FEEDBACK, "helicone/requests": REQUEST}
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
    (REQUEST, {"cost": 0.0000349, "costUSD": 7}, {"cost": 34_900}),
    (REQUEST, {"costUSD": 7}, {"cost": 7 * 10**9}),
    (REQUEST, {"response_model": "r", "request_model": "q", "model": "m"}, {"model": "r"}),
    (REQUEST, {"model_override": "o", "response_model": "r"}, {"model": "o"}),
    (REQUEST, {"response_model": "", "model": "m"}, {"model": "m"}),
    (REQUEST, {"scores": {"a": {"value": 3, "valueType": "number"}}}, {"scores": {"a": 3}}),
    (REQUEST, {"scores": {"a": True}}, {"scores": {"a": 1}}),
    (REQUEST, {"feedback_rating": False}, {"scores": {"helicone-score-feedback": 0}}),
    (
        REQUEST,
        {"properties": {}, "request_properties": {"n": 2, "b": True, "t": "x", "z": None}},
        {"properties": {"n": "2", "b": "true", "t": "x"}},
    ),
    (REQUEST, {"request_body": {"a": [1]}}, {"request_body": '{"a":[1]}'}),
    (REQUEST, {"response_body": "plain"}, {"response_body": "plain"}),
    (REQUEST, {"response_status": None}, {"status": None}),
]


@pytest.mark.parametrize(("base", "changed", "columns"), READ)
def test_a_value_is_read(tmp_path: Path, base: Row, changed: Row, columns: Row) -> None:
    """And the server loads what is written."""
    table = next(name for name, kind in TABLES.items() if kind is base)
    (row,) = imported(tmp_path / "out", lines(tmp_path / "file", [base | changed]))(table)
    assert {name: row.get(name) for name in columns} == columns
    DuckDB(datasets.find(str(tmp_path / "out")))


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("2026-03-29 01:59:59.1", "2026-03-29T01:59:59.100000Z"),
        ("2024-02-29T23:30:00-01:00", "2024-03-01T00:30:00.000000Z"),
        ("2026-01-01 00:00:00+05", "2025-12-31T19:00:00.000000Z"),
        ("2026-01-01T00:00:00+0530", "2025-12-31T18:30:00.000000Z"),
        ("2026-01-01T00:00:00.123456999Z", "2026-01-01T00:00:00.123456Z"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_time_is_read_as_utc(given: str, read: str) -> None:
    assert time(given) == read

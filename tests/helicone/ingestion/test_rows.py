"""A log as a row: what the goldens do not have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from locum.helicone.ingestion import rows
from locum.helicone.ingestion.rows import NoLog, Row, Setting
from locum.helicone.ingestion.usage import Usage
from tests.helicone.ingestion.logs import NEW_ID, NOW_US, ORGANIZATION, SETTING, log

NOW, SECOND_LATER = "2026-06-15T09:00:00.123Z", "2026-06-15T09:00:01.123Z"


def worker(made: Any, provider: str = "CUSTOM", **headers: str) -> Row:
    return rows.of_worker(made, headers, provider, SETTING)


def jawn(made: Any, **headers: str) -> Row:
    return rows.of_jawn(made, headers, SETTING)


def times(row: Row) -> tuple[str, str, int]:
    return row["request_created_at"], row["response_created_at"], row["latency"]


def untimed() -> dict[str, Any]:
    made = log({})
    del made["timing"]
    return made


def test_without_timing_a_worker_says_one_second_and_the_others_none() -> None:
    assert times(worker(untimed())) == (NOW, SECOND_LATER, 1000)
    assert times(jawn(untimed())) == (NOW, NOW, 0)


def test_a_log_at_the_tracing_endpoints() -> None:
    """Its provider is as it is written, else OPENAI; nobody keeps the address."""
    row = jawn(log({"model": "a"}) | {"provider": "openai"})
    assert (row["provider"], row["target_url"]) == ("openai", "")
    assert jawn(log({}))["provider"] == "OPENAI"
    assert jawn(log({}) | {"provider": None})["provider"] == "OPENAI"
    assert row["cache_reference_id"] == "00000000-0000-0000-0000-000000000000"


def test_texts_are_times_at_the_tracing_endpoints() -> None:
    given = {"startTime": "2026-06-15T09:01:00.007Z", "endTime": "1781514061"}
    assert times(jawn(log({}) | {"timing": given})) == (
        "2026-06-15T09:01:00.007Z",
        "2026-06-15T09:01:01.000Z",
        993,
    )


def test_the_path_names_the_model_of_a_logging_server_alone() -> None:
    made = log({}, asked={})
    made["providerRequest"]["url"] = "https://api.test/v1/engines/davinci/completions"
    assert worker(made)["model"] == "davinci"
    assert worker(made)["target_url"] == "https://api.test/v1/engines/davinci/completions"
    assert jawn(made)["model"] == ""


def test_a_new_id_where_none_is_asked_for() -> None:
    assert worker(log({}))["request_id"] == NEW_ID
    assert worker(log({}))["organization_id"] == ORGANIZATION


def test_ids_of_its_own_are_random() -> None:
    setting = Setting(ORGANIZATION, NOW_US)
    made = [rows.of_worker(log({}), {}, "CUSTOM", setting)["request_id"] for _ in range(2)]
    assert made[0] != made[1]
    assert made[0][14] == "4"  # of version 4


@pytest.mark.parametrize(("status", "kept"), [(-3, -3), (0, 0), (204.9, 204), (1e300, 2**63 - 1)])
def test_status_is_kept_as_sent(status: float, kept: int) -> None:
    assert worker(log({}, status=status))["status"] == kept


def test_the_tracing_endpoints_ask_for_no_more_than_what_was_asked_and_answered() -> None:
    row = jawn({"providerRequest": {"json": None}, "providerResponse": {"textBody": "{}"}})
    assert (row["status"], row["request_body"], row["response_body"]) == (0, "null", "{}")


def stream(*events: Any) -> str:
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events)


BEGUN = {"type": "message_start", "message": {"model": "c", "usage": {"input_tokens": 25}}}
BROKEN = {"type": "error", "error": {"type": "overloaded_error"}}


@pytest.mark.parametrize(
    ("provider", "model", "status"),
    [("ANTHROPIC", "m", 500), ("CUSTOM", "claude-sonnet-4", 500), ("CUSTOM", "m", 200)],
)
def test_an_error_in_a_stream_of_anthropics_is_500(provider: str, model: str, status: int) -> None:
    made = log(stream(BEGUN, BROKEN), asked={"model": model, "stream": True})
    row = worker(made, provider)
    assert (row["status"], row["prompt_tokens"], row["model"]) == (status, 25, "c")


@pytest.mark.parametrize("streamed", ["true", 1, False, None])
def test_only_true_asks_for_a_stream(streamed: Any) -> None:
    made = log(stream({"usage": {"prompt_tokens": 1}}), asked={"stream": streamed})
    assert worker(made)["prompt_tokens"] == 0


def test_bodies_are_left_out_by_headers() -> None:
    made = log({"model": "b", "usage": {"prompt_tokens": 3}}, asked={"model": "a", "x": 1})
    row = worker(made, **{"Helicone-Omit-Request": "true", "Helicone-Omit-Response": "true"})
    assert (row["request_body"], row["response_body"]) == ('{"model":"a"}', '{"model":"b"}')
    assert (row["model"], row["prompt_tokens"]) == ("b", 3)
    row = worker(made, **{"Helicone-Omit-Request": "True"})
    assert row["request_body"] == '{"model":"a","x":1}'


def test_a_response_without_a_model_that_is_left_out_says_so() -> None:
    row = worker(log("no JSON"), **{"Helicone-Omit-Response": "true"})
    assert row["response_body"] == '{"model":"unknown"}'


@pytest.mark.parametrize(("asked", "answered"), [(5, 5), (9_000_000, 2_000_000)])
def test_bodies_of_more_than_ten_mebibytes_are_shortened(asked: int, answered: int) -> None:
    row = worker(log({"a": "x" * answered}, asked={"a": "y" * asked}))
    whole = asked + answered + 16
    sizes = len(row["request_body"]), len(row["response_body"])
    assert sizes == ((8_000_000, 400_000) if whole > 10 * 2**20 else (asked + 8, answered + 8))


def test_bodies_are_measured_in_bytes() -> None:
    row = worker(log({"a": "é" * 3_000_000}, asked={"a": "é" * 3_000_000}))
    assert len(row["response_body"]) == 400_000


@pytest.mark.parametrize(
    ("given", "cost"),
    [({"usage": {"cost": 0.25}}, 250_000_000), ({}, 500_000_000), ({"usage": 5}, 500_000_000)],
)
def test_cost_of_the_response_counts_before_that_of_the_log(given: Any, cost: int) -> None:
    assert worker(log(given, cost=0.5))["cost"] == cost


def test_prices_are_asked_with_what_the_row_has() -> None:
    asked: list[tuple[str, str, Usage, int]] = []

    def prices(provider: str, model: str, used: Usage, start_ms: int) -> int:
        asked.append((provider, model, used, start_ms))
        return 42

    setting = Setting(ORGANIZATION, NOW_US, prices)
    made = log({"model": "b", "usage": {"prompt_tokens": 3}})
    assert rows.of_worker(made, {}, "OPENAI", setting)["cost"] == 42
    assert asked == [("OPENAI", "b", Usage(3), 1_781_514_060_007)]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (None, "providerRequest: found None, expected an object"),
        ({"providerRequest": {}}, "providerResponse: found None, expected an object"),
        (log({}, status="200"), "providerResponse.status: found 200, expected a number"),
        (log({}) | {"timing": {"startTime": "1"}}, "timing: found None, expected seconds and"),
        (log({}) | {"timing": "now"}, "timing: timing: found now, expected an object"),
        (log({}) | {"provider": 5}, "provider: found 5, expected a text"),
        (log({}) | {"providerRequest": {}}, "json: found nothing, expected what was asked"),
        (log({}) | {"providerResponse": {}}, "json: found nothing, expected what was asked"),
    ],
)
def test_what_no_row_can_be_made_of(made: Any, message: str) -> None:
    with pytest.raises(NoLog) as raised:
        jawn(made)
    assert str(raised.value).startswith(message)

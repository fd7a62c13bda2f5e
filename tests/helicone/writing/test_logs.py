"""Logs and spans over HTTP, and the requests that are there then."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.helicone.ingestion.logs import log
from tests.helicone.writing.conftest import KNOWN, MINE, NAMES, SESSIONS, Server
from tests.oracles.helicone_requests import golden
from tests.oracles.otlp import in_protobuf

CASES = golden("ingestion.json")["cases"]
ID = "6f1c0001-3a2b-4c5d-8e6f-7a8b9c0d1e2f"
TEXT = "text/plain;charset=UTF-8"
# Columns of a row that a request is shown with, under their names there.
SHOWN = {
    "request_created_at": "request_created_at",
    "response_created_at": "response_created_at",
    "model": "request_model",
    "user_id": "request_user_id",
    "status": "response_status",
    "latency": "delay_ms",
    "provider": "provider",
    "properties": "request_properties",
    "target_url": "target_url",
    "country_code": "country_code",
    "prompt_id": "prompt_id",
    "prompt_version": "prompt_version",
    "request_referrer": "request_referrer",
    "cache_enabled": "cache_enabled",
    "cache_reference_id": "cache_reference_id",
}
TEXTS = (
    "prompt_tokens",
    "completion_tokens",
    "time_to_first_token",
    "prompt_cache_read_tokens",
    "prompt_cache_write_tokens",
)


def named(id_: str = ID, **more: str) -> dict[str, str]:
    return {"Helicone-Request-Id": id_} | {
        f"Helicone-{name.replace('_', '-')}": value for name, value in more.items()
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_a_client_sends_is_shown_as_the_vendor_has_it(
    server: Server, case: dict[str, Any]
) -> None:
    sent, row = case["request"], case["row"]
    headers = {name: text.replace("{KEY}", "mine") for name, text in sent["headers"].items()}
    content = json.dumps(sent["body"]).encode()
    answer = server.ask(sent["path"], content, method=sent["method"], headers=headers)
    assert (answer.status_code, answer.text) == (case["answer"]["status"], case["answer"]["body"])
    assert answer.headers["helicone-id"] == row["request_id"]
    shown = server.requests()[row["request_id"]]
    for column, name in SHOWN.items():
        assert shown[name] == row[column], column
    for column in TEXTS:
        assert shown[column] == str(row[column]), column
    if "cost" in row:
        assert shown["cost"] == pytest.approx(row["cost"] / 1e9, rel=1e-12)
    assert shown["request_body"] == json.loads(row["request_body"])
    if "response_body" in row:
        assert shown["response_body"] == json.loads(row["response_body"])
    assert shown["scores"] == {}


def test_a_log_shows_in_every_read(server: Server) -> None:
    """Also where the answer before was kept."""
    session = {"Session_Id": "trip-12", "Session_Name": "Ferry desk", "Property_Desk": "north"}
    metrics = {"nameContains": "", "timezoneDifference": 0}
    for number in (1, 2):
        answered = {"model": "pebble-7b", "usage": {"prompt_tokens": 31, "cost": 0.5}}
        sent = named(f"6f1c000{number}-3a2b-4c5d-8e6f-7a8b9c0d1e2f", User_Id="ada", **session)
        assert server.ask("/custom/v1/log", log(answered), headers=sent).text == "ok"
        assert len(server.requests()) == 2 + number
        trip, _ = server.data("/v1/session/query", SESSIONS)
        assert (trip["session_id"], trip["total_requests"]) == ("trip-12", str(number))
        assert (trip["prompt_tokens"], trip["user_ids"]) == (31 * number, ["ada"])
        count = server.data("/v1/session/count", SESSIONS)
        assert (count["count"], count["total_cost"]) == (2, number / 2)
        names = {row["name"]: row for row in server.data("/v1/session/name/query", NAMES)}
        assert names["Ferry desk"]["session_count"] == "1"
        properties = [row["property"] for row in server.data("/v1/property/query", {})]
        expected = ["Helicone-Session-Id", "Helicone-Session-Name", "desk", "env"]
        assert properties == expected
        found = server.data("/v1/session/metrics/query", metrics)
        assert found["average"]["session_count"] == [{"average": (2 + number) / 3}]


def test_a_log_of_another_day_shows_whatever_the_datasets_time(server: Server) -> None:
    for second in (1_000_000_000, 1_900_000_000):
        moment = {"seconds": second, "milliseconds": 0}
        times = {"startTime": moment, "endTime": moment}
        assert server.ask("/custom/v1/log", log({}) | {"timing": times}).text == "ok"
    shown = [row["request_created_at"] for row in server.requests().values()]
    assert shown[0] == "2001-09-09T01:46:40.000Z"
    assert shown[-1] == "2030-03-17T17:46:40.000Z"


def test_the_last_log_of_an_id_replaces_the_one_before(server: Server) -> None:
    """Whole, but for scores and properties that were given since."""
    first = named(User_Id="ada", Property_Desk="north")
    assert server.ask("/custom/v1/log", log({"model": "a"}), headers=first).text == "ok"
    server.ask(f"/v1/request/{ID}/score", {"scores": {"quality": 4}})
    reviewed = {"key": "Reviewed", "value": "yes"}
    server.ask(f"/v1/request/{ID}/property", reviewed, method="PUT")
    assert server.ask("/oai/v1/log", log({"model": "b"}), headers=named()).text == "ok"
    assert len(server.requests()) == 3
    shown = server.requests()[ID]
    assert (shown["provider"], shown["request_model"]) == ("OPENAI", "b")
    assert shown["request_user_id"] == ""
    assert shown["request_properties"] == {"Reviewed": "yes"}
    assert shown["scores"] == {"quality": "4"}


def test_a_log_replaces_a_request_of_the_files(server: Server) -> None:
    server.ask("/custom/v1/log", log({"model": "b"}), headers=named(KNOWN.upper()))
    assert len(server.requests()) == 2
    shown = server.requests()[KNOWN]
    assert (shown["request_model"], shown["scores"]) == ("b", {"quality": "3"})
    assert shown["request_properties"] == {}


def test_one_id_in_two_organizations_is_two_requests(server: Server) -> None:
    """And neither sees the other's."""
    for key, model in (("mine", "a"), ("theirs", "b"), ("theirs", "c")):
        sent = named(Session_Id=key)
        server.ask("/custom/v1/log", log({"model": model}), key=key, headers=sent)
    assert server.requests()[ID]["request_model"] == "a"
    theirs = server.requests("theirs")
    assert [row["request_model"] for row in theirs.values()] == ["c"]
    assert [row["session_id"] for row in server.data("/v1/session/query", SESSIONS)] == [
        "mine",
        "known",
    ]


def test_a_log_without_times_and_id_is_of_now(server: Server) -> None:
    timeless = {name: value for name, value in log({}).items() if name != "timing"}
    answer = server.ask("/custom/v1/log", timeless)
    assert server.requests()[answer.headers["helicone-id"]]["delay_ms"] == 1000


@pytest.mark.parametrize(
    "path", ["/v1/trace/custom/log", "/v1/trace/custom/v1/log", "/v1/trace/custom/log/typed"]
)
def test_the_tracing_endpoints_answer_nothing(server: Server, path: str) -> None:
    moments = {"startTime": "1781514060007", "endTime": "1781514060847"}
    sent = log({"model": "m"}) | ({"timing": moments} if path.endswith("typed") else {})
    answer = server.ask(path, sent | {"provider": "Mistral"}, headers=named())
    assert (answer.status_code, answer.content) == (200, b"")
    shown = server.requests()[ID]
    assert (shown["provider"], shown["target_url"], shown["delay_ms"]) == ("Mistral", "", 840)


@pytest.mark.parametrize("path", ["/v1/trace/oai/v1/log", "/v1/trace/custom/log/oai/v1/log"])
def test_what_the_npm_client_makes_of_an_address_is_a_logging_server(
    server: Server, path: str
) -> None:
    assert server.ask(path, log({}), headers=named()).text == "ok"
    assert server.requests()[ID]["provider"] == "OPENAI"


SPAN = {
    "traceId": "5b8efff798038103d269b633813fc60c",
    "spanId": "eee19b7ec3c1b174",
    "name": "openai.chat",
    "startTimeUnixNano": "1781514060007000000",
    "endTimeUnixNano": "1781514060847000000",
    "attributes": [
        {"key": name, "value": {"stringValue": value}}
        for name, value in {
            "gen_ai.system": "OpenAI",
            "gen_ai.response.model": "gpt-4o",
            "gen_ai.usage.prompt_tokens": "12",
            "traceloop.association.properties.Helicone-User-Id": "ada",
            "traceloop.association.properties.Helicone-Session-Id": "trip-1",
            "traceloop.association.properties.Helicone-Property-Desk": "north",
        }.items()
    ],
}
SPANS = {"resourceSpans": [{"scopeSpans": [{"spans": [SPAN, {**SPAN, "name": "again"}]}]}]}


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/v1/trace/log", "application/json"),
        ("/v1/trace/log", "application/x-protobuf"),
        ("/v1/trace/log-python", "application/x-protobuf"),
        ("/v1/trace/log-python", "application/json"),
    ],
)
def test_each_span_is_a_request(server: Server, path: str, media_type: str) -> None:
    in_json = json.dumps(SPANS).encode()
    content = in_protobuf(SPANS) if "protobuf" in media_type else in_json
    answer = server.ask(path, content, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.content) == (200, b"")
    rows = [row for row in server.requests().values() if row["provider"] == "OPENAI"]
    assert len(rows) == 2
    for row in rows:
        assert (row["request_model"], row["prompt_tokens"]) == ("gpt-4o", "12")
        assert (row["request_user_id"], row["delay_ms"]) == ("ada", 840)
        expected = {"Helicone-Session-Id": "trip-1", "Desk": "north"}
        assert row["request_properties"] == expected


def test_what_is_no_log_is_told(server: Server) -> None:
    answer = server.ask("/custom/v1/log", {"providerRequest": {}})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("One of the required fields is missing")
    answer = server.ask("/v1/trace/custom/log", {})
    assert (answer.status_code, answer.content) == (500, b"")
    answer = server.ask("/v1/trace/custom/log/typed", {})
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [
        "providerRequest",
        "providerResponse",
    ]
    answer = server.ask("/v1/trace/custom/log", b"{")
    assert answer.status_code == 422
    assert len(server.requests()) == 2


LONG = 9 * 2**20  # characters


@pytest.mark.parametrize("text", ['\\"' * (LONG // 4), "\u20ac" * LONG])
def test_bodies_beyond_a_line_of_a_dataset_are_cut(server: Server, text: str) -> None:
    """A quote in a body takes four bytes in a line, and a euro sign three."""
    asked = {"model": "m", "content": text}
    content = json.dumps(log({}, asked=asked), ensure_ascii=False).encode()
    answer = server.ask("/custom/v1/log", content, headers=named())
    assert (answer.status_code, answer.text[:80]) == (200, "ok")
    shown = server.requests()[ID]
    assert shown["request_model"] == "m"
    assert 2**21 < len(str(shown["request_body"])) < LONG


def test_properties_beyond_a_line_of_a_dataset_are_too_much(server: Server) -> None:
    meta = {"Helicone-Property-Long": "\u20ac" * (6 * 2**20)}
    content = json.dumps(log({}, meta=meta), ensure_ascii=False).encode()
    answer = server.ask("/custom/v1/log", content)
    assert answer.status_code == 413
    assert "16,777,216 bytes" in answer.json()["error"]


def test_who_may_not_write(server: Server) -> None:
    """Nothing else is looked at before."""
    for key, path, status, error in (
        ("", "/custom/v1/log", 401, "Unauthorized"),
        ("nobody", "/custom/v1/log", 401, "No API key found"),
        ("reader", "/custom/v1/log", 401, "The key may only read"),
        ("", "/v1/trace/custom/log", 401, "No authorization header"),
        ("nobody", "/v1/trace/custom/log", 401, "No API key found"),
        ("reader", "/v1/trace/log", 401, "The key may only read"),
    ):
        answer = server.ask(path, b"{", key=key)
        assert answer.status_code == status, path
        if error == "Unauthorized":
            assert (answer.text, answer.headers["content-type"]) == (error, TEXT)
        else:
            assert answer.json()["error"] == error
    assert server.ask("/custom/v1/log", log({}), headers={"Authorization": "mine"}).json() == {
        "error": "Must included Bearer in API Key"
    }
    assert len(server.requests()) == 2


def test_a_reset_gives_back_the_bytes_of_the_files(server: Server) -> None:
    asked: tuple[tuple[str, Any], ...] = (
        ("/v1/session/query", SESSIONS),
        ("/v1/request/query-clickhouse", {"filter": "all", "limit": 100}),
        ("/v1/property/query", {}),
    )
    before = [server.ask(*each).content for each in asked]
    server.ask("/custom/v1/log", log({}), headers=named(Session_Id="new", Property_X="y"))
    server.ask("/custom/v1/log", log({}), headers=named(KNOWN))
    assert all(server.ask(*each).content != old for each, old in zip(asked, before, strict=True))
    assert server.client.post(f"/__locum/sandboxes/{server.sandbox}/reset").status_code == 204
    assert [server.ask(*each).content for each in asked] == before
    other = Server(server.client)
    assert [other.ask(*each).content for each in asked] == before


def test_the_rows_are_the_organizations(server: Server) -> None:
    server.ask("/custom/v1/log", log({}), key="theirs", headers=named())
    assert ID not in server.requests()
    assert MINE not in json.dumps(server.requests("theirs"))

"""Feedback, scores and properties of requests over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helicone.ingestion.logs import log
from tests.helicone.writing.conftest import KNOWN, OLD, Server

ID = "6f1c0001-3a2b-4c5d-8e6f-7a8b9c0d1e2f"
OK = {"data": None, "error": None}
SCORE = "helicone-score-feedback"


def sent(server: Server, key: str = "mine") -> None:
    headers = {"Helicone-Request-Id": ID, "Helicone-Property-Desk": "north"}
    assert server.ask("/custom/v1/log", log({}), key=key, headers=headers).text == "ok"


def said(server: Server, what: str, body: Any, id_: str = ID, key: str = "mine") -> tuple[int, Any]:
    method = "PUT" if what == "property" else "POST"
    answer = server.ask(f"/v1/request/{id_}/{what}", body, method=method, key=key)
    return answer.status_code, answer.json()


def test_feedback_is_a_score(server: Server) -> None:
    sent(server)
    for rating, score in ((False, "0"), (True, "1")):
        assert said(server, "feedback", {"rating": rating}) == (201, OK)
        assert server.requests()[ID]["scores"] == {SCORE: score}
    thumbs = {"request_response_rmt": {SCORE: {"equals": True}}}
    found = server.data("/v1/request/query-clickhouse", {"filter": thumbs})
    assert [row["request_id"] for row in found] == [ID]


def test_scores_are_merged_and_the_later_wins(server: Server) -> None:
    sent(server)
    assert said(server, "score", {"scores": {"a": 1, "b": 2, "ok": True}}) == (201, OK)
    assert said(server, "score", {"scores": {"b": 3, "ok": False}}) == (201, OK)
    assert server.requests()[ID]["scores"] == {"a": "1", "b": "3", "ok-hcone-bool": "0"}
    scored = server.data("/v1/request/query-clickhouse", {"filter": "all", "isScored": True})
    assert {row["request_id"] for row in scored} == {ID, KNOWN}


@pytest.mark.parametrize("score", [0.5, "high", None])
def test_a_score_that_is_none_changes_nothing(server: Server, score: Any) -> None:
    sent(server)
    status, body = said(server, "score", {"scores": {"a": 1, "b": score}})
    assert (status, body["message"]) == (500, "Internal Server Error")
    assert server.requests()[ID]["scores"] == {}


def test_what_is_said_before_the_request_comes_is_kept_for_it(server: Server) -> None:
    """Not a property."""
    assert said(server, "feedback", {"rating": True}) == (201, OK)
    assert said(server, "score", {"scores": {"a": 1}}) == (201, OK)
    assert said(server, "property", {"key": "k", "value": "v"})[0] == 500
    assert ID not in server.requests()
    sent(server, key="theirs")
    assert server.requests("theirs")[ID]["scores"] == {}
    sent(server)
    shown = server.requests()[ID]
    assert shown["scores"] == {SCORE: "1", "a": "1"}
    assert shown["request_properties"] == {"desk": "north"}


def test_an_id_that_is_no_uuid(server: Server) -> None:
    error = "Invalid requestId: must be a valid UUID"
    assert said(server, "feedback", {"rating": True}, "x") == (500, {"data": None, "error": error})
    assert said(server, "score", {"scores": {"a": 1}}, "x") == (201, OK)


def test_a_property_keeps_its_letter_case_and_the_rest_of_the_row(server: Server) -> None:
    sent(server)
    before = server.requests()[ID]
    assert said(server, "property", {"key": "Desk", "value": "south"}) == (201, OK)
    shown = server.requests()[ID]
    properties = {"desk": "north", "Desk": "south"}
    assert shown == before | {"request_properties": properties, "properties": properties}
    names = [row["property"] for row in server.data("/v1/property/query", {})]
    assert names == ["Desk", "Helicone-Session-Id", "desk", "env"]
    body = {"filter": {"request_response_rmt": {"properties": {"Desk": {"equals": "south"}}}}}
    found = server.data("/v1/request/query-clickhouse", body)
    assert [row["request_id"] for row in found] == [ID]


def test_requests_of_the_files_are_talked_of_too(server: Server) -> None:
    """By their ids in any letter case; those of more than 30 days ago have no scores."""
    before = server.requests()[KNOWN]
    assert said(server, "score", {"scores": {"a": 1}}, KNOWN.upper()) == (201, OK)
    assert said(server, "property", {"key": "k", "value": "v"}, KNOWN) == (201, OK)
    assert said(server, "score", {"scores": {"a": 1}}, OLD) == (201, OK)
    assert said(server, "property", {"key": "k", "value": "v"}, OLD) == (201, OK)
    shown = server.requests()
    properties = before["properties"] | {"k": "v"}
    assert shown[KNOWN] == before | {
        "scores": {"quality": "3", "a": "1"},
        "request_properties": properties,
        "properties": properties,
    }
    assert (shown[OLD]["scores"], shown[OLD]["properties"]) == ({}, {"k": "v"})


def test_nobody_talks_of_anothers_request(server: Server) -> None:
    sent(server)
    assert said(server, "score", {"scores": {"a": 1}}, key="theirs") == (201, OK)
    assert said(server, "property", {"key": "k", "value": "v"}, key="theirs")[0] == 500
    shown = server.requests()[ID]
    assert (shown["scores"], shown["properties"]) == ({}, {"desk": "north"})


def test_a_reader_is_refused_before_anything(server: Server) -> None:
    for what in ("feedback", "score", "property"):
        status, body = said(server, what, {}, key="reader")
        assert (status, body["error"]) == (401, "The key may only read")


def worker(server: Server, body: Any, key: str = "mine") -> tuple[int, str]:
    answer = server.ask("/v1/feedback", body, key=key)
    return answer.status_code, answer.text


def test_feedback_at_a_logging_server(server: Server) -> None:
    thumb = {"helicone-id": ID, "rating": True}
    status, text = worker(server, thumb)
    assert (status, text) == (500, f'Error: Request not found for heliconeId "{ID}".')
    sent(server)
    answer = server.ask("/v1/feedback", thumb)
    message = "Feedback added successfully."
    assert answer.json() == {"message": message, "helicone_id": ID}
    assert server.requests()[ID]["scores"] == {SCORE: "1"}
    assert worker(server, {"helicone-id": "x"}) == (400, "Invalid helicone-id format.")
    assert worker(server, thumb, key="") == (401, "Unauthorized")
    assert worker(server, thumb, key="reader") == (401, '{"error":"The key may only read"}')

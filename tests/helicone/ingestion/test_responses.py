"""What was answered to a call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from locum.helicone.ingestion import responses
from locum.helicone.ingestion.responses import Response


def read(found: Any, *, streamed: bool = False, **options: bool) -> Response:
    return responses.read(
        found, streamed=streamed, anthropic=options.pop("anthropic", False), **options
    )


BODY = {"model": "m", "usage": {"prompt_tokens": 1}}
CHUNKS = [{"choices": [], "model": "m"}, {"choices": [], "usage": {"prompt_tokens": 1}}]
STREAM = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in CHUNKS)


def test_json_is_taken_as_it_is() -> None:
    assert read({"json": BODY}) == Response(BODY, BODY)


def test_a_text_wins_unless_it_is_empty() -> None:
    assert read({"json": {"a": 1}, "textBody": json.dumps(BODY)}) == Response(BODY, BODY)
    assert read({"json": BODY, "textBody": ""}) == Response(BODY, BODY)
    assert read({"json": BODY, "textBody": None}) == Response(BODY, BODY)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_text_that_is_no_json_is_told_of(streamed: bool) -> None:  # noqa: FBT001
    found = read({"json": {}, "textBody": "The gull ate it."}, streamed=streamed)
    assert found.body["helicone_error"] == "error parsing response"
    assert found.body["parse_response_error"].startswith("Error parsing body: ")
    assert found.body["parse_response_error"].endswith(", The gull ate it.")
    assert found.reported == {}


@pytest.mark.parametrize("value", [None, 0, False, ""])
def test_what_javascript_takes_for_false_is_told_of(value: Any) -> None:
    error = {"helicone_error": "error parsing response", "parse_response_error": None}
    assert read({"json": value}) == Response(error, {})


def test_a_page_is_kept_as_one() -> None:
    page = "<!DOCTYPE html><p>502"
    body = {"error": "HTML response detected:", "html_response": page}
    assert read({"textBody": page}) == Response(body, {})


def test_a_stream_is_one_where_the_request_asked_for_it_alone() -> None:
    found = read({"textBody": STREAM}, streamed=True)
    assert found.body["streamed_data"] == CHUNKS
    assert found.reported == CHUNKS[1]
    assert "helicone_error" in read({"textBody": STREAM}).body


def test_of_a_stream_that_was_left_the_last_line_does_not_count() -> None:
    text = "".join(json.dumps(chunk) + "\n" for chunk in CHUNKS)
    assert read({"textBody": text, "status": -3}, streamed=True).reported == CHUNKS[1]
    cut = read({"textBody": text[:-1], "status": -3}, streamed=True)
    assert "usage" not in cut.reported
    assert read({"textBody": '{"a":1}', "status": -3}, streamed=True) == Response({}, {})
    assert read({"textBody": '{"a":1}', "status": -3}).body == {"a": 1}


def test_chunks_in_json_are_joined_into_one_line_which_is_none_of_json() -> None:
    found = {"json": {"streamed_data": CHUNKS}}
    joined = read(found, streamed=True, joins_streams=True)
    assert (joined.reported, "helicone_error" in joined.body) == ({}, True)
    assert read(found, streamed=True).body == found["json"]


def test_one_chunk_in_json_can_be_read() -> None:
    found = read({"json": {"streamed_data": CHUNKS[1:]}}, streamed=True, joins_streams=True)
    assert found.reported == CHUNKS[1]


def test_an_error_in_the_midst_is_told_of_anthropic_alone() -> None:
    text = 'data: {"type":"error","error":{"type":"overloaded_error"}}\n'
    assert read({"textBody": text}, streamed=True, anthropic=True).has_failed
    assert not read({"textBody": text}, streamed=True).has_failed


def test_a_list_reports_the_last_usage_in_it() -> None:
    items = [{"usageMetadata": {"a": 1}}, 5, {"usageMetadata": {"a": 2}}]
    assert read({"json": items}) == Response(items, {"usageMetadata": {"a": 2}})

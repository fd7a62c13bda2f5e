"""What is answered to a log."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import field, frozen
from connexion.exceptions import ProblemException

from locum.exceptions import Unauthenticated, UnreadableBody
from locum.helicone import PROVIDER
from locum.helicone.ingestion import answers
from locum.helicone.ingestion.answers import Outcome, Thumb
from locum.helicone.ingestion.loggers import PROVIDERS
from locum.provider import Answer, Failure
from tests.helicone.ingestion.logs import NEW_ID, SETTING, log

KEY = {"authorization": "Bearer k"}
TEXT = "text/plain;charset=UTF-8"
ID = "6f1c0001-3a2b-4c5d-8e6f-7a8b9c0d1e2f"


def worker(made: Any, headers: dict[str, str] = KEY) -> Outcome:
    content = made if isinstance(made, bytes) else json.dumps(made).encode()
    return answers.worker(content, headers, "CUSTOM", SETTING)


def test_a_log_is_taken() -> None:
    outcome = worker(log({}))
    assert outcome.answer == Answer(200, "ok", {"helicone-id": NEW_ID}, TEXT)
    assert [row["request_id"] for row in outcome.rows] == [NEW_ID]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"NaN"])
def test_what_is_no_json_is_an_error(content: bytes) -> None:
    answer = worker(content).answer
    assert (answer.status, answer.media_type) == (400, "application/json")
    assert answer.body["error"].startswith("The body is no JSON: ")


def test_the_first_fault_is_an_error() -> None:
    made = log({})
    del made["providerRequest"]["url"]
    error = "Invalid providerRequest: 'url' should be a string"
    assert worker(made, {"authorization": "k"}) == Outcome(Answer(400, {"error": error}))


def test_a_key_without_the_word_is_refused_last() -> None:
    error = "Must included Bearer in API Key"
    assert worker(log({}), {"authorization": "k"}) == Outcome(Answer(401, {"error": error}))


def test_without_a_key_where_none_is_asked_for() -> None:
    assert worker(log({}), {}).answer.status == 200


LIMIT = 10 * 1024 * 1024


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 400)])
def test_a_log_of_more_than_ten_mebibytes_is_too_large(more: int, status: int) -> None:
    """As JavaScript writes it: blanks are not counted, and é is one."""
    empty = len(json.dumps(log({"a": ""}), separators=(",", ":")))
    made = log({"a": "é" * (LIMIT - empty + more)})
    answer = worker(json.dumps(made, ensure_ascii=False, indent=8).encode()).answer
    assert answer.status == status
    if status == 400:
        assert (answer.body, answer.media_type) == ("Payload too large", TEXT)


def test_a_log_that_is_nested_without_end_is_an_error() -> None:
    content = json.dumps(log({"a": "deep"})).replace('"deep"', "[" * 1015 + "]" * 1015)
    assert worker(content.encode()).answer.status == 400


def jawn(made: Any) -> Outcome:
    return answers.jawn(json.dumps(made).encode(), KEY, SETTING)


def test_every_logging_server_has_its_provider() -> None:
    logs = {name for name in PROVIDER.writers if name.startswith("WorkerLog")}
    assert PROVIDERS.keys() == logs


def test_the_tracing_endpoints_answer_nothing() -> None:
    outcome = jawn(log({}))
    assert outcome.answer == Answer(200)
    assert len(outcome.rows) == 1


@pytest.mark.parametrize("made", [[], {}, log({}, status="ok"), log({}) | {"timing": {}}])
def test_what_they_cannot_read_fails_without_a_word(made: Any) -> None:
    assert jawn(made) == Outcome(Answer(500))


def test_what_is_no_json_is_no_body() -> None:
    with pytest.raises(UnreadableBody):
        answers.jawn(b"{", KEY, SETTING)


def typed(made: Any) -> Outcome:
    return answers.typed(json.dumps(made).encode(), KEY, SETTING)


TIMED = {"startTime": "1781514060", "endTime": "1781514061"}


def test_a_typed_log_is_taken() -> None:
    outcome = typed(log({"a": 1}) | {"timing": TIMED})
    assert outcome.answer == Answer(200)
    assert outcome.rows[0]["latency"] == 1000


def test_all_faults_of_a_typed_log_are_told() -> None:
    faults = [
        {"field": "providerRequest", "message": "providerRequest is required"},
        {"field": "providerResponse", "message": "providerResponse is required"},
    ]
    assert typed({}) == Outcome(Answer(400, {"isValid": False, "errors": faults}))


def test_a_time_that_is_none_fails() -> None:
    assert typed(log({"a": 1}) | {"timing": TIMED | {"endTime": "soon"}}) == Outcome(Answer(500))


@frozen
class Span:
    attributes: dict[str, Any] = field(factory=dict)
    start_ns: int = 1
    end_ns: int = 1


def test_spans_are_taken() -> None:
    outcome = answers.spans_of(b"two", lambda _content: [Span(), Span()], SETTING)
    assert outcome.answer == Answer(200)
    assert len(outcome.rows) == 2


def test_what_is_none_of_spans_fails() -> None:
    def decode(content: bytes) -> list[Span]:
        raise UnreadableBody(repr(content))

    assert answers.spans_of(b"?", decode, SETTING) == Outcome(Answer(500))


@pytest.mark.parametrize(
    ("operation", "media_type", "found"),
    [
        ("LogTrace", "application/json", False),
        ("LogTrace", "application/x-protobuf", True),
        ("LogTrace", "", False),
        ("LogPythonTrace", "Application/X-Protobuf; v=1", True),
        ("LogPythonTrace", "application/json;charset=utf-8", False),
        ("LogPythonTrace", "application/octet-stream", True),
    ],
)
def test_spans_come_in_either_encoding(operation: str, media_type: str, found: bool) -> None:  # noqa: FBT001
    assert answers.is_protobuf(operation, media_type) is found


def thumb(made: Any) -> Any:
    return answers.thumb(json.dumps(made).encode())


def test_what_is_thought_of_a_request() -> None:
    found = thumb({"helicone-id": ID, "rating": True})
    assert found == Thumb(ID, rating=True)
    assert found.answer(found=True) == Answer(
        200, {"message": "Feedback added successfully.", "helicone_id": ID}
    )
    error = f'Error: Request not found for heliconeId "{ID}".'
    assert found.answer(found=False) == Answer(500, error, media_type=TEXT)


@pytest.mark.parametrize(
    ("made", "text"),
    [
        ({}, "Invalid helicone-id format."),
        ([], "Invalid helicone-id format."),
        ({"helicone-id": "r1", "rating": True}, "Invalid helicone-id format."),
        ({"helicone-id": ID}, "Invalid rating format. Expected a boolean."),
        ({"helicone-id": ID, "rating": 1}, "Invalid rating format. Expected a boolean."),
    ],
)
def test_what_is_no_thumb(made: Any, text: str) -> None:
    assert thumb(made) == Answer(400, text, media_type=TEXT)


def test_a_thumb_that_is_no_json() -> None:
    answer = answers.thumb(b"{")
    assert isinstance(answer, Answer)
    assert answer.status == 400


@pytest.mark.parametrize(
    ("failed", "answer"),
    [
        (
            Failure(401, "Invalid token", ProblemException(status=401)),
            Answer(401, "Unauthorized", media_type=TEXT),
        ),
        (
            Failure(401, "Invalid token", Unauthenticated("unknown")),
            Answer(401, {"error": "No API key found"}),
        ),
        (
            Failure(413, "Body larger", ValueError()),
            Answer(400, "Payload too large", media_type=TEXT),
        ),
        (Failure(403, "Not now", ValueError()), Answer(403, {"error": "Not now"})),
    ],
)
def test_what_does_not_come_so_far(failed: Failure, answer: Answer) -> None:
    assert answers.of_failure(failed) == answer

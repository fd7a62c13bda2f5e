"""Payloads of JSON bodies: one create, one update, a batch of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from locum.exceptions import InvalidRequest, UnreadableBody, UnsupportedMediaType
from locum.http.errors import failure
from locum.langsmith.errors import failure as shaped
from locum.langsmith.ingestion.payloads import Batch, Payload, batch, created, updated
from locum.provider import RawBody

ONE, OTHER = "0192f0c4-5b1e-7000-8abc-0123456789ab", "0192f0c4-5b1e-7000-8abc-0123456789ac"
PLACED = {"trace_id": ONE, "dotted_order": f"20260601T120000000000Z{ONE}"}
RUN = {"id": ONE, "name": "a", "run_type": "llm", "inputs": {"a": 1}, "session_id": None, "odd": 1}


def body(value: object, content_type: str | None = "application/json") -> RawBody:
    content = value if isinstance(value, bytes) else orjson.dumps(value)
    return RawBody(content, {} if content_type is None else {"content-type": content_type})


def updated_one(given: RawBody) -> Batch:
    return updated(ONE, given)


def refused(read: Callable[[RawBody], Batch], value: object) -> str:
    with pytest.raises(InvalidRequest) as raised:
        read(body(value))
    return str(raised.value)


# One run.


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=UTF-8", "application/ld+json", None],
)
def test_a_created_run_is_a_payload_of_its_fields_as_they_were_sent(
    content_type: str | None,
) -> None:
    assert created(body(RUN, content_type)) == Batch([Payload("post", ONE, RUN)])


def test_an_id_without_dashes_is_the_same() -> None:
    for written in (ONE.replace("-", ""), ONE.upper()):
        assert created(body({"id": written})).payloads[0].id == ONE
        assert updated(written, body({})).payloads[0].id == ONE
        assert updated(ONE, body({"id": written})).payloads[0].id == ONE


@pytest.mark.parametrize("fields", [{"outputs": {}}, {"id": ONE}, {"id": None}])
def test_an_updated_run_is_the_one_that_the_path_names(fields: dict[str, Any]) -> None:
    assert updated(ONE, body(fields)) == Batch([Payload("patch", ONE, fields)])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], "body: found an array, expected an object"),
        (None, "body: found null, expected an object"),
        ("run", "body: found 'run', expected an object"),
        ({}, "body.id: found nothing, expected a UUID"),
        ({"id": None}, "body.id: found nothing, expected a UUID"),
        ({"id": 7}, "body.id: found 7, expected a UUID"),
        ({"id": True}, "body.id: found true, expected a UUID"),
        ({"id": "x" * 100}, f"body.id: found '{'x' * 79}…, expected a UUID"),
        ({"id": {}}, "body.id: found an object, expected a UUID"),
    ],
)
def test_what_is_no_run_is_refused(value: object, expected: str) -> None:
    assert refused(created, value) == expected


@pytest.mark.parametrize("written", [OTHER, "x", 7])
def test_an_update_of_another_run_than_the_path_names_is_refused(written: object) -> None:
    expected = f"body.id: found {written!r}, expected {ONE}, as the path says"
    assert refused(updated_one, {"id": written}) == expected


def test_a_path_without_a_uuid_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"path\.run_id: found 'x', expected a UUID"):
        updated("x", body({}))


# Bodies.


@pytest.mark.parametrize("read", [created, updated_one, batch])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"id": NaN}', b"[" * 300 + b"]" * 300])
def test_a_body_that_is_not_json_is_refused(
    read: Callable[[RawBody], Batch], content: bytes
) -> None:
    with pytest.raises(UnreadableBody, match="The body is not JSON: ") as raised:
        read(body(content))
    assert failure(raised.value).status == 400


@pytest.mark.parametrize("read", [created, updated_one, batch])
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "multipart/form-data; boundary=a", "application/json; charset=latin-1", ""],
)
def test_a_body_of_another_type_is_refused(
    read: Callable[[RawBody], Batch], content_type: str
) -> None:
    with pytest.raises(UnsupportedMediaType) as raised:
        read(body({}, content_type))
    failed = failure(raised.value, "/runs", "POST")
    assert shaped(failed) == (
        415,
        {
            "error": f"Unsupported media type: {content_type}, not application/json in UTF-8",
        },
    )


# Batches.


def test_a_batch_is_its_creates_and_then_its_updates() -> None:
    first, second = {**RUN, **PLACED}, {"id": OTHER, **PLACED, "outputs": {"b": 2}}
    assert batch(body({"patch": [second, first], "post": [first]})) == Batch(
        [Payload("post", ONE, first), Payload("patch", OTHER, second), Payload("patch", ONE, first)]
    )


@pytest.mark.parametrize("value", [{}, {"post": []}, {"post": None, "patch": []}])
def test_a_batch_may_be_empty(value: object) -> None:
    assert batch(body(value)) == Batch()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], "body: found an array, expected an object"),
        ({"post": {}}, "body.post: found an object, expected an array of runs"),
        ({"patch": "x"}, "body.patch: found 'x', expected an array of runs"),
        ({"runs": []}, "body.runs: found another field, expected only post and patch"),
        ({"post": [RUN | PLACED, 1]}, "body.post.1: found 1, expected an object"),
        ({"patch": [PLACED]}, "body.patch.0.id: found nothing, expected a UUID"),
        (
            {"post": [RUN | PLACED | {"trace_id": None}]},
            "body.post.0.trace_id: found nothing, expected it in a batch",
        ),
        (
            {"patch": [RUN | {"trace_id": ONE}]},
            "body.patch.0.dotted_order: found nothing, expected it in a batch",
        ),
    ],
)
def test_what_is_no_batch_of_runs_is_refused(value: object, expected: str) -> None:
    assert refused(batch, value) == expected


def test_a_fault_is_worded_as_the_vendor_shapes_it() -> None:
    with pytest.raises(InvalidRequest) as raised:
        batch(body({"post": [{}]}))
    assert shaped(failure(raised.value, "/runs/batch", "POST")) == (
        422,
        {"error": "body.post.0.id: found nothing, expected a UUID"},
    )

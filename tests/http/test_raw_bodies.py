"""Operations that read their bodies themselves, and how large bodies may be."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from backports import zstd
from starlette.testclient import TestClient

from locum.http.body import MOST_BYTES
from locum.http.encodings import ROOM
from locum.provider import Handler, RawBody
from tests.oracles.small_api import Json, client_of, operation, served

LIMIT = 2_000_000
TEXT = b"not JSON, and no UTF-8: \xff"
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "zstd": zstd.compress,
}


def told(_data: Any, _tenant: str | None, body: RawBody) -> Json:
    """A handler that tells what it was given."""
    return {
        "content": body.content.decode("latin-1")[:100],
        "size": len(body.content),
        "type": body.headers.get("content-type"),
        "first": body.headers.get("x-twice"),
        "held": ROOM.held_bytes,
    }


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """`POST /raw` reads its body itself, `POST /large` has the same limit, `POST /small` has
    neither."""
    body = {"type": "object"}
    paths = {name: {"post": operation(body=body)} for name in ("/raw", "/large", "/small")}
    handlers: dict[str, Handler] = {
        "POST /raw": told,
        "POST /large": lambda *_, body: len(body["a"]),
        "POST /small": lambda *_, body: len(body["a"]),
    }
    limits = {"POST /raw": LIMIT, "POST /large": LIMIT}
    small = served(paths, handlers, raw=["POST /raw"], body_limits=limits)
    with client_of(tmp_path, small) as made:
        yield made


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["detail"]


@pytest.mark.parametrize(
    "media_type", ["application/json", "multipart/form-data", "text/x-odd", ""]
)
def test_a_body_is_given_as_it_was_sent_whatever_it_is(client: TestClient, media_type: str) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    answer = client.post("/raw", content=TEXT, headers=headers)
    assert answer.status_code == 200
    assert answer.json() == {
        "content": TEXT.decode("latin-1"),
        "size": len(TEXT),
        "type": media_type or None,
        "first": None,
        "held": 0,
    }


def test_of_several_headers_of_a_name_the_first_is_given(client: TestClient) -> None:
    answer = client.post("/raw", headers=[("X-Twice", "one"), ("X-Twice", "two")])
    assert (answer.json()["first"], answer.json()["size"]) == ("one", 0)


@pytest.mark.parametrize("coding", PACK)
def test_a_packed_body_is_given_unpacked_and_counts_while_it_is_answered(
    client: TestClient, coding: str
) -> None:
    content, headers = PACK[coding](TEXT * 30_000), {"Content-Encoding": coding}
    answer = client.post("/raw", content=content, headers=headers).json()
    assert (answer["size"], answer["held"]) == (len(TEXT) * 30_000, len(TEXT) * 30_000)
    assert ROOM.held_bytes == 0


@pytest.mark.parametrize("coding", ["", *PACK])
def test_a_body_without_a_length_is_read_to_its_end(client: TestClient, coding: str) -> None:
    """As it comes in chunks."""
    content = PACK[coding](TEXT * 9) if coding else TEXT * 9
    pieces = (content[at : at + 7] for at in range(0, len(content), 7))
    headers = {"Content-Encoding": coding} if coding else {}
    assert client.post("/raw", content=pieces, headers=headers).json()["size"] == len(TEXT) * 9


def test_each_request_is_answered_anew(tmp_path: Path) -> None:
    """Whatever the same bytes were answered before."""
    times: list[RawBody] = []
    paths = {"/raw": {"post": operation(body={})}}

    def counted(_data: Any, _tenant: str | None, body: RawBody) -> int:
        times.append(body)
        return len(times)

    client = client_of(tmp_path, served(paths, {"POST /raw": counted}, raw=["POST /raw"]))
    assert [client.post("/raw", content=b"a").json() for _ in range(3)] == [1, 2, 3]


def test_a_body_may_be_as_large_as_its_operation_says(client: TestClient) -> None:
    assert client.post("/raw", content=bytes(LIMIT)).json()["size"] == LIMIT
    assert error(client.post("/raw", content=bytes(LIMIT + 1))) == (
        413,
        f"Body larger than {LIMIT} bytes",
    )
    text = b'{"a": "' + b"x" * (MOST_BYTES + 1) + b'"}'
    assert client.post("/large", content=text).json() == MOST_BYTES + 1
    assert error(client.post("/small", content=text)) == (413, "Body larger than 1048576 bytes")


@pytest.mark.parametrize("coding", PACK)
def test_a_packed_body_may_hold_as_much(client: TestClient, coding: str) -> None:
    headers = {"Content-Encoding": coding}
    packed = PACK[coding](bytes(LIMIT))
    assert client.post("/raw", content=packed, headers=headers).json()["size"] == LIMIT
    packed = PACK[coding](bytes(LIMIT + 1))
    assert error(client.post("/raw", content=packed, headers=headers)) == (
        413,
        f"Body larger than {LIMIT} bytes, unpacked",
    )
    assert ROOM.held_bytes == 0


def test_what_cannot_be_packed_may_take_a_little_more(client: TestClient) -> None:
    noise = b"".join(
        bytes((value * 7 + at * at) % 256 for value in range(250)) for at in range(8_000)
    )
    packed = gzip.compress(noise, 0)
    assert len(packed) > LIMIT
    headers = {"Content-Encoding": "gzip"}
    assert client.post("/raw", content=packed, headers=headers).json()["size"] == LIMIT


def test_a_broken_body_is_refused(client: TestClient) -> None:
    headers = {"Content-Encoding": "zstd"}
    status, detail = error(client.post("/raw", content=TEXT, headers=headers))
    assert (status, detail.partition(":")[0]) == (400, "The body is not packed by zstd")
    packed = zstd.compress(TEXT)[:-1]
    assert error(client.post("/raw", content=packed, headers=headers)) == (
        400,
        "The body is packed by zstd and has no end",
    )


def test_another_coding_is_refused_with_those_that_are_taken(client: TestClient) -> None:
    answer = client.post("/raw", content=TEXT, headers={"Content-Encoding": "br"})
    assert error(answer) == (415, "Unsupported content encoding: br, not gzip or zstd")
    assert answer.headers["accept-encoding"] == "gzip, zstd"


def test_other_operations_take_no_packed_bodies(client: TestClient) -> None:
    packed = gzip.compress(b'{"a": "x"}')
    for name in ("/large", "/small"):
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        answer = client.post(name, content=packed, headers=headers)
        assert error(answer) == (415, "Unsupported content encoding: gzip, not identity")


def test_what_is_preferred_is_answered_whatever_the_body_is(client: TestClient) -> None:
    answer = client.post("/raw", content=TEXT, headers={"Prefer": "dynamic=true"})
    assert answer.status_code == 200


def test_without_a_handler_a_body_is_what_its_document_says(tmp_path: Path) -> None:
    paths = {"/raw": {"post": operation(body={"type": "object"})}}
    client = client_of(tmp_path, served(paths, {}, raw=["POST /raw"]))
    assert client.post("/raw", content=b"[]").status_code == 422

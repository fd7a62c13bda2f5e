"""The contract between the core and an API: what a provider is that says no more than its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from attrs.exceptions import FrozenInstanceError

import locum
from locum import provider
from locum.exceptions import InvalidRequest, InvalidValue, NotFound
from locum.provider import (
    CORS,
    Answer,
    Failure,
    Presented,
    Provider,
    Sample,
    first_text,
    problem,
)
from tests.oracles.small_api import client_of, key_row, operation, served


def test_the_package_gives_what_a_provider_is_written_with() -> None:
    assert (locum.Provider, locum.Answer) == (Provider, Answer)
    assert all(hasattr(provider, name) for name in provider.__all__)


# A provider.


def test_a_provider_needs_no_more_than_a_name() -> None:
    """It serves nothing, speaks in problem details, and takes what is presented for the key."""
    least = Provider(name="least")
    assert (least.title, least.documents, least.handlers, least.refused) == ("", (), {}, {})
    assert (least.uncached, least.tables, least.derived, least.counted) == ((), {}, (), {})
    assert list(least.aliases("/any/{path}")) == []
    assert (least.credential, least.failure, least.cors) == (first_text, problem, CORS())
    others = least.read_body, least.explain, least.prepare, least.data, least.sample
    assert (*others, least.world, least.exports) == (None,) * 7


def test_a_providers_fields_are_named() -> None:
    """There are too many to tell them apart by their places."""
    with pytest.raises(TypeError):
        Provider("least")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Provider()  # type: ignore[call-arg]


def test_a_provider_is_a_value_that_never_changes() -> None:
    """Another is made of it; each is itself alone, however alike."""
    least = Provider(name="least")
    with pytest.raises(FrozenInstanceError):
        least.name = "other"  # type: ignore[misc]
    other = evolve(least, title="Least")
    assert (least.title, other.title, other.name) == ("", "Least", "least")
    assert least != evolve(least)
    assert len({least, evolve(least)}) == 2


def test_a_provider_of_little_is_served(tmp_path: Path) -> None:
    """A document with a scheme, a handler and a key: the defaults do the rest."""
    body = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    least = served(
        {"/double": {"post": operation(body=body, security=[{"key": []}])}},
        {"POST /double": lambda _data, tenant, body: [tenant, body["n"] * 2]},
        {"key": {"type": "apiKey", "in": "header", "name": "Key"}},
        name="least",
    )
    rows = {"keys": [key_row("k", "ann", provider="least")]}
    client = client_of(tmp_path, least, rows=rows)
    answer = client.post("/double", json={"n": 21}, headers={"Key": "k", "Origin": "http://a"})
    assert (answer.status_code, answer.json()) == (200, ["ann", 42])
    assert answer.headers["access-control-allow-origin"] == "*"
    refused = client.post("/double", json={"n": "x"}, headers={"Key": "k"})
    assert (refused.status_code, refused.json()) == (
        422,
        {
            "type": "about:blank",
            "title": "Unprocessable Entity",
            "status": 422,
            "detail": 'body.n: "x" is not of type "integer"',
            "errors": [{"location": ["body", "n"], "detail": '"x" is not of type "integer"'}],
        },
    )
    unknown = client.post("/double", json={"n": 1})
    assert unknown.json() == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "No credential was sent where the document wants one",
    }


# Its parts.


@pytest.mark.parametrize(
    ("texts", "key"),
    [
        ({}, ""),
        ({"a": ""}, ""),
        ({"a": "k"}, "k"),
        ({"a": "", "b": "l", "c": "m"}, "l"),
    ],
)
def test_the_first_text_that_is_there_is_the_key(texts: dict[str, str], key: str) -> None:
    """And there is no choice of a tenant."""
    assert first_text(texts) == Presented(key) == Presented(key, "")


def test_a_failure_is_told_as_problem_details() -> None:
    """RFC 9457: a type, the status, and a sentence; nothing of the exception."""
    failed = Failure(404, "Shop not found: 7", NotFound("shop", "7"), "/shops/7")
    assert problem(failed) == (
        404,
        {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "Shop not found: 7",
        },
    )


def test_each_fault_of_a_request_is_told_in_problem_details() -> None:
    faults = (
        InvalidValue(("query", "page"), "no number", "type", "x"),
        InvalidValue(("body", "items", 0, "n"), "too small", "minimum", -1, {"minimum": 0}),
    )
    assert problem(Failure(422, "two faults", InvalidRequest(faults), "/a", faults)) == (
        422,
        {
            "type": "about:blank",
            "title": "Unprocessable Entity",
            "status": 422,
            "detail": "two faults",
            "errors": [
                {"location": ["query", "page"], "detail": "no number"},
                {"location": ["body", "items", 0, "n"], "detail": "too small"},
            ],
        },
    )


def test_an_answer_is_200_with_json_unless_it_says_otherwise() -> None:
    answer = Answer()
    assert (answer.status, answer.body, answer.headers, answer.media_type) == (
        200,
        None,
        {},
        "application/json",
    )
    assert Answer(404, {"reason": "gone"}).body == {"reason": "gone"}


def test_answers_do_not_share_their_headers() -> None:
    assert Answer().headers is not Answer().headers


def test_pages_of_any_origin_may_ask_without_cookies() -> None:
    """By default, by the methods of the documents; a rule is a value."""
    rule = CORS()
    assert (rule.origins, rule.methods, rule.headers) == (("*",), (), ("*",))
    assert rule.exposed == ("ETag", "Preference-Applied", "Retry-After")
    assert not rule.credentials
    assert {CORS(): "default", CORS(credentials=True): "own"}[CORS()] == "default"


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (Answer(), "status"),
        (CORS(), "origins"),
        (Presented("k"), "key"),
        (Failure(404, "", ValueError()), "status"),
        (Sample("/a"), "path"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_part_is_a_value_that_never_changes(value: Any, field: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(value, field, None)


def test_a_sample_needs_no_more_than_a_path() -> None:
    assert (Sample("/a").headers, Sample("/a").body) == ({}, "")

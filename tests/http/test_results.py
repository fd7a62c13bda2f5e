"""Answers are kept up to a number of bytes, told apart by their bytes, and cut no corner."""

from __future__ import annotations

import hashlib
import tracemalloc
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.engine.kept import key
from locum.http import results as answers
from locum.http.operation import Operation
from locum.http.results import Answer, Answers
from tests.conftest import KEY, application_over
from tests.oracles.requests_of_tiny import OPERATIONS, request


def test_the_least_recently_used_answers_are_forgotten_beyond_the_bytes() -> None:
    """Each takes 1,000,000 bytes and a little; four fit into 4 MiB."""
    kept = Answers()
    for number in range(4):
        kept.keep(bytes([number]), Answer(b"x" * 1_000_000, ""))
    assert len(kept) == 4
    assert kept.get(bytes([0]))
    kept.keep(b"one more", Answer(b"x" * 1_000_000, ""))
    assert (bytes([0]) in kept, bytes([1]) in kept, b"one more" in kept) == (True, False, True)
    assert kept.currsize <= answers.MOST_BYTES


def test_an_answer_that_is_too_large_by_itself_is_not_kept() -> None:
    kept = Answers()
    kept.keep(b"key", Answer(b"x" * (answers.MOST_BYTES + 1), ""))
    assert len(kept) == 0


def test_small_answers_are_counted_with_what_keeping_them_takes() -> None:
    kept = Answers()
    for number in range(50_000):
        kept.keep(number.to_bytes(4), Answer(b"", ""))
    assert len(kept) < 10_000


def test_an_answer_takes_no_more_room_than_it_is_counted_with() -> None:
    """Whatever room the writer of JSON took while it wrote."""
    kept = Answers()
    tracemalloc.start()
    try:
        for number in range(500):
            kept.keep(number.to_bytes(4), Answer.of({"number": list(range(number))}))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < kept.currsize


def test_questions_differ_by_operation_tenant_and_order() -> None:
    """The first key of an object decides which filter Helicone applies."""
    questions: list[tuple[Any, ...]] = [
        ("a", "t", {"x": 1, "y": 2}),
        ("a", "t", {"y": 2, "x": 1}),
        ("b", "t", {"x": 1, "y": 2}),
        ("a", "u", {"x": 1, "y": 2}),
        ("a", None, {"x": 1, "y": 2}),
        ("a", "t", {"x": "1", "y": 2}),
        ("a", "t", {"x": True, "y": 2}),
        ("at", "", {"x": 1, "y": 2}),
    ]
    keys = {key(answers.written(*question)) for question in questions}
    assert len(keys) == len(questions)


def test_equal_questions_are_one() -> None:
    """Wherever their parts come from, however large and deep."""
    deep: list[Any] = []
    for _ in range(1020):
        deep = [deep]
    text = "text"
    one = answers.written("a", text, {text: [text, "text", 10**30, 0.1, None], "deep": deep})
    two = answers.written("a", "text", {"text": ["text", text, 10**30, 0.1, None], "deep": deep})
    assert one == two


def test_a_tag_is_the_hash_of_the_bytes() -> None:
    tag = hashlib.sha256(b'{"a":1}').hexdigest()[:32]
    assert Answer.of({"a": 1}) == Answer(b'{"a":1}', f'"{tag}"')


@pytest.mark.parametrize(
    ("if_none_match", "known"),
    [
        ('"tag"', True),
        ('W/"tag"', True),
        ('"other", W/"tag"', True),
        ("*", True),
        ('"other"', False),
        ("tag", False),
        ("", False),
        ('"ta", "g"', False),
    ],
)
def test_if_none_match_is_compared_weakly(if_none_match: str, *, known: bool) -> None:
    assert Answer(b"", '"tag"').is_known(if_none_match) == known


@pytest.mark.parametrize("operation", OPERATIONS)
def test_who_has_the_answer_is_told_so(
    client: TestClient, world: dict[str, str], operation: str
) -> None:
    asked = request(operation, world)
    first = client.request(**asked)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.request(**asked | {"headers": asked["headers"] | {"If-None-Match": tag}})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert "content-type" not in again.headers
    other = client.request(**asked | {"headers": asked["headers"] | {"If-None-Match": '"x"'}})
    assert (other.status_code, other.content) == (200, first.content)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_answer_is_computed_once(
    world: dict[str, str], operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = []
    answer = Operation._answer

    async def counted(self: Operation, *arguments: Any) -> Any:
        handler = self.handler

        def handle(*given: Any, **named: Any) -> Any:
            computed.append(self.name)
            return handler(*given, **named)

        monkeypatch.setattr(self, "handler", handle)
        try:
            return await answer(self, *arguments)
        finally:
            monkeypatch.setattr(self, "handler", handler)

    monkeypatch.setattr(Operation, "_answer", counted)
    with TestClient(application_over("tiny")) as client:
        given = [client.request(**request(operation, world)) for _ in range(3)]
    assert len(computed) == 1
    assert {each.content for each in given} == {given[0].content}
    assert given[0].status_code == 200


def test_a_kept_answer_is_for_those_who_may_have_it(
    client: TestClient, world: dict[str, str]
) -> None:
    """Authentication, tenancy and validation come first, whatever is kept and asked for."""
    asked = request("group_stats", world)
    tag = client.request(**asked).headers["etag"]
    conditional = {"If-None-Match": tag}
    for headers, status in (
        ({}, 401),
        ({"X-API-Key": "nobody"}, 401),
        ({"X-API-Key": "locum-other-key"}, 404),
        ({"X-API-Key": KEY, "Accept": "text/html"}, 406),
    ):
        refused = client.request(**asked | {"headers": headers | conditional})
        assert refused.status_code == status
    wrong = asked | {"json": asked["json"] | {"limit": "x"}}
    wrong["headers"] = asked["headers"] | conditional
    assert client.request(**wrong).status_code == 422

"""An operation: what its handler is given of a request, where it runs, and what it may answer."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx import ASGITransport
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient
from starlette.types import Message

from locum.engine.data import Data, Parameters
from locum.engine.tables import Derived, Table
from locum.exceptions import InvalidValue
from locum.http import operation as operations
from locum.http.context import Headers
from locum.http.operation import MOST_HEADER_BYTES
from locum.openapi.schemas import Schema
from locum.provider import INTEGER as INTEGERS
from locum.provider import Answer, Location
from tests.oracles.small_api import ANY_JSON, Json, client_of, operation, served


def echo(_data: Any, _tenant: str | None, **arguments: Any) -> Any:
    """A handler that answers with what it was given."""
    return arguments


def parameter(name: str, schema: Json, place: str = "query", **fields: Any) -> Json:
    return {"name": name, "in": place, "schema": schema, **fields}


def client_for(folder: Path, definition: Json, handler: Any = echo, **fields: Any) -> TestClient:
    """A client of the one operation `POST /a`."""
    paths = {"/a": {"post": definition}}
    return client_of(folder, served(paths, {"POST /a": handler}, **fields))


INTEGER, TEXT = {"type": "integer"}, {"type": "string"}


# What a handler is given.


@pytest.mark.parametrize("parameters", [(), (parameter("page", INTEGER),)])
def test_a_parameter_that_the_document_does_not_name_reaches_no_handler(
    tmp_path: Path, parameters: tuple[Json, ...]
) -> None:
    client = client_for(tmp_path, operation(*parameters))
    answer = client.post("/a?pgae=2")
    assert (answer.status_code, answer.json()) == (200, {each["name"]: None for each in parameters})


@pytest.mark.parametrize("parameters", [(), (parameter("page", INTEGER),)])
def test_such_a_parameter_is_refused_where_the_provider_takes_none(
    tmp_path: Path, parameters: tuple[Json, ...]
) -> None:
    """By name, with those that there are; what Locum is told in a query is none."""
    client = client_for(tmp_path, operation(*parameters), strict_query=True)
    names = {each["name"]: None for each in parameters}
    answer = client.post("/a?__code=200")
    assert (answer.status_code, answer.json()) == (200, names)
    expected = ", ".join(names) or "no query parameters"
    answer = client.post("/a?pgae=2&__cod=1")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "location": ["query", name],
            "detail": f"Extra inputs are not permitted, expected {expected}",
        }
        for name in ("pgae", "__cod")
    ]


@pytest.mark.parametrize(("strict", "answered"), [(False, (200, [])), (True, (422, None))])
def test_an_empty_text_is_no_array_where_the_provider_is_strict(
    tmp_path: Path, *, strict: bool, answered: tuple[int, Any]
) -> None:
    """Unless the document lets the parameter be empty."""
    numbers = {"type": "array", "items": INTEGER}
    parameters = parameter("ids", numbers), parameter("more", numbers, allowEmptyValue=True)
    client = client_for(tmp_path, operation(*parameters), strict_query=strict)
    answer = client.post("/a?ids=")
    assert (answer.status_code, answer.json().get("ids")) == answered
    assert client.post("/a?more=").json() == {"ids": None, "more": []}


def test_a_credential_in_the_query_is_no_strange_parameter(tmp_path: Path) -> None:
    small = served(
        {"/a": {"post": operation(security=[{"key": []}])}},
        {"POST /a": echo},
        {"key": {"type": "apiKey", "in": "query", "name": "api_key"}},
        strict_query=True,
    )
    client = client_of(tmp_path, small)
    assert client.post("/a?api_key=k").status_code == 200
    answer = client.post("/a?api_key=k&key=k")
    assert (answer.status_code, answer.json()["errors"][0]["location"]) == (422, ["query", "key"])


def test_a_part_of_an_object_is_no_strange_parameter(tmp_path: Path) -> None:
    of_object = parameter("page", {"type": "object"}, style="deepObject")
    client = client_for(tmp_path, operation(of_object), strict_query=True)
    assert client.post("/a?page[size]=5").json() == {"page": {"size": "5"}}
    assert client.post("/a?pages[size]=5").status_code == 422


def test_a_handler_is_given_each_documented_parameter_with_its_type(tmp_path: Path) -> None:
    definition = operation(
        parameter("shop", TEXT, "path", required=True),
        parameter("page", INTEGER),
        parameter("ratio", {"type": "number"}),
        parameter("open", {"type": "boolean"}),
        parameter("tag", {"type": "array", "items": TEXT}),
        parameter("X-Page-Size", INTEGER, "header"),
    )
    small = served({"/shops/{shop}": {"get": definition}}, {"GET /shops/{shop}": echo})
    answer = client_of(tmp_path, small).get(
        "/shops/north%20side%2F2",
        params={"page": "2", "ratio": "2.5", "open": "true", "tag": ["a", "b"]},
        headers={"x-page-size": "10"},
    )
    assert answer.json() == {
        "shop": "north side/2",
        "page": 2,
        "ratio": 2.5,
        "open": True,
        "tag": ["a", "b"],
        "x_page_size": 10,
    }


def test_what_the_document_does_not_name_never_reaches_a_handler(tmp_path: Path) -> None:
    client = client_for(tmp_path, operation(parameter("page", INTEGER)))
    answer = client.post("/a?page=1&pages=2&Page=3", headers={"page": "4"}, json={"page": 5})
    assert answer.json() == {"page": 1}


def test_an_absent_parameter_is_its_default_or_none(tmp_path: Path) -> None:
    definition = operation(parameter("page", INTEGER | {"default": 7}), parameter("order", TEXT))
    assert client_for(tmp_path, definition).post("/a").json() == {"page": 7, "order": None}


BODY = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": TEXT,
        "limit": INTEGER | {"default": 10},
        "order": {"type": ["string", "null"], "default": "asc"},
        "window": {"type": "object", "properties": {"days": INTEGER | {"default": 7}}},
    },
}


@pytest.mark.parametrize(
    ("sent", "given"),
    [
        ({"name": "a"}, {"name": "a", "limit": 10, "order": "asc"}),
        ({"name": "a", "limit": 0, "order": None}, {"name": "a", "limit": 0, "order": None}),
        # Of what is nested there are no defaults; what is not documented may come with the rest.
        (
            {"name": "a", "window": {}, "more": 1},
            {"name": "a", "limit": 10, "order": "asc", "window": {}, "more": 1},
        ),
    ],
)
def test_a_body_has_the_defaults_of_its_properties(tmp_path: Path, sent: Json, given: Json) -> None:
    answer = client_for(tmp_path, operation(body=BODY)).post("/a", json=sent)
    assert answer.json() == {"body": given}


def test_a_patch_has_what_was_sent_alone(tmp_path: Path) -> None:
    """A default would overwrite what is to stay as it is (RFC 7396)."""
    small = served({"/a": {"patch": operation(body=BODY)}}, {"PATCH /a": echo})
    answer = client_of(tmp_path, small).patch("/a", json={"name": "a"})
    assert answer.json() == {"body": {"name": "a"}}


def test_a_number_without_a_fraction_is_an_integer_to_a_handler(tmp_path: Path) -> None:
    answer = client_for(tmp_path, operation(body={})).post("/a", content=b'{"n": [10.0, 1e2]}')
    assert answer.text == '{"body":{"n":[10,100]}}'


@pytest.mark.parametrize("sent", ["[1,2]", '"text"', "7", "null"])
def test_a_body_may_be_any_json(tmp_path: Path, sent: str) -> None:
    answer = client_for(tmp_path, operation(body={})).post("/a", content=sent)
    assert (answer.status_code, answer.text) == (200, f'{{"body":{sent}}}')


def test_an_operation_without_a_body_reads_none(tmp_path: Path) -> None:
    """Whatever its type and size say."""
    headers = {"Content-Type": "text/plain", "Content-Length": "99999999"}
    assert client_for(tmp_path, operation()).post("/a", headers=headers).json() == {}


def test_every_fault_of_a_request_is_told_at_once(tmp_path: Path) -> None:
    definition = operation(
        parameter("page", INTEGER, required=True),
        parameter("X-Size", {"type": "integer", "minimum": 1}, "header"),
        body=BODY,
    )
    calls: list[Any] = []
    client = client_for(tmp_path, definition, lambda *_, **given: calls.append(given))
    answer = client.post("/a", headers={"X-Size": "0"}, json={"limit": "ten"})
    assert (answer.status_code, calls) == (422, [])
    assert [error["location"] for error in answer.json()["errors"]] == [
        ["query", "page"],
        ["header", "X-Size"],
        ["body"],
        ["body", "limit"],
    ]
    assert answer.json()["errors"][0]["detail"] == "Field required"
    assert answer.json()["errors"][2]["detail"] == '"name" is a required property'


def test_a_provider_may_read_the_body_in_its_own_way(tmp_path: Path) -> None:
    """What it makes of the body is what the handler is given, whatever the schema says; its faults
    are the request's."""

    def read_body(_schema: Schema, value: Any) -> tuple[Any, tuple[InvalidValue, ...]]:
        if "name" not in value:
            return None, (InvalidValue(("body", "name"), "who is it?", "missing"),)
        return {"name": value["name"].upper(), "limit": 5.0}, ()

    client = client_for(tmp_path, operation(body=BODY), read_body=read_body)
    read = client.post("/a", json={"name": "ann", "limit": "five"})
    assert read.json() == {"body": {"name": "ANN", "limit": 5, "order": "asc"}}
    refused = client.post("/a", json={})
    assert (refused.status_code, refused.json()["errors"]) == (
        422,
        [{"location": ["body", "name"], "detail": "who is it?"}],
    )


def test_a_provider_may_word_the_faults_of_parameters_and_body(tmp_path: Path) -> None:
    def explain(_schema: Schema, value: Any, location: Location) -> tuple[InvalidValue, ...]:
        return (InvalidValue(location, f"{value} will not do", "no"),)

    definition = operation(parameter("page", INTEGER), body=BODY)
    client = client_for(tmp_path, definition, explain=explain)
    assert client.post("/a?page=two", json=[]).json()["errors"] == [
        {"location": ["query", "page"], "detail": "two will not do"},
        {"location": ["body"], "detail": "[] will not do"},
    ]
    assert client.post("/a?page=2", json={"name": "a"}).status_code == 200


def test_a_client_that_leaves_is_answered_nothing(tmp_path: Path) -> None:
    calls: list[Any] = []
    client = client_for(tmp_path, operation(body={}), lambda *_, **given: calls.append(given))
    messages: list[Message] = [
        {"type": "http.request", "body": b"[1,", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/a",
        "raw_path": b"/a",
        "query_string": b"",
        "headers": [],
    }

    async def ask() -> None:
        await client.app(scope, receive, send)

    asyncio.run(ask())
    assert (messages, sent, calls) == ([], [], [])


# What is not even read.


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("APPLICATION/JSON", 200),
        ("*/*", 200),
        ("application/*", 200),
        ("text/html, application/*;q=0.1", 200),
        ("text/html,application/json ; charset=utf-8", 200),
        ("", 200),
        (" ", 200),
        ("text/html", 406),
        ("application/problem+json", 406),
        ("application/json;q=0", 406),
        ("application/json; q=0.000", 406),
        ("*/*;q=0", 406),
        # The most specific range decides, whatever its place.
        ("application/json;q=0.0, */*", 406),
        ("*/*;q=0, application/json", 200),
        ("application/*;q=0, */*", 406),
        ("application/*;q=0, application/json;q=0.001", 200),
    ],
)
def test_accept_must_leave_room_for_json(tmp_path: Path, accept: str, status: int) -> None:
    answer = client_for(tmp_path, operation()).post("/a", headers={"Accept": accept})
    assert answer.status_code == status


def test_an_operation_that_documents_accept_takes_what_is_accepted(tmp_path: Path) -> None:
    """OpenAPI has the parameter ignored, so no handler is given it."""
    client = client_for(tmp_path, operation(parameter("Accept", TEXT, "header")))
    answer = client.post("/a", headers={"Accept": "text/event-stream"})
    assert (answer.status_code, answer.json()) == (200, {})


def test_accept_fields_count_together(tmp_path: Path) -> None:
    client = client_for(tmp_path, operation())
    fields = [("Accept", "text/html"), ("Accept", "application/json")]
    assert client.post("/a", headers=fields).status_code == 200
    refused = client.post("/a", headers=fields[:1])
    assert refused.json()["detail"] == "Only application/json is served"


def test_headers_of_the_most_bytes_are_read_and_one_more_is_431() -> None:
    """Names and values count, wherever the bytes are."""
    names = b"accept", b"x"
    most = [(names[0], b"*/*"), (names[1], b"a" * (MOST_HEADER_BYTES - 10))]
    operations._check_headers(Headers(most))
    for more in ((b"y", b""), (b"", b"y")):
        with pytest.raises(HTTPException) as raised:
            operations._check_headers(Headers([*most, more]))
        assert raised.value.status_code == 431


def test_large_headers_are_told_in_the_providers_words(tmp_path: Path) -> None:
    answer = client_for(tmp_path, operation()).post("/a", headers={"X": "a" * 66_000})
    assert answer.status_code == answer.json()["status"] == 431
    assert answer.json()["detail"] == "Headers larger than 65536 bytes"


# Where a handler runs.

LOOP = "in the event loop"


def where(*_: Any, **__: Any) -> str:
    """A handler that tells the name of its thread, where that runs no event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return threading.current_thread().name
    return LOOP


def asking(cost: int) -> Any:
    """A handler that tells where it runs, after a statement that costs so much for each row."""

    def handler(data: Data, *_: Any, **__: Any) -> str:
        parameters = Parameters()
        parameters.cost = cost
        data.rows("SELECT 1 FROM small_items", parameters)
        return where()

    return handler


THOUSAND = {"small/items": [{"number": number} for number in range(1000)]}
TABLES = {"small/items": Table({"number": INTEGERS})}


@pytest.mark.parametrize(
    ("cost", "in_loop"),
    [(1, True), (400, True), (710, False), (100_000, False)],
)
def test_what_is_short_is_answered_in_the_event_loop(
    tmp_path: Path, cost: int, *, in_loop: bool
) -> None:
    """A statement over a thousand rows takes 7 ms where it costs 700 units of 10 ns a row."""
    definition = operation(body={})
    small = served(
        {"/a": {"post": definition}},
        {"POST /a": asking(cost)},
        tables=TABLES,
        budgeted=["POST /a"],
    )
    answer = client_of(tmp_path, small, rows=THOUSAND).post("/a", json={}).json()
    assert (answer == LOOP) == in_loop


def test_a_handler_that_does_not_tell_what_it_costs_runs_in_a_thread(tmp_path: Path) -> None:
    client = client_for(tmp_path, operation(body={}), where)
    assert client.post("/a", json={}).json().startswith("locum")


@pytest.mark.parametrize(("size", "in_loop"), [(1500, True), (2000, False)])
def test_to_read_a_question_costs_too(tmp_path: Path, size: int, *, in_loop: bool) -> None:
    """So one that is long goes to a thread, as what it asks is not known before it is read."""
    client = client_for(tmp_path, operation(body={}), where, budgeted=["POST /a"])
    answer = client.post("/a", json={"filter": "x" * size}).json()
    assert (answer == LOOP) == in_loop


def test_the_event_loop_makes_nothing_that_takes_long(tmp_path: Path) -> None:
    """What is made once, and lazy tables: whoever asks first waits for a thread."""

    def once(data: Data, *_: Any) -> str:
        return data.once(lambda _: where())

    def lazy(data: Data, *_: Any) -> list[Any]:
        return [data.rows(f"SELECT n FROM {data.table('lazy')}")[0][0], where()]

    handlers = {"GET /once": once, "GET /lazy": lazy}
    paths = {name.split()[1]: {"get": operation()} for name in handlers}
    derived = (Derived("lazy", "SELECT 7 AS n", lazy=True),)
    small = served(paths, handlers, derived=derived, budgeted=list(handlers), uncached=handlers)
    client = client_of(tmp_path, small)
    assert client.get("/once").json().startswith("locum")
    (seven, first), (_, second) = client.get("/lazy").json(), client.get("/lazy").json()
    assert seven == 7
    assert first.startswith("locum")
    assert second == LOOP


def test_who_waits_for_the_event_loop_may_leave(tmp_path: Path) -> None:
    """The first question holds the loop for longer than a turn; the second one's client is gone
    when it could be computed."""
    asked: list[Any] = []

    def handler(*_: Any, body: Any) -> Any:
        asked.append(body)
        time.sleep(0.03)
        return body

    definition = operation(body={})
    small = served({"/a": {"post": definition}}, {"POST /a": handler}, budgeted=["POST /a"])
    application = client_of(tmp_path, small).app

    async def ask(body: str) -> None:
        messages = [{"type": "http.request", "body": f'"{body}"'.encode(), "more_body": False}]

        async def receive() -> Message:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(_: Message) -> None:
            """Nobody reads it."""

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/a",
            "raw_path": b"/a",
            "query_string": b"",
            "headers": [],
        }
        await application(scope, receive, send)

    async def ask_both() -> None:
        await ask("before")  # which loads the dataset: the others come in one turn of the loop
        await asyncio.sleep(0)
        await asyncio.gather(ask("first"), ask("second"))

    asyncio.run(ask_both())
    assert asked == ["before", "first"]


def test_others_are_answered_while_a_thread_computes(tmp_path: Path) -> None:
    """The first answer waits for the second request."""
    began, asked = threading.Event(), threading.Event()

    def handler(*_: Any, body: Json) -> str:
        if body["text"] == "second":
            asked.set()
            return "answered"
        began.set()
        return "waited" if asked.wait(timeout=10) else "nobody asked"

    client = client_for(tmp_path, operation(body={}), handler)

    async def ask() -> list[Any]:
        transport = ASGITransport(client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://locum") as other:
            first = asyncio.create_task(other.post("/a", json={"text": "first" * 300}))
            await asyncio.to_thread(began.wait, 10)
            second = await other.post("/a", json={"text": "second"})
            return [(await first).json(), second.json()]

    assert asyncio.run(ask()) == ["waited", "answered"]


# What it may answer.


def json_of(schema: Json, media_type: str = "application/json") -> Json:
    return {"description": "a body", "content": {media_type: {"schema": schema}}}


RESPONSES = {
    "200": json_of(INTEGER),
    "204": {"description": "nothing"},
    "404": json_of({"const": "gone"}),
    "4XX": json_of(TEXT),
    "default": json_of({"type": "object"}, "application/problem+json"),
}


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (7, 200),
        ("7", 500),
        (None, 500),
        (Answer(204), 204),
        (Answer(404, "gone"), 404),
        (Answer(404, "text"), 500),  # the status itself stands above its range
        (Answer(409, "text"), 409),
        (Answer(409, 7), 500),
        (Answer(409, {}), 500),  # and a range above the default
        (Answer(503, {}, media_type="application/problem+json"), 503),
        (Answer(503, [], media_type="application/problem+json"), 500),
        (Answer(201, {}), 201),
        (Answer(201, 7), 500),
        # What the document gives no body has none, and null is a body.
        (Answer(204, {"leak": 1}), 500),
        (Answer(205, None, media_type="application/problem+json"), 500),
        # Headers that describe the body, or would end its line, are not a handler's.
        (Answer(200, 7, {"Content-Type": "text/html"}), 500),
        (Answer(200, 7, {"X-Toys": "3\r\nSet-Cookie: a=b"}), 500),
        (Answer(200, 7, {"X-Toys": "3"}), 200),
        # A body that is no JSON has no schema that it could break.
        (Answer(200, "seven", media_type="text/plain"), 200),
        (Answer(404, b"\x00", media_type="application/octet-stream"), 404),
    ],
)
def test_an_answer_is_checked_against_the_schema_of_its_status(
    tmp_path: Path, answer: Any, status: int
) -> None:
    definition = operation(responses=RESPONSES)
    given = client_for(tmp_path, definition, lambda *_: answer).post("/a")
    assert given.status_code == status
    if status != 500 and isinstance(answer, Answer):
        media_type = given.headers.get("content-type")
        assert media_type == (None if answer.body is None else answer.media_type)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(201, {}), "POST /a: 201 is none of 200, 404"),
        (Answer(404, {"items": [{"n": 1}, {"n": "2"}]}), "POST /a at /items/1/n: "),
        ({"n": float("nan")}, "POST /a at /n: "),
    ],
)
def test_an_answer_that_breaks_the_document_is_logged_with_its_place(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, answer: Any, words: str
) -> None:
    """It is our fault: the client is told nothing of it."""
    number = {"properties": {"n": INTEGER}}
    items = {"properties": {"items": {"type": "array", "items": number}}}
    definition = operation(responses={"200": json_of(number), "404": json_of(items)})
    with caplog.at_level(logging.ERROR):
        given = client_for(tmp_path, definition, lambda *_: answer).post("/a")
    assert (given.status_code, given.json()["detail"]) == (500, "Internal Server Error")
    assert f"AnswerError: {words}" in caplog.text


def test_an_answer_has_the_headers_of_its_handler(tmp_path: Path) -> None:
    made = Answer(201, {"id": 1}, {"Location": "/a/1", "X-Toys": "3"})
    definition = operation(responses={"201": ANY_JSON})
    answer = client_for(tmp_path, definition, lambda *_: made).post("/a")
    assert (answer.headers["location"], answer.headers["x-toys"]) == ("/a/1", "3")
    assert (answer.text, answer.headers["content-length"]) == ('{"id":1}', "8")


def test_an_answer_without_a_body_has_no_type_and_no_length(tmp_path: Path) -> None:
    definition = operation(responses={"204": {"description": "nothing"}})
    answer = client_for(tmp_path, definition, lambda *_: Answer(204)).post("/a")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not {"content-type", "etag", "cache-control"} & set(answer.headers)


def test_null_is_an_answer(tmp_path: Path) -> None:
    answer = client_for(tmp_path, operation(), lambda *_: None).post("/a")
    assert (answer.status_code, answer.text) == (200, "null")
    assert answer.headers["etag"]


def test_an_empty_answer_has_no_tag(tmp_path: Path) -> None:
    definition = operation(responses={"200": {"description": "nothing"}})
    client = client_for(tmp_path, definition, lambda *_: None)
    answer = client.post("/a", headers={"If-None-Match": '"x", '})
    assert (answer.status_code, answer.content) == (200, b"")
    assert "etag" not in answer.headers


def test_what_a_handler_changes_is_its_own(tmp_path: Path) -> None:
    """A default of the document is the next request's as well."""
    seen = {"type": "array", "default": []}
    body = {"type": "object", "properties": {"seen": seen}}

    def handler(*_: Any, tags: list[int], body: Json) -> Json:
        tags.append(1)
        body["seen"].append(1)
        return {"tags": tags, "seen": body["seen"]}

    definition = operation(parameter("tags", seen), parameter("n", INTEGER), body=body)
    client = client_for(tmp_path, definition, lambda *_, n, **given: handler(**given))  # noqa: ARG005
    for n in range(3):
        assert client.post(f"/a?n={n}", json={}).json() == {"tags": [1], "seen": [1]}


# Whoever has the answer.


@pytest.fixture
def counting(tmp_path: Path) -> TestClient:
    """A client of a handler that answers with its body, and 202 where that is 202."""
    definition = operation(body={}, responses={"200": ANY_JSON, "202": ANY_JSON})
    return client_for(
        tmp_path, definition, lambda *_, body: Answer(202, 202) if body == 202 else body
    )


def test_who_has_the_answer_is_told_so(counting: TestClient) -> None:
    """Three tags are as good: weak, among others, and any."""
    first = counting.post("/a", json="seven")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = counting.post("/a", json="seven", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "private, no-cache"
        assert "content-type" not in again.headers
    two_fields = [("If-None-Match", '"x"'), ("If-None-Match", tag)]
    assert counting.post("/a", json="seven", headers=two_fields).status_code == 304


def test_who_has_another_answer_is_given_this_one(counting: TestClient) -> None:
    tag = counting.post("/a", json="seven").headers["etag"]
    other = counting.post("/a", json="eight", headers={"If-None-Match": tag})
    assert (other.status_code, other.json()) == (200, "eight")
    assert other.headers["etag"] != tag


def test_only_200_has_a_tag(counting: TestClient) -> None:
    answer = counting.post("/a", json=202, headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.json()) == (202, 202)
    assert not {"etag", "cache-control"} & set(answer.headers)


@pytest.mark.parametrize(
    ("responses", "content", "status"),
    [
        ({"415": {"description": ""}}, b"x", 415),
        ({"415": {"description": ""}}, b"", 200),
        ({"4XX": {"description": ""}}, b"x", 200),
    ],
)
def test_a_body_where_none_is_documented_is_refused_if_the_document_says_with_what(
    tmp_path: Path, responses: Json, content: bytes, status: int
) -> None:
    definition = operation(responses={"200": ANY_JSON, **responses})
    client = client_for(tmp_path, definition)
    headers = {"Content-Type": "text/plain"}
    assert client.post("/a", content=content, headers=headers).status_code == status
    in_pieces = iter([content]) if content else None
    assert client.post("/a", content=in_pieces, headers=headers).status_code == status

"""Paths: which operation a request is for, and whose a path is that no document has."""

from __future__ import annotations

import asyncio
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from locum.generate.asked import Manner
from locum.http.routes import (
    ProviderOfPath,
    RoutingByEncodedPath,
    encoded_path,
    encoded_template,
    shape,
)
from locum.provider import Provider
from tests.oracles.small_api import Json, client_of, operation, served

TEXT = {"type": "string"}


def in_path(name: str, **schema: Any) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": schema or TEXT}


def named(name: str) -> Any:
    """A handler that answers with its own name, and with what it was given."""
    return lambda *_, **arguments: [name, arguments]


# Whose a path is.


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a", "/a"),
        ("/a/{x}/b/{y-z}", "/a/{}/b/{}"),
        ("/{file}.json", "/{}.json"),
    ],
)
def test_the_shape_of_a_path_has_no_names(path: str, expected: str) -> None:
    assert shape(path) == expected


def test_a_path_of_nobodys_is_the_nearest_providers() -> None:
    """By the segments in common from the left; of equals, and of none, the first one's."""
    first, second, third = (Provider(name=name) for name in ("first", "second", "third"))
    provider_of = ProviderOfPath(
        [
            ("get", "/v1/orders/{id}", first),
            ("get", "/v1/shops/{shop}/sales", second),
            ("get", "/v1/shops/{shop}/sales/{id}", third),
            ("get", "/v2/shops", third),
        ],
        first,
    )
    expected = {
        "/v1/orders/7": first,
        "/v1/orders/7/more": first,
        "/v1/shops/north/sales": second,
        "/v1/shops/north/nothing": second,
        "/v1/shops/north/sales/7": third,
        "/v1/shops": second,
        "/v1/nothing": first,
        "/v1": first,
        "/v2/nothing": third,
        "/v2/": third,
        "/nothing": first,
        "/": first,
        "": first,
    }
    assert {path: provider_of(path).name for path in expected} == {
        path: provider.name for path, provider in expected.items()
    }


def test_segments_count_from_the_left_without_a_gap() -> None:
    """/x/b/c has /a/b/c's last two, and nothing in common with it from the left."""
    one, other = Provider(name="one"), Provider(name="other")
    assert ProviderOfPath([("get", "/y", one), ("get", "/a/b/c", other)], one)("/x/b/c") is one


def test_of_two_providers_it_is_the_one_that_has_the_path_and_the_method() -> None:
    one, other = Provider(name="one"), Provider(name="other")
    provider_of = ProviderOfPath(
        [
            ("post", "/v1/session/metrics/query", one),
            ("post", "/v1/session/{id}", one),
            ("get", "/v1/session/{id}", other),
            ("get", "/v1/session/{id}/{part}", other),
        ],
        one,
    )
    assert provider_of("/v1/session/metrics", "GET") is other
    assert provider_of("/v1/session/metrics", "POST") is one
    assert provider_of("/v1/session/metrics/query", "GET") is other
    assert provider_of("/v1/session/metrics/query", "POST") is one
    assert provider_of("/v1/session/metrics/query", "PUT") is one
    assert provider_of("/v1/session/7", "PUT") is one


# The encoded path.


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"/a/b", "/a/b"),
        (b"/%61/%7E%2D", "/a/~-"),
        (b"/a%2Fb", "/a%2Fb"),
        (b"/a%2fb", "/a%2Fb"),
        (b"/%C3%A9", "/%C3%A9"),
        (b"/%c3%a9%41", "/%C3%A9A"),
        (b"/%ff%0a%00", "/%FF%0A%00"),
        (b"/a%2561", "/a%2561"),  # decoded once only
        (b"/100%", "/100%"),
        (b"/%zz%4", "/%zz%4"),
        (b"/a:b@c;d=e+f", "/a:b@c;d=e+f"),
        (b"/\xe9", "/\xe9"),
    ],
)
def test_only_unreserved_characters_are_decoded(raw: bytes, expected: str) -> None:
    assert encoded_path({"raw_path": raw, "path": "/not asked"}) == expected


@pytest.mark.parametrize("scope", [{"path": "/a b/é"}, {"path": "/a b/é", "raw_path": None}])
def test_a_path_that_only_came_decoded_is_encoded(scope: Scope) -> None:
    assert encoded_path(scope) == "/a%20b/%C3%A9"


# Which operation a request is for.


def test_a_path_without_parameters_is_matched_first(tmp_path: Path) -> None:
    """As OpenAPI has it (3.1.0, section 4.8.8.2), whatever the order and the document; a method
    that it does not have is still refused."""
    one = served(
        {
            "/a/{x}": {"get": operation(in_path("x")), "post": operation(in_path("x"))},
            "/a/b": {"get": operation(), "post": operation()},
            "/{y}/c": {"get": operation(in_path("y"))},
        },
        {
            "GET /a/{x}": named("get x"),
            "POST /a/{x}": named("post x"),
            "GET /a/b": named("get b"),
            "POST /a/b": named("post b"),
            "GET /{y}/c": named("get y"),
        },
    )
    other = served({"/a/c": {"get": operation()}}, {"GET /a/c": named("get c")}, name="other")
    client = client_of(tmp_path, one, other)
    assert client.get("/a/b").json() == ["get b", {}]
    assert client.post("/a/b").json() == ["post b", {}]
    assert client.get("/a/c").json() == ["get c", {}]
    assert client.get("/a/d").json() == ["get x", {"x": "d"}]
    assert client.post("/a/d").json() == ["post x", {"x": "d"}]
    assert client.get("/b/c").json() == ["get y", {"y": "b"}]
    assert client.delete("/a/b").status_code == 405


def test_each_of_three_documents_is_reached(tmp_path: Path) -> None:
    """They share a base path, and a prefix."""
    documents = [
        served(
            {f"/v1/{name}/{{x}}": {"get": operation(in_path("x"))}},
            {f"GET /v1/{name}/{{x}}": named(name)},
            name=name,
        )
        for name in ("first", "second", "third")
    ]
    client = client_of(tmp_path, *documents)
    for name in ("first", "second", "third"):
        assert client.get(f"/v1/{name}/7").json() == [name, {"x": "7"}]


@pytest.mark.parametrize(
    ("segment", "value"),
    [
        ("north", "north"),
        ("a%2Fb", "a/b"),
        ("%2F", "/"),
        ("%0A", "\n"),
        ("x%0Ay", "x\ny"),
        ("%00", "\0"),
        ("a%252Fb", "a%2Fb"),
        ("a+b%20c", "a+b c"),
        ("%C3%A9", "é"),
        ("%7Ea%2D", "~a-"),
        ("100%25", "100%"),
        ("{x}", "{x}"),
    ],
)
def test_a_parameter_of_a_path_holds_any_text(tmp_path: Path, segment: str, value: str) -> None:
    small = served({"/a/{x}/b": {"get": operation(in_path("x"))}}, {"GET /a/{x}/b": named("")})
    assert client_of(tmp_path, small).get(f"/a/{segment}/b").json() == ["", {"x": value}]


def test_an_encoded_letter_is_the_letter(tmp_path: Path) -> None:
    small = served({"/a/b": {"get": operation()}}, {"GET /a/b": named("b")})
    client = client_of(tmp_path, small)
    assert client.get("/%61/%62").json() == ["b", {}]
    assert client.get("/a%2Fb").status_code == 404


def test_a_slash_at_the_end_is_another_path(tmp_path: Path) -> None:
    """And no redirection to the one without."""
    small = served({"/a": {"get": operation()}}, {"GET /a": named("a")})
    client = client_of(tmp_path, small)
    assert client.get("/a/", follow_redirects=False).status_code == 404
    assert client.get("http://testserver//a").status_code == 404


@pytest.mark.parametrize(
    ("name", "schema", "segment", "value"),
    [
        ("item-id", {}, "7", "7"),
        ("item.id", {}, "7", "7"),
        ("$filter", {}, "7", "7"),
        ("2fa", {}, "7", "7"),
        ("größe", {}, "7", "7"),
        ("n", {"type": "integer"}, "7", 7),
        ("n", {"type": "integer"}, "-7", -7),
        ("n", {"type": "number"}, "1.5", 1.5),
        ("n", {"type": "string", "format": "path"}, "7", "7"),
        ("n", {"type": "array", "items": {"type": "integer"}}, "7,8", [7, 8]),
    ],
)
def test_a_parameter_of_a_path_has_any_name_and_type(
    tmp_path: Path, name: str, schema: Json, segment: str, value: Any
) -> None:
    path = f"/a/{{{name}}}/b"
    small = served({path: {"get": operation(in_path(name, **schema))}}, {f"GET {path}": named("")})
    answer = client_of(tmp_path, small).get(f"/a/{segment}/b").json()
    assert list(answer[1].values()) == [value]


@pytest.mark.parametrize("segment", ["seven", "7.5", "7%0A", "0x7"])
def test_what_is_no_integer_in_a_path_is_a_fault_of_its_parameter(
    tmp_path: Path, segment: str
) -> None:
    """And no path of nobody's."""
    paths = {"/a/{n}": {"get": operation(in_path("n", type="integer"))}}
    answer = client_of(tmp_path, served(paths, {"GET /a/{n}": named("")})).get(f"/a/{segment}")
    assert answer.status_code == 422
    assert [error["location"] for error in answer.json()["errors"]] == [["path", "n"]]


def test_a_method_that_is_not_documented_is_told_those_that_are(tmp_path: Path) -> None:
    """All of them (RFC 9110, section 15.5.6), and HEAD, which comes with GET; OPTIONS does not."""
    small = served(
        {"/a": {"get": operation(), "post": operation()}},
        {"GET /a": named("get"), "POST /a": named("post")},
    )
    other = served({"/a": {"put": operation()}}, {"PUT /a": named("put")}, name="other")
    client = client_of(tmp_path, small, other)
    for method in ("OPTIONS", "DELETE", "PATCH", "TRACE", "QUERY"):
        answer = client.request(method, "/a")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST, PUT")


def test_a_path_has_further_paths(tmp_path: Path) -> None:
    """With the same parameters, for the same methods."""
    small = served(
        {"/v1/a/{x-y}": {"get": operation(in_path("x-y"))}},
        {"GET /v1/a/{x-y}": named("a")},
        aliases=lambda path: [path.removeprefix("/v1"), "/api" + path],
    )
    client = client_of(tmp_path, small)
    for path in ("/v1/a/7", "/a/7", "/api/v1/a/7"):
        assert client.get(path).json() == ["a", {"x_y": "7"}]
        assert client.post(path).status_code == 405
    assert client.get("/api/a/7").status_code == 404


def test_what_is_no_request_is_left_to_the_application(tmp_path: Path) -> None:
    """A server tells of its start and end."""
    seen: list[Scope] = []

    async def application(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    async def receive() -> Any:
        return {}

    async def send(_message: Any) -> None:
        pass

    lifespan = {"type": "lifespan"}
    routing = RoutingByEncodedPath(application, application, lambda app: app)
    asyncio.run(routing(lifespan, receive, send))
    assert seen == [lifespan]


def test_of_two_templates_the_one_whose_parameter_comes_later_is_matched(tmp_path: Path) -> None:
    small = served(
        {
            "/i/{a}/{b}": {"get": operation(in_path("a"), in_path("b"))},
            "/i/{a}/top": {"get": operation(in_path("a"))},
            "/i/me/{b}": {"get": operation(in_path("b"))},
        },
        {
            "GET /i/{a}/{b}": named("any"),
            "GET /i/{a}/top": named("top"),
            "GET /i/me/{b}": named("me"),
        },
    )
    client = client_of(tmp_path, small)
    paths = ("/i/you/4", "/i/you/top", "/i/me/4", "/i/me/top")
    assert [client.get(path).json()[0] for path in paths] == ["any", "top", "me", "me"]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/straße", "/stra%C3%9Fe"),
        ("/a b", "/a%20b"),
        ("/a%20b", "/a%20b"),
        ("/f:verb", "/f:verb"),
        ("/straße/{x}/ü", "/stra%C3%9Fe/1/%C3%BC"),
    ],
)
def test_a_path_may_have_letters_of_any_alphabet(tmp_path: Path, path: str, asked: str) -> None:
    parameters = [in_path("x")] if "{x}" in path else []
    paths = {path: {"get": operation(parameters=parameters)}}
    client = client_of(tmp_path, served(paths, {f"GET {path}": named("found")}))
    assert client.get(asked).json()[0] == "found"


@pytest.mark.parametrize(
    ("template", "encoded"),
    [
        ("/a/{x}:run/~b.c;d=1,2", "/a/{x}:run/~b.c;d=1,2"),
        ("/a b|c > 5 %", "/a%20b%7Cc%20%3E%205%20%25"),
        ("/größe", "/gr%C3%B6%C3%9Fe"),
        ("/a%20b", "/a%20b"),
    ],
)
def test_what_cannot_stand_in_a_path_is_encoded(template: str, encoded: str) -> None:
    assert encoded_template(template) == encoded


def test_a_path_is_found_as_the_document_writes_it_and_as_clients_send_it(tmp_path: Path) -> None:
    path = "/50 % of | {x}"
    small = served({path: {"get": operation(in_path("x"))}}, {f"GET {path}": named("a")})
    answer = client_of(tmp_path, small).get("/50%20%25%20of%20%7c%20all%20%25")
    assert answer.json() == ["a", {"x": "all %"}]


@pytest.mark.parametrize(
    ("path", "status", "named_parameters"),
    [
        ("/shops//sales", 422, ["shop-id"]),
        ("/shops//sales//of", 422, ["shop-id", "sale"]),
        ("/shops/%2F/sales", 200, []),
        ("/shops/a/sales/", 404, []),
        ("/shops//stock", 404, []),
        ("//sales", 404, []),
        ("/own//path", 200, []),
    ],
)
def test_among_placeholders_an_empty_parameter_is_missing(
    tmp_path: Path, path: str, status: int, named_parameters: list[str]
) -> None:
    """Otherwise the path is nobody's. One that has no parameter there is so always."""
    shop, sale = in_path("shop-id"), in_path("sale")
    small = served(
        {
            "/shops/{shop-id}/sales": {"get": operation(shop)},
            "/shops/{shop-id}/sales/{sale}/of": {"get": operation(shop, sale)},
            "/own//path": {"get": operation()},
        },
        {},
    )
    client = client_of(tmp_path / "static", small, manner=Manner(is_static=True))
    answer = client.get(f"http://testserver{path}")
    assert answer.status_code == status
    faults = answer.json()["errors"] if status == 422 else []
    assert faults == [
        {"location": ["path", name], "detail": "Field required"} for name in named_parameters
    ]
    ordinary = client_of(tmp_path / "ordinary", small).get(f"http://testserver{path}")
    assert ordinary.status_code == (404 if status == 422 else status)


def test_a_parameter_may_be_a_word_of_another_path(tmp_path: Path) -> None:
    """More pairs of words than are told apart at once: each is answered, and the first again."""
    words = [f"w{number}" for number in range(33)]
    paths = {f"/{word}": {"get": operation()} for word in words}
    handlers = {f"GET /{word}": named(word) for word in words}
    parameters = [in_path("a"), in_path("b")]
    small = served(
        paths | {"/{a}/{b}": {"get": operation(parameters=parameters)}},
        handlers | {"GET /{a}/{b}": named("pair")},
    )
    client = client_of(tmp_path, small)
    for a, b in [*product(words, repeat=2), (words[0], words[0]), ("w0", "other")]:
        assert client.get(f"/{a}/{b}").json() == ["pair", {"a": a, "b": b}]
    assert client.get("/w7").json() == ["w7", {}]
    assert client.get("/w7/w8/w9").status_code == 404

"""The prefixes of paths that servers have. Expected by reading RFC 3986 and OpenAPI 3.1, 4.8.5."""

from __future__ import annotations

from typing import Any

import pytest

from locum.openapi.servers import prefixes


@pytest.mark.parametrize(
    ("url", "prefix"),
    [
        ("https://api.example.com", ()),
        ("https://api.example.com/", ()),
        ("/", ()),
        ("", ()),
        ("https://api.example.com/v1", ("/v1",)),
        ("https://api.example.com/v1/", ("/v1",)),
        ("/api/v3", ("/api/v3",)),
        ("v2", ("/v2",)),
        ("./v2", ("/v2",)),
        ("../v2", ("/v2",)),
        ("//example.com/a//b", ("/a/b",)),
        ("https://example.com/Train+Travel/1.0.0?x=/y#/z", ("/Train+Travel/1.0.0",)),
        ("https://example.com/a%20b", ("/a%20b",)),
        ("https://[::1/v1", ()),
    ],
)
def test_prefix_is_the_path_of_the_url(url: str, prefix: tuple[str, ...]) -> None:
    assert prefixes([{"url": url}]) == prefix


def test_variables_have_each_value_the_default_first_and_one_without_is_left_out() -> None:
    variables = {"host": {"default": "eu"}, "base": {"default": "v2", "enum": ["v1", "v2"]}}
    servers: list[dict[str, Any]] = [
        {"url": "https://{host}.example.com/{base}/x", "variables": variables},
        {"url": "https://example.com/{nothing}"},
    ]
    assert prefixes(servers) == ("/v2/x", "/v1/x")


def test_each_prefix_is_there_once_in_the_documents_order() -> None:
    servers = [{"url": "https://a/v2"}, {"url": "https://b/v1"}, {"url": "/v2/"}]
    assert prefixes(servers) == ("/v2", "/v1")


@pytest.mark.parametrize("servers", [None, [], ["x"]])
def test_what_are_no_servers_have_none(servers: Any) -> None:
    assert prefixes(servers or []) == ()

"""Parameters of a request, before their schemas are asked."""

from __future__ import annotations

import random

import pytest
from starlette.datastructures import QueryParams

from locum.http.parameters import query_of


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", {}),
        (b"a=1&b=2&a=3", {"a": ["1", "3"], "b": ["2"]}),
        (b"a&b=&=c&&", {"a": [""], "b": [""], "": ["c"]}),
        (b"a=b=c", {"a": ["b=c"]}),
        (b"a=%20+b&%61=", {"a": ["  b", ""]}),
        (b"a=1;b=2", {"a": ["1;b=2"]}),
        (b"a=\xe9", {"a": ["\xe9"]}),
    ],
)
def test_a_query_is_names_with_values(raw: bytes, expected: dict[str, list[str]]) -> None:
    assert query_of({"query_string": raw}) == expected


def test_a_query_is_what_starlette_reads() -> None:
    chance = random.Random(1)  # noqa: S311 - examples, no secrets
    for _ in range(2000):
        raw = bytes(chance.choices(b"ab=&%+;2\xe9\x00", k=chance.randrange(12)))
        query = QueryParams(raw)
        assert query_of({"query_string": raw}) == {name: query.getlist(name) for name in query}

"""Bodies and headers as they are sent."""

from __future__ import annotations

from typing import Any

import pytest

from locum.generate.writing import body_of, header_of


@pytest.mark.parametrize(
    ("value", "media_type", "body"),
    [
        ({"a": 1}, "application/json", {"a": 1}),
        ("text", "application/json", "text"),
        ({"a": 1}, "application/problem+json; charset=utf-8", {"a": 1}),
        ("text", "text/plain", "text"),
        (12, "text/plain", "12"),
        (None, "text/plain", ""),
        ({"a": 1, "b": "x y&z", "c": [1]}, "application/x-www-form-urlencoded",
         "a=1&b=x%20y%26z&c=%5B1%5D"),
        ({"a": 1}, "text/event-stream", 'data: {"a":1}\n\n'),
        (["x", "y\nz"], "text/event-stream", "data: x\n\ndata: y\ndata: z\n\n"),
        ("data: x\n\n", "text/event-stream", "data: x\n\n"),
        ([{"a": 1}, {"a": 2}], "application/x-ndjson", '{"a":1}\n{"a":2}\n'),
        ({"a": 1}, "text/csv", '{"a":1}'),
    ],
)  # fmt: skip
def test_a_value_is_written_by_its_media_type(value: Any, media_type: str, body: Any) -> None:
    assert body_of(value, media_type) == (body, media_type)


def test_parts_of_a_form_are_told_apart_by_the_boundary_of_the_media_type() -> None:
    body, media_type = body_of({"a": "x", "b": [1, 2]}, "multipart/form-data")
    boundary = media_type.removeprefix("multipart/form-data; boundary=")
    names = [part.split('name="')[1][0] for part in body.split(f"--{boundary}\r\n")[1:]]
    assert names == ["a", "b", "b"]
    assert body.endswith(f"\r\n2\r\n--{boundary}--\r\n")


@pytest.mark.parametrize(
    ("value", "header"),
    [("a", "a"), (1, "1"), (True, "true"), ([1, "b"], "1,b"), ({"a": 1, "b": "c"}, "a,1,b,c")],
)
def test_a_header_has_the_style_simple(value: Any, header: str) -> None:
    assert header_of(value) == header

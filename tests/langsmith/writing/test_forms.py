"""Forms with a file in them."""

from __future__ import annotations

import pytest

from locum.exceptions import InvalidRequest, UnreadableBody, UnsupportedMediaType
from locum.langsmith.writing.forms import Field, fields_of
from locum.provider import RawBody
from tests.oracles.form_bodies import form, part


def test_fields_are_as_they_were_sent() -> None:
    body = form(
        part("a", {"n": 1}),
        part("b.c", b"\x00\r\n--x", filename="b.bin"),
        part("empty", ""),
    )
    assert fields_of(body) == [
        Field("a", None, "application/json", b'{"n": 1}'),
        Field("b.c", "b.bin", "", b"\x00\r\n--x"),
        Field("empty", None, "", b""),
    ]


def test_brackets_of_a_list_are_not_of_the_name() -> None:
    """The generated client of the SDK 0.9.2 sends input_keys so."""
    body = form(part("input_keys[]", "q"), part("input_keys[]", "r"), part("a[]b", ""))
    assert [each.name for each in fields_of(body)] == ["input_keys", "input_keys", "a[]b"]


@pytest.mark.parametrize(
    "body",
    [
        RawBody(b"{}", {"content-type": "application/json"}),
        RawBody(b"{}", {"content-type": "multipart/form-data"}),
        RawBody(b"{}", {}),
        RawBody(b"no form"),
        RawBody(form(part("a", {})).content[:-8]),
        RawBody(b"--a-boundary\r\nContent-Disposition: attachment\r\n\r\nx\r\n--a-boundary--\r\n"),
        RawBody(b"--a-boundary\r\nContent-Type: text/plain\r\n\r\nx\r\n--a-boundary--\r\n"),
    ],
    ids=["JSON", "no boundary", "no type", "no form", "no end", "no field", "no name"],
)
def test_what_is_no_form_is_refused(body: RawBody) -> None:
    with pytest.raises((UnreadableBody, UnsupportedMediaType)):
        fields_of(body)


def test_a_field_that_is_no_text_is_named() -> None:
    with pytest.raises(InvalidRequest, match="UTF-8"):
        Field("x", None, "", b"\xff").text()


def test_a_mark_of_byte_order_is_no_text() -> None:
    assert Field("x", None, "", "\ufeffa".encode()).text() == "a"

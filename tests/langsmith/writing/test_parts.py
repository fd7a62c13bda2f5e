"""Parts of a multipart body."""

from __future__ import annotations

import pytest

from locum.exceptions import InvalidRequest, UnreadableBody
from locum.langsmith.writing.parts import Part, parts_of
from tests.oracles.form_bodies import Body, form, part


def test_parts_are_as_they_were_sent() -> None:
    body = form(
        part("a", {"n": 1}),
        part("b.c", b"\x00\r\n--x", filename="b.bin"),
        part("empty", ""),
    )
    assert parts_of(body) == [
        Part("a", None, "application/json", b'{"n": 1}'),
        Part("b.c", "b.bin", "", b"\x00\r\n--x"),
        Part("empty", None, "", b""),
    ]


@pytest.mark.parametrize(
    "body",
    [
        Body(b"{}", {"content-type": "application/json"}),
        Body(b"{}", {"content-type": "multipart/form-data"}),
        Body(b"{}", {}),
        Body(b"no form"),
        Body(form(part("a", {})).content[:-8]),
        Body(b"--a-boundary\r\nContent-Disposition: attachment\r\n\r\nx\r\n--a-boundary--\r\n"),
        Body(b"--a-boundary\r\nContent-Type: text/plain\r\n\r\nx\r\n--a-boundary--\r\n"),
    ],
    ids=["JSON", "no boundary", "no type", "no form", "no end", "no field", "no name"],
)
def test_what_is_no_form_is_refused(body: Body) -> None:
    with pytest.raises(UnreadableBody):
        parts_of(body)


def test_a_fault_of_a_part_names_it() -> None:
    with pytest.raises(InvalidRequest, match=r"body\.x\.inputs: JSON decode error"):
        Part("x.inputs", None, "", b"{").object()
    with pytest.raises(InvalidRequest, match=r"body\.x: Found \[\], expected an object"):
        Part("x", None, "", b"[]").object()
    with pytest.raises(InvalidRequest, match="UTF-8"):
        Part("x", None, "", b"\xff").text()


def test_a_mark_of_byte_order_is_no_text() -> None:
    assert Part("x", None, "", "\ufeffa".encode()).text() == "a"

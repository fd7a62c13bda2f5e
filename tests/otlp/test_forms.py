"""The encoding of a request by its Content-Type."""

from __future__ import annotations

import pytest

from locum.otlp.forms import FORMS, JSON, PROTOBUF, Form, form_of


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", JSON),
        ("application/json; charset=utf-8", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/x-protobuf", PROTOBUF),
        ("application/x-protobuf;a=b", PROTOBUF),
        ("application/protobuf", None),
        ("application/otlp+json", None),
        ("text/plain", None),
        ("", None),
    ],
)
def test_a_content_type_names_an_encoding(content_type: str, expected: Form | None) -> None:
    assert form_of(content_type) is expected


def test_both_answer_what_was_taken_and_what_was_not() -> None:
    assert [form.accepted(0, "") for form in FORMS] == [b"", b"{}"]
    assert JSON.accepted(2, "a") == b'{"partialSuccess":{"rejectedSpans":"2","errorMessage":"a"}}'
    assert PROTOBUF.accepted(2, "a") == bytes([0x0A, 5, 0x08, 2, 0x12, 1]) + b"a"
    assert JSON.status(3, "a") == b'{"code":3,"message":"a"}'
    assert PROTOBUF.status(3, "a") == bytes([0x08, 3, 0x12, 1]) + b"a"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.media_type)
def test_both_read_an_empty_request(form: Form) -> None:
    assert form.decode(form.accepted(0, "")) == ()

"""JSON as JavaScript reads and writes it."""

from __future__ import annotations

import json

import pytest

from locum.helicone.ingestion import json_texts


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('["\\u00e9", 1.5, null]', ["é", 1.5, None]),
        (b'{"cut": "\\ud83d"}', {"cut": "\ufffd"}),  # half of an emoji
        (b'["\\ud83d\\ude00"]', ["😀"]),
        (b'["\\udc00", 12345678901234567890123]', ["\ufffd", 1.2345678901234568e22]),
    ],
)
def test_value_of_a_text(text: bytes | str, value: object) -> None:
    assert json_texts.read(text) == value


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", '["\\ud83d", NaN]', b"\xff", "[" * 5000, '["\\ud83d"' + "[" * 5000]
)
def test_what_is_no_json(text: bytes | str) -> None:
    with pytest.raises(json_texts.NoJSON):
        json_texts.read(text)


def test_a_value_is_written_without_blanks() -> None:
    assert json_texts.written({"a": [1, "é"]}) == '{"a":[1,"é"]}'


def test_a_value_nested_deeper_than_an_answer_can_be_is_written() -> None:
    text = "[" * 400 + "]" * 400
    assert json_texts.written(json.loads(text)) == text


def test_a_value_nested_without_end_is_not_written() -> None:
    value: list[object] = []
    for _ in range(20_000):
        value = [value]
    with pytest.raises(json_texts.NoJSON, match="nested too deep"):
        json_texts.written(value)


def test_length_counts_as_javascript_does() -> None:
    assert json_texts.length("😀") == 4  # two quotes, two halves

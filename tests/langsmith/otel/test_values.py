"""Values as JSON, texts that are JSON, and whole inputs and outputs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from locum.langsmith.otel.values import (
    DEEPEST,
    an_array,
    an_object,
    is_present,
    meant,
    plain,
    structured,
    whole,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "a"),
        (True, True),
        (5, 5),
        (0.5, 0.5),
        (None, None),
        (b"\x00\xff", "AP8="),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        ([b"a", [1]], ["YQ==", [1]]),
        ({"k": {"b": b""}}, {"k": {"b": ""}}),
    ],
)
def test_a_value_keeps_its_type_as_far_as_json_has_it(value: Any, expected: Any) -> None:
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)


def test_the_empty_text_is_absent_and_other_empty_values_are_not() -> None:
    assert [is_present(each) for each in ("", None)] == [False, False]
    present: list[Any] = [" ", 0, False, [], {}, 0.0]
    assert all(is_present(each) for each in present)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        (' [1, "b"]', [1, "b"]),
        ("[]", []),
        ({"a": 1}, {"a": 1}),
        ([1], [1]),
        ("5", None),
        ('"quoted"', None),
        ("null", None),
        ("{'a': 1}", None),  # Python's repr
        ("[unfinished", None),
        ("{NaN}", None),
        ("", None),
        (5, None),
        (True, None),
    ],
)
def test_objects_and_arrays_are_found_in_texts(value: Any, expected: Any) -> None:
    assert structured(value) == expected
    assert meant(value) == (value if expected is None else expected)
    assert an_object(value) == (expected if isinstance(expected, dict) else None)
    assert an_array(value) == (expected if isinstance(expected, list) else None)


def test_a_text_that_is_nested_deeply_stays_a_text() -> None:
    deepest = "[" * DEEPEST + "]" * DEEPEST
    assert structured(deepest) is not None
    assert structured(f"[{deepest}]") is None
    assert structured('{"a":' * 150 + "1" + "}" * 150) is None
    assert structured(json.dumps([[]] * 500)) == [[]] * 500


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        ({}, {}),
        (
            '[{"role": "user"}, {"role": "tool"}]',
            {"messages": [{"role": "user"}, {"role": "tool"}]},
        ),
        ([{"role": "user"}], {"messages": [{"role": "user"}]}),
        ('[{"role": "user"}, {}]', {"input": [{"role": "user"}, {}]}),
        ("[]", {"input": []}),
        ("[1]", {"input": [1]}),
        ("5", {"input": "5"}),
        ('"quoted"', {"input": '"quoted"'}),
        ("text", {"input": "text"}),
        (5, {"input": 5}),
        (False, {"input": False}),
    ],
)
def test_the_whole_of_the_inputs_is_an_object(value: Any, expected: Any) -> None:
    assert whole(value, "input") == expected


def test_what_is_said_to_be_text_is_not_parsed() -> None:
    assert whole('{"a": 1}', "output", is_text=True) == {"output": '{"a": 1}'}

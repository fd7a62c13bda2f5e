"""Whether a JSON document holds another; what is expected is what PostgreSQL's `@>` says of the
pair."""

from __future__ import annotations

from typing import Any

import pytest

from locum.exceptions import InvalidRequest
from locum.langsmith.containment import contains, object_of

DOCUMENT = {"owner": "demo", "shots": 1, "nested": {"a": [1, {"b": None}], "on": True}}


@pytest.mark.parametrize(
    "part",
    [
        {},
        {"owner": "demo"},
        {"shots": 1.0},
        {"nested": {}},
        {"nested": {"on": True}},
        {"nested": {"a": []}},
        {"nested": {"a": [{"b": None}]}},
        {"nested": {"a": [1, 1]}},
        {"owner": "demo", "nested": {"a": [{}]}},
    ],
)
def test_a_document_holds_its_parts(part: Any) -> None:
    assert contains(DOCUMENT, part)


@pytest.mark.parametrize(
    "part",
    [
        {"owner": "other"},
        {"missing": None},
        {"shots": True},
        {"shots": "1"},
        {"nested": {"on": 1}},
        {"nested": []},
        {"nested": {"a": {}}},
        {"nested": {"a": [2]}},
        {"owner": ["demo"]},
        {"owner": None},
    ],
)
def test_a_document_does_not_hold_what_is_not_in_it(part: Any) -> None:
    assert not contains(DOCUMENT, part)


def test_nothing_holds_no_object() -> None:
    assert not contains(None, {})


def test_a_parameter_is_an_object_or_nothing() -> None:
    assert object_of(None, "metadata") is None
    assert object_of('{"a": [1]}', "metadata") == {"a": [1]}
    for text in ("", "[]", "1", "{a: 1}", '"x"'):
        with pytest.raises(InvalidRequest) as raised:
            object_of(text, "metadata")
        (fault,) = raised.value.faults
        assert (fault.location, fault.kind, fault.found) == (
            ("query", "metadata"),
            "json_invalid",
            text,
        )

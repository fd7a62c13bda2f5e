"""What one direction shows of a document's value."""

from __future__ import annotations

from typing import Any

import pytest

from locum.generate.conjunction import Conjunctions
from locum.generate.shown import Showing, is_hidden

SECRET: dict[str, Any] = {"type": "string", "writeOnly": True}
USER: dict[str, Any] = {
    "type": "object",
    "required": ["password"],
    "properties": {"name": {"type": "string"}, "password": SECRET, "pin": SECRET},
}
CONJUNCTIONS = Conjunctions({"defs": {"user": USER}})
REFERENCE = {"$ref": "#/defs/user"}
SENT = {"name": "a", "password": "b", "pin": "c"}


def shown(schema: Any, value: Any, *, is_excused: bool = True) -> Any:
    showing = Showing(CONJUNCTIONS, "writeOnly", is_excused)
    return showing.of(CONJUNCTIONS.of([schema]), value)


@pytest.mark.parametrize(
    "around",
    [
        lambda inner: {"type": "object", "properties": {"in": inner}},
        lambda inner: {"type": "object", "additionalProperties": inner},
        lambda inner: {"allOf": [{"type": "object"}, {"properties": {"in": inner}}]},
        lambda inner: {"oneOf": [{"type": "array"}, {"properties": {"in": inner}}]},
    ],
)
def test_nothing_hidden_is_shown_at_any_depth(around: Any) -> None:
    value = {"in": [SENT, SENT]}
    schema = around({"type": "array", "items": REFERENCE})
    assert shown(schema, value) == {"in": [{"name": "a"}, {"name": "a"}]}
    assert value == {"in": [SENT, SENT]}


def test_what_must_be_there_stays_unless_it_is_excused() -> None:
    assert shown(REFERENCE, SENT, is_excused=False) == {"name": "a", "password": "b"}
    assert shown(REFERENCE, SENT, is_excused=True) == {"name": "a"}


def test_the_keyword_may_stand_beside_an_admitted_null() -> None:
    member = CONJUNCTIONS.of([{"anyOf": [SECRET, {"type": "null"}]}])
    assert is_hidden(member, "writeOnly")
    assert not is_hidden(member, "readOnly")


def test_values_of_no_object_are_as_they_are() -> None:
    values: list[Any] = [None, 3, "a", [], {}, [1, [2]]]
    for value in values:
        assert shown({}, value) == value

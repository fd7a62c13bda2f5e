"""Conditions on JSON documents: compared with PostgreSQL's rules written in plain Python."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locum.engine.data import Parameters
from locum.exceptions import FilterError
from locum.langsmith.filters import json_fields as documents
from locum.langsmith.filters.ast import Comparison, Search

ENGINE = duckdb.connect(config={"threads": 1})
KEYS = st.sampled_from(["a", "b", "a/b", "a~b", "", "$", "*", 'q"'])
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, "a", "1", "", "é"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=3)


def contains(value: Any, needle: Any) -> bool:
    """PostgreSQL's `value @> needle`, but that an array does not contain a plain value."""
    if isinstance(needle, dict):
        return isinstance(value, dict) and all(
            key in value and contains(value[key], inner) for key, inner in needle.items()
        )
    if isinstance(needle, list):
        return isinstance(value, list) and all(
            any(contains(item, inner) for item in value) for inner in needle
        )
    return (type(value) is type(needle) and value == needle) or (
        not isinstance(value, bool)
        and not isinstance(needle, bool)
        and isinstance(value, int | float)
        and isinstance(needle, int | float)
        and value == needle
    )


def holds(condition: str, parameters: Parameters, **columns: Any) -> bool:
    values = {f"c_{name}": value for name, value in columns.items()}
    chosen = ", ".join(f"$c_{name} AS {name}" for name in columns)
    statement = f"SELECT {condition} FROM (SELECT {chosen})"
    ((found,),) = ENGINE.execute(statement, parameters.values | values).fetchall()
    assert found in (True, False), "never NULL"
    return bool(found)


def has(document: Any, needle: Any) -> bool:
    parameters = Parameters()
    clause = Comparison("has", "metadata", json.dumps(needle))
    condition = documents.has(clause, "CAST(document AS JSON)", parameters)
    return holds(condition, parameters, document=json.dumps(document))


@settings(deadline=None)  # a statement takes long where the machine is busy
@given(VALUES, OBJECTS)
def test_a_document_has_what_it_contains(document: Any, needle: Any) -> None:
    assert has(document, needle) == contains(document, needle)


@settings(deadline=None)
@given(OBJECTS, st.data())
def test_a_document_has_each_of_its_members(document: Any, data: st.DataObject) -> None:
    names = data.draw(st.sets(st.sampled_from(list(document)))) if document else set()
    assert has(document, {name: document[name] for name in names})


@pytest.mark.parametrize(
    ("document", "needle", "expected"),
    [
        ({"a": {"b": [1, 2]}}, {"a": {"b": [2.0]}}, True),
        ({"a": {"b": [1, 2]}}, {"a": {"b": 2}}, False),
        ({"a": None}, {"a": None}, True),
        ({}, {"a": None}, False),
        ({"a": "1"}, {"a": 1}, False),
        ({"a": True}, {"a": 1}, False),
        ([{"a": 1}], {"a": 1}, False),
        ("text", {}, False),
        ({"x": 1}, {}, True),
    ],
)
def test_containment_by_hand(document: Any, needle: Any, expected: Any) -> None:
    assert has(document, needle) is expected


@pytest.mark.parametrize("needle", ["", "[1]", '"x"', "{", "5"])
def test_what_is_no_json_object_is_refused(needle: str) -> None:
    with pytest.raises(FilterError, match="a JSON object in quotes"):
        documents.has(Comparison("has", "metadata", needle), "document", Parameters())


def test_large_needles_are_refused() -> None:
    deepest = "x"
    for _ in range(documents.DEEPEST_NEEDLE):
        deepest = {"a": deepest}  # type: ignore[assignment]
    for needle, is_legal in (
        (deepest, True),
        ({"a": deepest}, False),
        ({str(n): n for n in range(documents.MOST_MEMBERS)}, True),
        ({str(n): n for n in range(documents.MOST_MEMBERS + 1)}, False),
        ({"a": [0] * documents.MOST_MEMBERS}, False),
    ):
        clause = Comparison("has", "metadata", json.dumps(needle))
        if is_legal:
            documents.has(clause, "document", Parameters())
            continue
        with pytest.raises(FilterError, match="at most 20 levels and 50 members"):
            documents.has(clause, "document", Parameters())


def of_entry(comparator: str, operand: Any, value: Any) -> bool:
    """What a comparison says of an entry with that JSON value, laid out as the engine does."""
    kinds = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", str: "VARCHAR", type(None): "NULL"}
    parameters = Parameters()
    clause = Comparison(comparator, "metadata_value", operand)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return holds(
        documents.VALUE.condition(clause, "value", parameters),
        parameters,
        type=kinds[type(value)],
        value=None if value is None else value if isinstance(value, str) else json.dumps(value),
        number=float(value) if is_number else None,
    )


@pytest.mark.parametrize(
    ("comparator", "operand", "value", "expected"),
    [
        ("eq", 2, 2, True),
        ("eq", 2, 2.0, True),
        ("eq", 2, "2", True),
        ("eq", "2", 2, True),
        ("eq", "2", 2.0, False),  # its text is 2.0
        ("eq", "true", True, True),
        ("eq", True, "true", True),
        ("eq", None, None, True),
        ("eq", None, "null", False),
        ("eq", "null", None, False),
        ("in", ("a", 1, None), None, True),
        ("in", (), "a", False),
        ("gt", 2, 3, True),
        ("gt", 2, "3", False),
        ("gt", "2", "3", True),
        ("gt", "2", 3, False),
        ("gt", "10", "9", True),  # as texts
        ("lte", 2, None, False),
        ("gt", 0, True, False),
        ("like", "a%", "abc", True),
        ("like", "1_", 12, True),
        ("like", "%", None, False),
    ],
)
def test_a_value_compares_as_it_reads(
    comparator: str, operand: Any, value: Any, expected: Any
) -> None:
    assert of_entry(comparator, operand, value) is expected


@pytest.mark.parametrize("operand", [True, None])
def test_order_is_of_numbers_and_texts_alone(operand: Any) -> None:
    with pytest.raises(FilterError, match="a number or a text in quotes"):
        of_entry("gt", operand, 1)


@pytest.mark.parametrize(
    ("text", "key", "value", "kind", "expected"),
    [
        ("OS", "device.os", "x", "VARCHAR", True),
        ("X", "device.os", "ax", "VARCHAR", True),
        ("x", "device", '{"x":1}', "OBJECT", False),  # a value is what stands at the end of a key
        ("y", None, "y", "VARCHAR", True),
        ("z", None, None, "NULL", False),
    ],
)
def test_an_entry_mentions_what_its_key_or_value_contains(
    text: str, key: str | None, value: str | None, kind: str, expected: Any
) -> None:
    parameters = Parameters()
    condition = documents.mentions(text, parameters)
    found = holds(condition, parameters, key=key, value=value, type=kind)
    assert found is expected


def test_a_search_is_of_one_value() -> None:
    parameters = Parameters()
    condition = documents.VALUE.condition(Search("metadata_value", "B"), "value", parameters)
    assert holds(condition, parameters, type="VARCHAR", value="abc", number=None)
    assert not holds(condition, parameters, type="OBJECT", value="abc", number=None)

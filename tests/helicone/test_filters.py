"""Helicone's filter trees: which requests they select."""

from __future__ import annotations

from typing import Any

import pytest

from locum.engine.duckdb import DuckDB, Parameters
from locum.exceptions import UpstreamFault
from locum.helicone.filters import where
from tests.oracles.helicone_requests import ORGANISATION, Row, engine_over, selected

NOT_RUN = {"data": None, "error": "No request count found"}

ONE = "aaaaaaaa-0000-4000-8000-000000000001"
TWO = "aaaaaaaa-0000-4000-8000-000000000002"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> DuckDB:
    """A request with all that matters below, and one that has nothing but its ids and time."""
    rows: list[Row] = [
        {
            "request_id": ONE,
            "organization_id": ORGANISATION,
            "request_created_at": "2025-06-01T00:00:01.000Z",
            "model": "100%_sure\\",
            "country_code": "US",
            "latency": 1000,
            "cost": 2_000_000,
            "properties": {"Helicone-Session-Id": "s", "2": "two", "b": "bee", "": "nameless"},
            "scores": {"helicone-score-feedback": 1, "quality": 3},
            "cache_reference_id": TWO,
        },
        {
            "request_id": TWO,
            "organization_id": ORGANISATION,
            "request_created_at": "2025-06-01T00:00:01.001Z",
        },
    ]
    tags = [
        {"organization_id": organisation, "entity_type": kind, "entity_id": id_, "tag": tag}
        for organisation, kind, id_, tag in [
            (ORGANISATION, "session", "s", "Gold"),
            ("22222222-2222-2222-2222-222222222222", "session", "s", "other"),
            (ORGANISATION, "request", "s", "request"),
        ]
    ]
    return engine_over(tmp_path_factory.mktemp("two"), rows, tags)


def leaf(**columns: Any) -> Any:
    return {"request_response_rmt": {name.replace("__", "-"): x for name, x in columns.items()}}


def tagged(**operators: str) -> Any:
    return {"sessions_request_response_rmt": {"session_tag": operators}}


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ("all", [ONE, TWO]),
        ({}, [ONE, TWO]),
        # Absent: '' for texts that are never null, no value for those that may be.
        (leaf(model={"not-equals": "x"}), [ONE, TWO]),
        (leaf(model={"equals": "__empty__"}), [TWO]),
        (leaf(country_code={"not-equals": "x"}), [ONE]),
        (leaf(country_code={"equals": "null"}), [TWO]),
        (leaf(country_code={"not-equals": "null"}), [ONE]),
        (leaf(latency={"not-equals": 5}), [ONE]),
        (leaf(properties={"none": {"not-equals": "x"}}), [ONE, TWO]),
        (leaf(properties={"none": {"equals": ""}}), [ONE, TWO]),
        (leaf(cache_enabled={"equals": False}), [ONE, TWO]),
        (leaf(threat={"equals": False}), []),
        # Patterns: a backslash takes the meaning from %, _ and itself.
        (leaf(model={"like": "100\\%\\_sure\\\\"}), [ONE]),
        (leaf(model={"like": "100\\%\\_SURE\\\\"}), []),
        (leaf(model={"ilike": "100\\%\\_SURE\\\\"}), [ONE]),
        (leaf(model={"like": "100__sure_"}), [ONE]),
        (leaf(model={"contains": "0%_S"}), [ONE]),
        (leaf(model={"not-contains": "0%_S"}), [TWO]),
        (leaf(model={"like": "sure"}), []),
        # UUIDs compare as such.
        (leaf(request_id={"equals": ONE.upper()}), [ONE]),
        (leaf(request_id={"equals": ONE.replace("-", "")}), [ONE]),
        (leaf(request_id={"not-equals": ONE}), [TWO]),
        (leaf(cache_reference_id={"equals": "__empty__"}), [TWO]),
        (leaf(cached={"equals": True}), [ONE]),
        (leaf(cached={"equals": False}), [TWO]),
        # Numbers.
        (leaf(latency={"gt": 999.5}), [ONE]),
        (leaf(latency={"equals": 1000.5}), []),
        (leaf(latency={"lt": 2**200}), [ONE]),
        (leaf(latency={"gt": -(2**200)}), [ONE]),
        (leaf(latency={"lt": float("nan")}), []),
        (leaf(latency={"not-equals": float("nan")}), [ONE]),
        (leaf(cost={"gte": 0.0020000009}), [ONE]),
        (leaf(cost={"gt": 0.002}), []),
        (leaf(cost={"lt": 1e300}), [ONE, TWO]),
        (leaf(cost={"lt": 1e308}), [ONE, TWO]),
        # The column has milliseconds, the value whole seconds.
        (leaf(request_created_at={"equals": "2025-06-01T00:00:01.700Z"}), [ONE]),
        (leaf(request_created_at={"gt": "2025-06-01T00:00:01.700Z"}), [TWO]),
        # Scores and feedback.
        (leaf(scores={"quality": {"equals": "+03"}}), [ONE]),
        (leaf(scores={"quality": {"not-equals": "4"}}), [ONE]),
        (leaf(scores={"quality": {"equals": "0" * 5000 + "3"}}), [ONE]),
        (leaf(scores={"quality": {"equals": "9" * 5000}}), []),
        (leaf(scores={"quality": {"not-equals": "-3"}}), [ONE]),
        (leaf(scores={"absent": {"not-equals": "3"}}), []),
        (leaf(scores_column={"equals": "__empty__"}), [TWO]),
        (leaf(helicone__score__feedback={"equals": True}), [ONE]),
        (leaf(helicone__score__feedback={"equals": False}), [TWO]),
        # One column of a leaf counts, and its first operator; 2 comes before b in JavaScript.
        (leaf(status={"equals": 1}, cost={"gt": 0}, cached={"equals": False}), [TWO]),
        (leaf(cached={"equals": True}, scores={"x": {"equals": "1"}}), []),
        (leaf(model={"equals": "", "like": "100%"}), [TWO]),
        (leaf(properties={"b": {"equals": "x"}, "2": {"equals": "two"}}), [ONE]),
        (leaf(properties={"": {"equals": "nameless"}}), [ONE]),
        (leaf(property_key={"equals": "b"}, properties={"b": {"equals": "x"}}), [ONE]),
        # Session tags, of this organisation's sessions; contains adds no wildcards.
        (tagged(equals="Gold"), [ONE]),
        (tagged(equals="other"), []),
        (tagged(equals="request"), []),
        (tagged(contains="GOLD"), [ONE]),
        (tagged(contains="ol"), []),
        (tagged(equals="null"), []),
        ({"sessions_request_response_rmt": {"session_total_cost": {"gt": 5}}}, [ONE, TWO]),
        (leaf(model={"equals": ""}) | tagged(equals="Gold"), []),
        # A constant beside it drops what could not be read.
        ({"left": "all", "operator": "or", "right": leaf(request_id={"equals": "x"})}, [ONE, TWO]),
        (
            {
                "left": leaf(scores={"q": {"equals": "x"}}),
                "operator": "and",
                "right": leaf(model={"equals": "null"}),
            },
            [],
        ),
    ],
    ids=repr,
)
def test_what_a_tree_selects(two: DuckDB, tree: Any, expected: list[str]) -> None:
    """ONE has every value that is asked for, TWO none; see `two`."""
    assert selected(two, tree) == expected


@pytest.mark.parametrize(
    "tree",
    [
        leaf(total_tokens={"gt": 1}),
        leaf(node_id={"equals": "null"}),
        leaf(job_id={"equals": "x"}),
        leaf(assets={"equals": "__empty__"}),
        leaf(search_properties={"a": {"equals": "b"}}),
        leaf(scores_column={"equals": "x"}),
        leaf(request_id={"equals": "x"}),
        leaf(request_id={"contains": ONE}),
        leaf(organization_id={"like": "%"}),
        leaf(scores={"quality": {"equals": "3.0"}}),
        leaf(scores={"quality": {"contains": "3"}}),
        leaf(model={"contains": "null"}),
        leaf(model={"not-equals": "__empty__"}),
        leaf(model={"like": "open\\"}),
        leaf(request_created_at={"gt": "20250601"}),
        {"sessions_request_response_rmt": {"session_created_at": {"gt": "2025-W23"}}},
        tagged(equals="__empty__"),
        {"left": "all", "operator": "or", "right": leaf(total_tokens={"gt": 1})},
        {
            "left": leaf(status={"gte": 0}),
            "operator": "or",
            "right": leaf(request_id={"equals": "x"}),
        },
    ],
    ids=repr,
)
def test_what_the_vendors_database_cannot_run_fails_as_there(two: DuckDB, tree: Any) -> None:
    with pytest.raises(UpstreamFault) as fault:
        selected(two, tree)
    assert (fault.value.status, fault.value.body) == (500, NOT_RUN)


@pytest.mark.parametrize(
    ("tree", "shown"),
    [
        (leaf(), "undefined"),
        (leaf(status={}), "{}"),
        (leaf(properties={}), "undefined"),
        (leaf(properties={"a": {}}), "{}"),
        (leaf(cost={}), "{}"),
        ({"sessions_request_response_rmt": {}}, "undefined"),
        ({"sessions_request_response_rmt": {"session_total_cost": {}}}, "{}"),
        # Before what the database would say, and the left before the right.
        ({"left": leaf(total_tokens={"gt": 1}), "operator": "and", "right": leaf()}, "undefined"),
        ({"left": leaf(status={}), "operator": "and", "right": leaf()}, "{}"),
        ({"left": leaf(), "operator": "or", "right": leaf(status={})}, "undefined"),
    ],
    ids=repr,
)
def test_a_leaf_without_an_operator_fails_before_anything_else(
    two: DuckDB, tree: Any, shown: str
) -> None:
    with pytest.raises(UpstreamFault) as fault:
        selected(two, tree)
    body = {"message": "Internal Server Error", "details": f"Invalid operator {shown}"}
    assert (fault.value.status, fault.value.body) == (500, body)


def trees_with(text: str) -> list[Any]:
    return [
        leaf(model={"equals": text}),
        leaf(model={"contains": text}),
        leaf(properties={text: {"equals": text}}),
        leaf(property_key={"equals": text}),
        leaf(scores={text: {"equals": "1"}}),
        tagged(equals=text),
    ]


@pytest.mark.parametrize(
    "text", ["'", "' OR true --", "$p0", "{}", "{0}", '"', "\x00", "%s", "\\", "😀", ") OR (1=1"]
)
def test_no_value_becomes_part_of_the_statement(two: DuckDB, text: str) -> None:
    """The statement is the same whatever the value; only its parameters are not."""
    for hostile, harmless in zip(trees_with(f"?{text}?"), trees_with("?"), strict=True):
        parameters = Parameters()
        assert where(hostile, parameters) == where(harmless, Parameters())
        assert any("?" in str(value) for value in parameters.values.values())
        assert selected(two, hostile) == []


@pytest.mark.parametrize("operators", [["and"], ["or"], ["and", "or"]])
@pytest.mark.parametrize("side", ["left", "right"])
def test_two_hundred_levels_are_answered(two: DuckDB, operators: list[str], side: str) -> None:
    """Each level's other side is true for ONE alone, so that every level counts: ONE passes all of
    them; TWO passes where a level is or and the one below lets it through."""
    tree: Any = leaf(model={"equals": ""})
    expected = {TWO}
    other = "right" if side == "left" else "left"
    for level in range(200):
        operator = operators[level % len(operators)]
        tree = {side: tree, "operator": operator, other: leaf(latency={"gt": level})}
        expected = expected & {ONE} if operator == "and" else expected | {ONE}
    assert selected(two, tree) == sorted(expected)

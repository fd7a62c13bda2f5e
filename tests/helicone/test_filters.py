"""Helicone's filter trees: which requests they select."""

from __future__ import annotations

from typing import Any

import pytest

from locum.engine.data import Data, Parameters
from locum.exceptions import UpstreamFault
from locum.helicone.filters import where
from tests.oracles.helicone_requests import ONE, TWO, engine_over_two, leaf, selected, tagged

NOT_RUN = {"data": None, "error": "No request count found"}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Data:
    return engine_over_two(tmp_path_factory.mktemp("two"))


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ("all", [ONE, TWO]),
        ({}, [ONE, TWO]),
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
def test_what_a_tree_selects(two: Data, tree: Any, expected: list[str]) -> None:
    """ONE has every value that is asked for, TWO none; see `two`."""
    assert selected(two, tree) == expected


@pytest.mark.parametrize(
    "tree",
    [
        {"left": "all", "operator": "or", "right": leaf(total_tokens={"gt": 1})},
        {
            "left": leaf(status={"gte": 0}),
            "operator": "or",
            "right": leaf(request_id={"equals": "x"}),
        },
    ],
    ids=repr,
)
def test_what_the_vendors_database_cannot_run_fails_beside_a_column(two: Data, tree: Any) -> None:
    """What is true of every row is a constant; what could be is none."""
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
    two: Data, tree: Any, shown: str
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
def test_no_value_becomes_part_of_the_statement(two: Data, text: str) -> None:
    """The statement is the same whatever the value; only its parameters are not."""
    for hostile, harmless in zip(trees_with(f"?{text}?"), trees_with("?"), strict=True):
        parameters = Parameters()
        assert where(hostile, parameters) == where(harmless, Parameters())
        assert any("?" in str(value) for value in parameters.values.values())
        assert selected(two, hostile) == []


@pytest.mark.parametrize("operators", [["and"], ["or"], ["and", "or"]])
@pytest.mark.parametrize("side", ["left", "right"])
def test_two_hundred_levels_are_answered(two: Data, operators: list[str], side: str) -> None:
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

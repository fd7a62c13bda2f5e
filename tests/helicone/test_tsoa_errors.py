"""Helicone's reading of bodies."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from locum.helicone import PROVIDER
from locum.helicone.tsoa_errors import MOST_LEVELS, read
from locum.openapi import documents
from locum.resources import bundled

DATA = Path(__file__).parents[1] / "data"
DOCUMENT = documents.load(bundled("specs") / "helicone.yaml").effective
BODY = {"$ref": "#/components/schemas/SessionMetricsQueryParams"}
LEAST: dict[str, Any] = {"nameContains": "", "timezoneDifference": 0}


def details(body: object) -> dict[str, Any]:
    """The faults as the 422 shows them."""
    _, faults = read(DOCUMENT, BODY, body)
    return {
        ".".join(["requestBody", *map(str, fault.location[1:])]): {"message": fault.message}
        | ({} if fault.kind == "missing" else {"value": fault.found})
        for fault in faults
    }


def same_instants(ours: Any, theirs: Any) -> Any:
    """Our value with its instants, which stay texts, as tsoa has them: JavaScript Dates."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return {name: same_instants(value, theirs.get(name)) for name, value in ours.items()}
    is_date = isinstance(ours, str) and (theirs is None or str(theirs).endswith("Z"))
    return theirs if is_date else ours


def test_faults_and_values_are_those_of_tsoa() -> None:
    """Places, their order, messages and values; and what numbers and booleans in texts become."""
    lines = (DATA / "tsoa_validation.jsonl").read_bytes().splitlines()
    faulty = 0
    for line in lines:
        case = json.loads(line)
        assert details(case["body"]) == case["details"], line
        assert list(details(case["body"])) == list(case["details"]), line
        if case["details"]:
            faulty += 1
        else:
            value, _ = read(DOCUMENT, BODY, case["body"])
            assert same_instants(value, case["read"]) == case["read"], line
    assert 100 < faulty < len(lines) - 50


@pytest.mark.parametrize(
    ("text", "number"),
    [("60", 60), ("+1.50", 1.5), ("5.", 5), (".5e1", 5), ("-0", 0), (["7"], 7), ([["7"]], 7)],
)
def test_numbers_are_read_from_their_text(text: object, number: float) -> None:
    value, faults = read(DOCUMENT, BODY, LEAST | {"timezoneDifference": text})
    assert not faults
    assert value == LEAST | {"timezoneDifference": number}


def test_a_text_with_an_exponent_alone_is_no_number_and_passes() -> None:
    """validator.js takes "e5" for a float, and parseFloat does not."""
    value, faults = read(DOCUMENT, BODY, LEAST | {"timezoneDifference": "e5"})
    assert not faults
    assert isinstance(value, dict)
    assert value["timezoneDifference"] != value["timezoneDifference"]


def test_a_body_at_fault_comes_back_as_it_was() -> None:
    body = {"nameContains": 1, "timezoneDifference": "60"}
    assert read(DOCUMENT, BODY, body)[0] is body


def nested(levels: int) -> dict[str, Any]:
    """A body whose filter has that many branches in each other."""
    tree: Any = {"request_response_rmt": {"status": {"equals": "1"}}}
    for _ in range(levels):
        tree = {"left": "all", "operator": "and", "right": tree}
    return LEAST | {"filter": tree}


def test_the_deepest_tree_leaves_room_on_the_stack() -> None:
    """A leaf is three levels deep. Of Python's 1,000 frames, a request has used about 100 here."""
    limit = sys.getrecursionlimit()
    frames = 0
    frame: Any = sys._getframe()
    while frame is not None:
        frames, frame = frames + 1, frame.f_back
    sys.setrecursionlimit(frames + 600)
    try:
        assert details(nested(MOST_LEVELS - 3)) == {}
    finally:
        sys.setrecursionlimit(limit)


def test_what_is_nested_deeper_is_refused_at_its_top() -> None:
    assert list(details(nested(MOST_LEVELS - 2))) == ["requestBody.filter"]
    message = details(nested(100_000))["requestBody.filter"]["message"]
    assert message == f"nested more than {MOST_LEVELS} levels deep"


def test_a_list_that_is_nested_too_deep_is_refused_whole() -> None:
    body: list[Any] = []
    for _ in range(MOST_LEVELS):
        body = [body]
    assert list(details(body)) == ["requestBody"]


def test_messages_of_deep_faults_stay_short() -> None:
    """tsoa's double with each level, since each quotes the one below; ours quote four levels."""
    body = nested(200)
    body["filter"]["operator"] = "xor"
    deepest = body["filter"]
    while "right" in deepest:
        deepest = deepest["right"]
    deepest["request_response_rmt"]["status"]["equals"] = "x" * 10_000
    ((_, fault),) = details(body).items()
    assert len(fault["message"]) <= 65_536


@pytest.mark.parametrize(("branches", "quotes"), [(3, True), (4, False), (200, False)])
def test_more_than_four_unions_in_each_other_are_not_quoted(branches: int, quotes: bool) -> None:  # noqa: FBT001 -- a cell of the table
    """A leaf and each branch around it is a union that nothing fits."""
    body = nested(branches)
    leaf = body["filter"]
    while "right" in leaf:
        leaf = leaf["right"]
    leaf["request_response_rmt"]["unknown"] = {"equals": 1}
    ((_, fault),) = details(body).items()
    assert fault["message"].startswith("Could not match the union against any of the items.")
    assert ("Issues" in fault["message"]) is quotes


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (10.0, "10"),
        (-0.0, "0"),
        (2.5, "2.5"),
        (2.0**63, "9.223372036854776e+18"),  # as JSON's writers know it
        ({"a": [1.0, {"b": 2.0}]}, '{"a":[1,{"b":2}]}'),
    ],
)
def test_a_whole_number_at_fault_is_shown_without_a_fraction(found: object, shown: str) -> None:
    """JavaScript has one kind of number."""
    (fault,) = details(LEAST | {"nameContains": found}).values()
    assert orjson.dumps(fault["value"]).decode() == shown


FIRST, *FURTHER = PROVIDER.documents


@pytest.mark.parametrize(
    ("schema", "body", "value", "message"),
    [
        ("RequestFeedback", {"rating": True}, {"rating": True}, ""),
        ("RequestFeedback", {"rating": "FALSE"}, {"rating": False}, ""),
        ("RequestFeedback", {"rating": 5}, None, "invalid boolean value"),
        ("RequestFeedback", {}, None, "'rating' is required"),
        ("RequestProperty", {"key": "a", "value": "b"}, {"key": "a", "value": "b"}, ""),
        ("RequestProperty", {"key": "a", "value": 5}, None, "invalid string value"),
        ("ScoreRequest", {"scores": {"a": 0.5, "b": None}}, {"scores": {"a": 0.5, "b": None}}, ""),
        ("ScoreRequest", {"scores": 5}, None, "invalid object"),
        ("ScoreRequest", {}, None, "'scores' is required"),
    ],
)
def test_what_is_said_of_a_request(schema: str, body: Any, value: Any, message: str) -> None:
    """A score may be anything here: what is none is a fault of another kind."""
    document = documents.load(FIRST, further=FURTHER).effective
    found, faults = read(document, {"$ref": f"#/components/schemas/{schema}"}, body)
    assert [fault.message for fault in faults] == ([message] if message else [])
    assert value is None or found == value

"""What is wrong with a log: the words are the vendor's (AsyncLog.ts, customTrace.ts)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from locum.helicone.ingestion import validation
from tests.helicone.ingestion.logs import log

MISSING = "One of the required fields is missing, providerRequest, providerResponse, or timing"


def without(*path: str) -> dict[str, Any]:
    return changed(path, ...)


def changed(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    made = log({"id": 1})
    node = made
    for name in path[:-1]:
        node = node[name]
    if value is ...:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return made


START, END = ("timing", "startTime"), ("timing", "endTime")


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (log({}), None),
        (without("timing"), None),
        (changed(("timing",), None), None),
        (changed(("providerRequest", "meta"), None), None),
        (changed(("providerRequest", "meta"), []), None),
        (changed(("providerResponse", "headers"), None), None),
        (changed(("providerRequest", "json"), None), None),
        (changed((*START, "milliseconds"), 1500), "startTime cannot be greater than endTime"),
        (changed((*END, "milliseconds"), 1500), None),  # more than 999 are taken
        (changed((*START, "milliseconds"), 847.9), None),  # 847 is not after 847
        ([], MISSING),
        (None, MISSING),
        (without("providerRequest"), MISSING),
        (changed(("providerResponse",), ""), MISSING),
        (without("providerRequest", "url"), "Invalid providerRequest: 'url' should be a string"),
        (
            without("providerRequest", "meta"),
            "Invalid providerRequest: 'meta' should be an object",
        ),
        (without("providerRequest", "json"), "Invalid providerRequest: 'json' is undefined"),
        (without("providerResponse", "json"), "Invalid providerResponse: 'json' is undefined"),
        (
            changed(("providerResponse", "status"), "200"),
            "Invalid providerResponse: 'status' should be a number",
        ),
        (
            changed(("providerResponse", "status"), True),  # noqa: FBT003 - a JSON value
            "Invalid providerResponse: 'status' should be a number",
        ),
        (
            without("providerResponse", "headers"),
            "Invalid providerResponse: 'headers' should be an object",
        ),
        (
            changed((*START, "seconds"), "1"),
            "Invalid timing: 'startTime.seconds' should be a number",
        ),
        (
            without(*START, "milliseconds"),
            "Invalid timing: 'startTime.milliseconds' should be a number",
        ),
        (without(*END), "Invalid timing: 'endTime.seconds' should be a number"),
        (changed(("timing",), 5), "Invalid timing: 'startTime.seconds' should be a number"),
        (
            changed((*END, "milliseconds"), None),
            "Invalid timing: 'endTime.milliseconds' should be a number",
        ),
        (changed((*END, "seconds"), 9e15), "Invalid timing structure or value type"),
        (
            changed((*START, "seconds"), -1_781_514_060),
            "startTime and endTime cannot be negative",
        ),
    ],
)
def test_first_fault(made: Any, fault: str | None) -> None:
    assert validation.first_fault(made) == fault


def test_of_several_faults_the_first_is_told() -> None:
    made = without("providerRequest", "url")
    del made["providerResponse"]["status"]
    assert validation.first_fault(made) == "Invalid providerRequest: 'url' should be a string"


def typed() -> dict[str, Any]:
    times = {"startTime": "2026-06-15T09:01:00.007Z", "endTime": "1781514061"}
    return log({"id": 1}) | {"timing": times}


def test_a_typed_log_without_fault() -> None:
    assert validation.typed_faults(typed()) == []


def test_a_text_is_enough_of_a_typed_response() -> None:
    made = typed() | {"providerResponse": {"status": 200, "headers": {}, "textBody": "ho"}}
    assert validation.typed_faults(made) == []


@pytest.mark.parametrize(
    ("change", "places"),
    [
        (lambda made: made.clear(), ["providerRequest", "providerResponse"]),
        (
            lambda made: made["providerRequest"].update(url="", json=None, meta="x"),
            ["providerRequest.url", "providerRequest.json", "providerRequest.meta"],
        ),
        (
            lambda made: made["providerResponse"].update(
                status="200", json=None, textBody="", headers=None
            ),
            ["providerResponse.status", "providerResponse", "providerResponse.headers"],
        ),
        (
            lambda made: made.update(timing={"endTime": None, "timeToFirstToken": "1"}),
            ["timing.startTime", "timing.endTime", "timing.timeToFirstToken"],
        ),
    ],
)
def test_all_faults_of_a_typed_log_are_told(
    change: Callable[[Any], Any], places: list[str]
) -> None:
    made = typed()
    change(made)
    assert [fault["field"] for fault in validation.typed_faults(made)] == places


def test_words_of_typed_faults() -> None:
    assert validation.typed_faults({"providerRequest": {}}) == [
        {"field": "providerRequest.url", "message": "url must be a non-empty string"},
        {"field": "providerRequest.json", "message": "json must be an object"},
        {"field": "providerRequest.meta", "message": "meta must be an object"},
        {"field": "providerResponse", "message": "providerResponse is required"},
    ]

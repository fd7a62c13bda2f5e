"""Session metrics, as Helicone's server answers them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import InvalidRequest, UpstreamFault
from locum.helicone.operations import session_metrics
from locum.helicone.tsoa_errors import read
from locum.openapi import documents
from locum.resources import bundled
from tests.oracles.helicone_requests import ORGANISATION, Row, engine_over, golden

CASES = golden("cases.json")
DOCUMENT = documents.load(bundled("specs") / "helicone.yaml").effective
BODY = {"$ref": "#/components/schemas/SessionMetricsQueryParams"}
OTHER = "22222222-2222-2222-2222-222222222222"
LEAST: dict[str, Any] = {"nameContains": "", "timezoneDifference": 0}

Load = Callable[..., Data]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """An engine over request rows and session tags."""
    return lambda rows, tags: engine_over(tmp_path_factory.mktemp("dataset"), rows, tags)


@pytest.fixture(scope="module", name="vendors")
def _vendors(load: Load) -> Data:
    return load(golden("rows.json"), golden("tags.json"))


def answer(engine: Data, body: object, tenant: str = ORGANISATION) -> tuple[int, Any]:
    """Status and body of the answer, its 422 as the server writes it."""
    value, faults = read(DOCUMENT, BODY, body)
    if faults:
        details = {
            ".".join(["requestBody", *map(str, fault.location[1:])]): {"message": fault.message}
            | ({} if fault.kind == "missing" else {"value": fault.found})
            for fault in InvalidRequest(faults).faults
        }
        return 422, {"message": "Validation Failed", "details": details}
    assert isinstance(value, dict)
    try:
        return 200, session_metrics(engine, tenant, value)
    except UpstreamFault as fault:
        return fault.status, fault.body


def metrics(engine: Data, tenant: str = ORGANISATION, **body: Any) -> dict[str, Any]:
    status, found = answer(engine, LEAST | body, tenant)
    assert (status, found["error"]) == (200, None)
    return dict(found["data"])


def close(value: Any) -> Any:
    """The same value, its numbers to be compared to 1e-12 of their size."""
    if isinstance(value, dict):
        return {name: close(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [close(inner) for inner in value]
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-12, abs=0)
    return value


@pytest.mark.parametrize("case", CASES, ids=[json.dumps(case["request"]) for case in CASES])
def test_answers_are_those_of_the_vendors_server(vendors: Data, case: dict[str, Any]) -> None:
    assert answer(vendors, case["request"]) == (case["status"], close(case["response"]))


def request(second: float, **columns: Any) -> Row:
    """A request of session s that many seconds into June 2025."""
    minutes, seconds = divmod(second, 60)
    return {
        "request_id": "00000000-0000-4000-8000-000000000001",
        "organization_id": ORGANISATION,
        "request_created_at": f"2025-06-01T00:{int(minutes):02d}:{seconds:06.3f}Z",
        "properties": {"Helicone-Session-Id": "s"},
        **columns,
    }


def test_nothing_has_no_bins_and_null_averages(load: Load) -> None:
    found = metrics(load([request(0)], []), OTHER)
    none = [{"average": None}]
    assert found == {
        "session_count": [],
        "session_duration": [],
        "session_cost": [],
        "average": {"session_cost": none, "session_duration": none, "session_count": none},
    }


def test_a_request_alone_is_a_session_without_duration_and_cost(load: Load) -> None:
    """Columns that a row leaves out are the database's defaults: a cost of 0."""
    found = metrics(load([request(0)], []))
    assert found["session_count"] == [{"range_start": "1", "range_end": "1", "value": 1}]
    assert found["session_duration"] == [{"range_start": "0", "range_end": "0", "value": 1}]
    assert found["session_cost"] == [{"range_start": "0", "range_end": "0", "value": 1}]


@pytest.mark.parametrize(
    ("first", "last", "seconds"),
    [(0.9, 1.1, 1), (1.1, 1.9, 0), (0, 0.999, 0), (0.999, 60, 60)],
)
def test_duration_counts_the_boundaries_of_seconds(
    load: Load, first: float, last: float, seconds: int
) -> None:
    found = metrics(load([request(last, latency=9000), request(first)], []))
    assert found["average"]["session_duration"] == [{"average": seconds}]


def test_count_is_by_name_and_id_and_the_rest_by_id(load: Load) -> None:
    """Session s has two requests as A and one as B; its cost is 6 nano-USD, its count 2 and 1."""
    rows = [
        request(second, cost=cost, properties={"Helicone-Session-Id": "s"} | named)
        for second, cost, named in [
            (0, 1, {"Helicone-Session-Name": "A"}),
            (5, 2, {"Helicone-Session-Name": "A"}),
            (9, 3, {"Helicone-Session-Name": "B", "Helicone-Session-Path": "/x"}),
        ]
    ]
    found = metrics(load(rows, []), pSize="p99.9")
    assert [row["range_start"] for row in found["session_count"]] == ["1"]
    assert found["session_duration"] == [{"range_start": "9", "range_end": "9", "value": 1}]
    assert found["session_cost"] == [{"range_start": "6e-9", "range_end": "6e-9", "value": 1}]
    assert found["average"]["session_count"] == [{"average": 3}]


def test_requests_without_a_session_are_one_session(load: Load) -> None:
    rows = [request(0, properties={}), request(3, properties=None), request(1)]
    found = metrics(load(rows, []))
    assert found["average"]["session_count"] == [{"average": 1.5}]
    assert found["average"]["session_duration"] == [{"average": 1.5}]


def test_organisations_never_see_each_other(load: Load) -> None:
    """Session s and its tag are of both, the requests are not."""
    rows = [request(0, cost=1), request(7, cost=5, organization_id=OTHER)]
    tags = [{"organization_id": OTHER, "entity_type": "session", "entity_id": "s", "tag": "t"}]
    engine = load(rows, tags)
    assert metrics(engine)["average"]["session_cost"] == [{"average": 1e-9}]
    assert metrics(engine, OTHER)["average"]["session_cost"] == [{"average": 5e-9}]
    tree = {"sessions_request_response_rmt": {"session_tag": {"equals": "t"}}}
    assert metrics(engine, filter=tree)["session_count"] == []
    assert metrics(engine, OTHER, filter=tree)["average"]["session_count"] == [{"average": 1}]
    everything = {
        "left": "all",
        "operator": "or",
        "right": {"request_response_rmt": {"organization_id": {"equals": OTHER}}},
    }
    assert metrics(engine, filter=everything)["average"]["session_count"] == [{"average": 1}]


def test_time_filter_is_exclusive_and_in_whole_seconds(load: Load) -> None:
    """1748736000 is 2025-06-01T00:00:00Z. From 1.9 s, cut to 1 s, to 3.2 s, cut to 3 s: what is at
    1.0 s and at 3.0 s is outside, 1.001 s and 2.999 s are inside."""
    engine = load([request(second) for second in (1, 1.001, 2.999, 3)], [])
    start, end = 1_748_736_001_900, 1_748_736_003_200.5
    window = {"startTimeUnixMs": start, "endTimeUnixMs": end}
    assert metrics(engine, timeFilter=window)["average"]["session_count"] == [{"average": 2}]


def test_finer_than_milliseconds_is_cut_off(load: Load) -> None:
    """1.0009 ms after the second is 1 ms; 0.9 ms after it is the second itself."""
    row = request(0) | {"request_created_at": "2025-06-01T00:00:01.000900Z"}
    window = {"startTimeUnixMs": 1_748_736_001_000, "endTimeUnixMs": 1_748_736_009_000}
    assert metrics(load([row], []), timeFilter=window)["session_count"] == []


@pytest.mark.parametrize("bound", [9e15, 1e308, 253_402_300_800_000, -62_135_596_800_001, "e5"])
def test_a_time_that_is_no_date_fails_as_in_the_vendors_database(
    vendors: Data, bound: float | str
) -> None:
    body = LEAST | {"timeFilter": {"startTimeUnixMs": 0, "endTimeUnixMs": bound}}
    assert answer(vendors, body) == (500, {"data": None, "error": "No request count found"})


def test_the_name_is_compared_whole_and_with_its_case(load: Load) -> None:
    rows = [request(0, properties={"Helicone-Session-Name": name}) for name in ("Ab", "ab", "abc")]
    engine = load(rows, [])
    assert metrics(engine, nameContains="ab")["average"]["session_count"] == [{"average": 1}]


@pytest.mark.parametrize("difference", [1440.01, -1441, 1e308, "e5"])
def test_a_timezone_difference_beyond_a_day_fails_before_the_filter(
    vendors: Data, difference: float | str
) -> None:
    body = LEAST | {
        "timezoneDifference": difference,
        "filter": {"request_response_rmt": {}},
    }
    assert answer(vendors, body) == (500, {"data": None, "error": "Invalid timezone difference"})


@pytest.mark.parametrize("difference", [-1440, 1440, 0.5, "-1440.0"])
def test_a_timezone_difference_of_a_day_at_most_changes_nothing(
    vendors: Data, difference: float | str
) -> None:
    assert metrics(vendors, timezoneDifference=difference) == metrics(vendors)


def test_a_filter_without_an_operator_fails_before_a_bad_date(vendors: Data) -> None:
    body = LEAST | {
        "timeFilter": {"startTimeUnixMs": 9e15, "endTimeUnixMs": 0},
        "filter": {"request_response_rmt": {"status": {}}},
    }
    expected = {"message": "Internal Server Error", "details": "Invalid operator {}"}
    assert answer(vendors, body) == (500, expected)


def test_defaults_are_p75_without_the_lower_cut(vendors: Data) -> None:
    assert metrics(vendors) == metrics(vendors, pSize="p75", useInterquartile=False)
    assert metrics(vendors) == metrics(vendors, useInterquartile=None)
    assert metrics(vendors) != metrics(vendors, useInterquartile="TRUE")

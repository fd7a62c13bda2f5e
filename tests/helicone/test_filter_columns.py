"""The columns of Helicone's filters: what an operator and a value select of two requests."""

from __future__ import annotations

from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import UpstreamFault
from tests.oracles.helicone_requests import (
    ONE,
    TWO,
    engine_over_two,
    leaf,
    selected,
    tagged,
)

NOT_RUN = {"data": None, "error": "No request count found"}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Data:
    return engine_over_two(tmp_path_factory.mktemp("two"))


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
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
    ],
    ids=repr,
)
def test_what_a_column_selects(two: Data, tree: Any, expected: list[str]) -> None:
    """ONE has every value that is asked for, TWO none; see `engine_over_two`."""
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
    ],
    ids=repr,
)
def test_what_the_vendors_database_cannot_run_fails_as_there(two: Data, tree: Any) -> None:
    with pytest.raises(UpstreamFault) as fault:
        selected(two, tree)
    assert (fault.value.status, fault.value.body) == (500, NOT_RUN)

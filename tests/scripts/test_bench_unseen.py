"""The workload *unseen* of scripts/bench: filters of which no cache can know anything."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from benchmark import workloads
from benchmark.unseen import UnseenFilters
from benchmark.workloads import Requests
from tests.conftest import ROOT, application_over
from tests.oracles import run_evaluator
from tests.oracles.bare_rows import Row, rows_of

DEFAULT = ROOT / "fixtures" / "default"
ABOUT = workloads.facts(DEFAULT)
KINDS = {
    "name": r'and\((eq|neq|in)\((name), (.*)\), (eq)\((status), ("(?:success|error)")\)\)',
    "metadata": r'and\((eq)\((metadata_key), (".*")\), (neq)\((metadata_value), (".*")\)\)',
    "search": r'(search)\((".*")\)',
}


def understood(text: str) -> tuple[str, list[Any]]:
    """The kind of a filter, and what it says as an expression of the second implementation."""
    ((kind, found),) = ((kind, m) for kind, p in KINDS.items() if (m := re.fullmatch(p, text)))
    if kind == "search":
        return kind, ["search", json.loads(found[2])]
    first, second = found.groups()[:3], found.groups()[3:]
    return kind, ["and", *([name, field, json.loads(v)] for name, field, v in (first, second))]


def body(request: bytes) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(request.partition(b"\r\n\r\n")[2])
    return parsed


def test_equal_seeds_give_equal_requests_and_others_others() -> None:
    first, second = Requests(ABOUT, 7), Requests(ABOUT, 7)
    second.distinct(10)  # takes from a chance of its own
    expected = first.unseen(20) + first.unseen(20)
    assert second.unseen(40) == expected
    assert not set(Requests(ABOUT, 8).unseen(40)) & set(expected)


def test_filters_are_those_of_their_seed() -> None:
    """What was measured before is measured again: a change of these changes the workload."""
    filters = UnseenFilters(1)
    assert [filters.draw() for _ in range(9)][6:] == [
        'and(neq(name, "support-agent 985895"), eq(status, "success"))',
        'search("charged 59 e8")',
        'search("volts 01 81")',
    ]


def test_no_filter_comes_twice_in_a_whole_run() -> None:
    """As many as five rounds of two workloads have at hand, and the filters of *distinct*."""
    requests = Requests(ABOUT)
    filters = UnseenFilters()
    texts = [filters.draw() for _ in range(240_000)]
    texts += {body(each).get("filter", "") for each in requests.distinct(2000)}
    assert len(set(texts)) == len(texts)


def test_clause_that_makes_a_filter_new_is_new_itself() -> None:
    """A cache of single clauses would not help either. 3,000 draws of a million numbers rarely
    repeat one, and those of this seed do not."""
    filters = UnseenFilters()
    new = []
    for _ in range(3000):
        kind, expression = understood(filters.draw())
        new.append(str(expression[2 if kind == "metadata" else 1]))
    assert len(set(new)) == 3000


def test_kinds_are_balanced() -> None:
    """3,000 draws with a chance of a third each: 1,000, give or take four standard deviations of
    √(3000 · ⅓ · ⅔) ≈ 26."""
    filters = UnseenFilters()
    counts = Counter(understood(filters.draw())[0] for _ in range(3000))
    assert counts.keys() == KINDS.keys()
    assert all(abs(count - 1000) < 104 for count in counts.values())


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(application_over("default")) as found:
        yield found


@pytest.fixture(scope="module")
def roots() -> list[Row]:
    """The project's root runs in threads."""
    return [
        run
        for run in rows_of(DEFAULT)("langsmith/runs")
        if run["session_id"] == ABOUT.session
        and run["parent_run_id"] is None
        and run_evaluator.column("thread_id", run) is not None
    ]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def counted(asked: dict[str, Any], roots: list[Row]) -> int:
    """How many runs the threads have, in the window, of which one run in the window passes."""
    start, end = at(asked["start_time"]), at(asked["end_time"])
    inside = [run for run in roots if start <= at(run["start_time"]) < end]
    _, expression = understood(asked["filter"])
    passing = {
        run_evaluator.column("thread_id", run)
        for run in inside
        if run_evaluator.holds(expression, run, [])
    }
    return sum(run_evaluator.column("thread_id", run) in passing for run in inside)


def test_answers_count_what_the_filters_select(client: TestClient, roots: list[Row]) -> None:
    """Each kind selects something sometimes; the counts are those of a second implementation."""
    assert len(roots) == ABOUT.root_runs
    something: Counter[str] = Counter()
    for request in Requests(ABOUT).unseen(90):
        asked = body(request)
        headers = {"X-API-Key": workloads.KEY, "X-Tenant-Id": ABOUT.tenant}
        answer = client.post("/api/v1/runs/group/stats", json=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert len(found) == 29
        assert found["run_count"] == counted(asked, roots), asked
        something[understood(asked["filter"])[0]] += found["run_count"] > 0
    assert set(something) == set(KINDS)
    assert min(something.values()) >= 5

"""Sessions as rows and together, beside plain Python and worked out by hand."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import UpstreamFault
from locum.helicone import session_rows, sessions
from tests.helicone.conftest import Load
from tests.helicone.test_filters_against_oracles import filled, random_tree
from tests.oracles import helicone_sessions as oracle
from tests.oracles import tree_evaluator
from tests.oracles.bundled import data_of, find
from tests.oracles.helicone_requests import ORGANISATION, Row, engine_over, golden

EVER = {"startTimeUnixMs": 0, "endTimeUnixMs": 4e12}
ALL: dict[str, Any] = {"search": "", "timeFilter": EVER, "timezoneDifference": 0, "filter": {}}
FIRST = datetime(2025, 6, 1, tzinfo=UTC)


def call(second: float, session: str | None, name: str | None = None, **columns: Any) -> Row:
    """A request that many seconds into June 2025; None is a property that is not there."""
    own = {"Helicone-Session-Id": session, "Helicone-Session-Name": name}
    return {
        "request_id": f"00000000-0000-4000-8000-{round(second * 1000):012d}",
        "organization_id": ORGANISATION,
        "request_created_at": f"{FIRST + timedelta(seconds=second):%Y-%m-%dT%H:%M:%S.%f}Z",
        "properties": {key: value for key, value in own.items() if value is not None},
    } | columns


def query(data: Data, **body: Any) -> list[dict[str, Any]]:
    return session_rows.query(data, ORGANISATION, ALL | body)


def ids(data: Data, **body: Any) -> list[str]:
    return [row["session_id"] for row in query(data, **body)]


def test_a_session_is_measured_over_its_requests(load: Load) -> None:
    """10 + 20 + 12 tokens sent, 1 + 2 received; 1 and 2 ms, and one request without a latency;
    3 nano-USD; the users are those of its requests, and nobody."""
    of = "s", "n"
    rows = [
        call(0.5, *of, latency=1, prompt_tokens=10, completion_tokens=1, cost=1, user_id="b"),
        call(61, *of, latency=2, prompt_tokens=20, completion_tokens=2, cost=2, user_id="a"),
        call(62.25, *of, prompt_tokens=12),
    ]
    (row,) = query(load(rows))
    assert row == {
        "created_at": "2025-06-01 00:00:00.500",
        "latest_request_created_at": "2025-06-01 00:01:02.250",
        "session_id": "s",
        "session_name": "n",
        "avg_latency": 1.5,
        "total_cost": 3e-9,
        "total_requests": "3",
        "prompt_tokens": 42,
        "completion_tokens": 3,
        "total_tokens": 45,
        "user_ids": ["", "a", "b"],
    }


def test_tokens_are_nothing_together_where_either_kind_is_unknown(load: Load) -> None:
    (row,) = query(load([call(0, "s", prompt_tokens=7)]))
    figures = [row[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")]
    assert figures == [7, 0, 0]
    assert (row["avg_latency"], row["total_cost"]) == (0, 0)


def test_requests_without_the_property_are_in_no_session_and_an_empty_id_is_one(load: Load) -> None:
    rows = [call(0, None, "n"), call(1, ""), call(2, "s"), call(3, None) | {"properties": None}]
    assert ids(load(rows)) == ["s", ""]


def test_one_id_under_two_names_is_two_sessions(load: Load) -> None:
    rows = [call(0, "s", "a"), call(1, "s", "b"), call(2, "s"), call(3, "s", "a")]
    found = [(row["session_name"], row["total_requests"]) for row in query(load(rows))]
    assert found == [("", "1"), ("b", "1"), ("a", "2")]


def test_sessions_that_begin_at_once_are_in_the_order_of_their_ids_and_names(load: Load) -> None:
    rows = [call(0, "b", "x"), call(0, "b", "a"), call(0, "a", "z"), call(1, "c")]
    for number, row in enumerate(rows):
        row["request_id"] = f"00000000-0000-4000-8000-{number:012d}"
    data = load(rows)
    pages = [query(data, limit=1, offset=offset) for offset in range(5)]
    found = [(row["session_id"], row["session_name"]) for page in pages for row in page]
    assert found == [("c", ""), ("a", "z"), ("b", "a"), ("b", "x")]


def test_the_time_is_exclusive_in_whole_seconds_and_sessions_are_cut_by_it(load: Load) -> None:
    """From 1.9 s, cut to 1 s, to 3.2 s, cut to 3 s."""
    data = load([call(second, "s") for second in (1, 1.001, 2.999, 3)])
    base = 1_748_736_000_000  # 2025-06-01T00:00:00Z
    window = {"startTimeUnixMs": base + 1900, "endTimeUnixMs": base + 3200.5}
    (row,) = query(data, timeFilter=window)
    times = row["created_at"], row["latest_request_created_at"], row["total_requests"]
    assert times == ("2025-06-01 00:00:01.001", "2025-06-01 00:00:02.999", "2")


@pytest.mark.parametrize(
    ("difference", "shown"),
    [
        (0.5, "2025-06-01 00:00:00.000"),
        (-1.5, "2025-05-31 23:59:00.000"),
        (330, "2025-06-01 05:30:00.000"),
        (-1440, "2025-05-31 00:00:00.000"),
    ],
)
def test_times_are_so_many_whole_minutes_later(load: Load, difference: float, shown: str) -> None:
    (row,) = query(load([call(0, "s")]), timezoneDifference=difference)
    assert (row["created_at"], row["latest_request_created_at"]) == (shown, shown)


@pytest.mark.parametrize(
    ("limit", "rows"),
    [(None, 50), (0, 50), (-1, 0), (0.5, 0), (1.9, 1), (1000, 60), (5000, 60), (float("nan"), 50)],
)
def test_a_page_has_so_many_rows(load: Load, limit: float | None, rows: int) -> None:
    data = load([call(second, f"s{second}") for second in range(60)])
    assert len(query(data, **({} if limit is None else {"limit": limit}))) == rows


def test_a_page_has_a_thousand_rows_at_most(load: Load) -> None:
    data = load([call(second, f"s{second}") for second in range(1001)])
    assert len(query(data, limit=1e300)) == 1000


@pytest.mark.parametrize(
    ("offset", "first"),
    [(-3, "s2"), (0.9, "s2"), (1.9, "s1"), (3, None), (9e20, None), (float("nan"), "s2")],
)
def test_a_page_begins_at_the_offset(load: Load, offset: float, first: str | None) -> None:
    data = load([call(second, f"s{second}") for second in range(3)])
    assert next(iter(ids(data, offset=offset)), None) == first


def test_an_offset_that_is_written_with_an_exponent_fails(load: Load) -> None:
    with pytest.raises(UpstreamFault) as fault:
        query(load([call(0, "s")]), offset=1e21)
    assert (fault.value.status, fault.value.body["data"]) == (500, None)
    assert "offset: found 1e+21" in str(fault.value.body["error"])


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["p%1", "s_2", "S1"]),
        ("s", ["s_2", "S1"]),
        ("PLAN", ["p%1", "S1"]),
        ("%", ["p%1", "s_2", "S1"]),
        ("_", ["p%1", "s_2", "S1"]),
        ("s_", ["s_2", "S1"]),
        ("\\_", ["s_2"]),
        ("\\", ["p%1"]),
        ("zzz", []),
    ],
)
def test_search_is_in_the_id_or_the_name_and_its_wildcards_act(
    load: Load, search: str, found: list[str]
) -> None:
    r"""`\_` is an underscore itself; a backslash at the end takes the meaning from the % that is
    added behind it, so that the text ends in a %."""
    rows = [call(0, "S1", "planner"), call(1, "s_2", "x"), call(2, "p%1", "a plan%")]
    assert ids(load(rows), search=search) == found


def test_the_name_is_compared_whole_and_with_its_case_and_an_empty_one_is_no_filter(
    load: Load,
) -> None:
    data = load([call(0, "1", "Ab"), call(1, "2", "ab"), call(2, "3", "abc"), call(3, "4")])
    assert ids(data, nameEquals="ab") == ["2"]
    assert ids(data, nameEquals="") == ["4", "3", "2", "1"]


def of_session(**columns: Any) -> Any:
    """A leaf about a finished session."""
    return {"sessions_request_response_rmt": {f"session_{n}": x for n, x in columns.items()}}


def of_request(**columns: Any) -> Any:
    return {"request_response_rmt": columns}


def test_a_leaf_of_a_request_or_one_of_a_session_is_always_true(load: Load) -> None:
    """Each is true in the pass of the other. Joined by `and`, both count."""
    data = load([call(0, "a", status=200), call(1, "b", status=500)])
    leaves = [of_request(status={"equals": 200}), of_session(session_id={"equals": "b"})]
    for left, right in (leaves, leaves[::-1]):
        tree = {"left": left, "operator": "or", "right": right}
        assert ids(data, filter=tree) == ["b", "a"]
        assert ids(data, filter=tree | {"operator": "and"}) == []


def test_a_leaf_of_both_tables_counts_in_each_pass(load: Load) -> None:
    """Two requests pass of a, which has three, and one of b."""
    data = load(
        [call(second, "a", status=200 + second // 2) for second in range(3)]
        + [call(9, "b", status=200)]
    )
    leaf = of_request(status={"equals": 200}) | of_session(total_requests={"gte": 2})
    assert [(row["session_id"], row["total_requests"]) for row in query(data, filter=leaf)] == [
        ("a", "2")
    ]


@pytest.mark.parametrize(
    ("leaf", "found"),
    [
        (of_session(total_cost={"gte": 0.002}), ["c", "b"]),
        (of_session(total_cost={"equals": 0.003}), ["c"]),
        (of_session(total_requests={"gt": 1}), ["b"]),
        (of_session(total_requests={"lt": 1.5}), ["c", "a"]),
        # c has no tokens at all, and a none that came back: no comparison is true of these.
        (of_session(prompt_tokens={"gte": 0}), ["b", "a"]),
        (of_session(completion_tokens={"not-equals": 99}), ["b"]),
        (of_session(total_tokens={"lt": 1000}), ["b"]),
        (of_session(prompt_tokens={"equals": 12}), ["b"]),
        (of_session(total_requests={"not-equals": float("nan")}), ["c", "b", "a"]),
        (of_session(total_requests={"gt": float("nan")}), []),
        (of_session(created_at={"equals": "2025-06-01T00:00:10.9Z"}), ["b"]),
        (of_session(created_at={"gt": "2025-06-01T00:00:10Z"}), ["c"]),
        (of_session(latest_request_created_at={"equals": "2025-06-01T00:00:20Z"}), []),
        (of_session(latest_request_created_at={"gt": "2025-06-01T00:00:20Z"}), ["c", "b"]),
        (of_session(session_id={"equals": "a"}), ["a"]),
        (of_session(session_id={"not-equals": "a"}), ["c", "b"]),
        (of_session(session_name={"contains": "LA_N"}), ["a"]),
        (of_session(session_name={"not-contains": "LAA"}), ["c", "b"]),
        (of_session(session_name={"like": "Pla%"}), []),
        (of_session(session_name={"ilike": "Pla%"}), ["a"]),
        (of_session(session_name={"equals": "__empty__"}), ["c"]),
        (of_session(session_id={"equals": "null"}), []),
        (of_session(session_id={"not-equals": "null"}), ["c", "b", "a"]),
        (of_session(session_id={"like": "null"}), []),
        (of_session(session_id={"ilike": "null"}), []),
        # One column and one operator, the first.
        (of_session(total_requests={"gt": 1, "lt": 1}, session_id={"equals": "a"}), ["b"]),
    ],
)
def test_leaves_compare_finished_sessions(load: Load, leaf: Any, found: list[str]) -> None:
    data = load(
        [
            call(0, "a", "plaan", cost=1_000_000, prompt_tokens=5),
            call(10, "b", "other", cost=1_000_000, prompt_tokens=7, completion_tokens=1),
            call(20.5, "b", "other", cost=1_000_000, prompt_tokens=5),
            call(30, "c", cost=3_000_000),
        ]
    )
    assert ids(data, filter=leaf) == found


def test_times_are_compared_as_they_are_shown(load: Load) -> None:
    data = load([call(0, "s")])
    leaf = of_session(created_at={"equals": "2025-06-01T01:00:00Z"})
    assert ids(data, filter=leaf, timezoneDifference=60) == ["s"]
    assert ids(data, filter=leaf) == []


@pytest.mark.parametrize(
    ("operators", "found"),
    [
        ({"equals": "Gold"}, ["a"]),
        ({"equals": "gold"}, []),
        ({"contains": "gold"}, ["a"]),
        ({"contains": "ol"}, []),
        ({"contains": "%OL%"}, ["a"]),
        ({"not-contains": "gold"}, ["b"]),
        ({"not-equals": "Gold"}, ["b"]),
        ({"like": "G%"}, ["a"]),
        ({"ilike": "g%"}, ["a"]),
        ({"equals": "null"}, []),
        ({"not-equals": "null"}, []),
    ],
)
def test_sessions_are_chosen_by_the_tags_of_their_own_organization(
    load: Load, operators: dict[str, str], found: list[str]
) -> None:
    kinds = [
        (ORGANISATION, "session", "a", "Gold"),
        (ORGANISATION, "session", "b", "silver"),
        ("22222222-2222-2222-2222-222222222222", "session", "c", "Gold"),
        (ORGANISATION, "request", "c", "Gold"),
    ]
    names = "organization_id", "entity_type", "entity_id", "tag"
    tags = [dict(zip(names, kind, strict=True)) for kind in kinds]
    data = load([call(0, "c"), call(1, "b"), call(2, "a")], tags)
    body = {"filter": of_session(tag=operators)}
    assert ids(data, **body) == found
    assert session_rows.count(data, ORGANISATION, ALL | body)["count"] == len(found)


THROWN = [
    (of_session(), "Invalid operator undefined"),
    (of_session(tag={}), "Invalid operator {}"),
    (of_session(total_cost={}), "Invalid operator {}"),
    (of_request(), "Invalid operator undefined"),
]


@pytest.mark.parametrize(("tree", "details"), THROWN)
@pytest.mark.parametrize("operation", [session_rows.query, session_rows.count])
def test_a_leaf_without_an_operator_is_thrown(
    load: Load, operation: Callable[..., Any], tree: Any, details: str
) -> None:
    data = load([call(0, "s")])
    tree = {"left": of_request(total_tokens={"gt": 1}), "operator": "or", "right": tree}
    with pytest.raises(UpstreamFault) as fault:
        operation(data, ORGANISATION, ALL | {"filter": tree})
    assert (fault.value.status, fault.value.body) == (
        500,
        {"message": "Internal Server Error", "details": details},
    )


@pytest.mark.parametrize("operation", [session_rows.query, session_rows.count])
@pytest.mark.parametrize("bound", [8.64e15 + 1, -8.64e15 - 1, float("nan"), 1e308])
def test_a_time_that_is_no_javascript_date_is_thrown(
    load: Load, operation: Callable[..., Any], bound: float
) -> None:
    window = {"startTimeUnixMs": 0, "endTimeUnixMs": bound}
    with pytest.raises(UpstreamFault) as fault:
        operation(load([call(0, "s")]), ORGANISATION, ALL | {"timeFilter": window})
    assert fault.value.body["message"] == "Internal Server Error"


def refused(data: Data, **body: Any) -> str:
    """What of a request the database does not run."""
    with pytest.raises(UpstreamFault) as fault:
        query(data, **body)
    assert (fault.value.status, fault.value.body["data"]) == (500, None)
    return str(fault.value.body["error"])


def test_what_the_database_does_not_run_is_named(load: Load) -> None:
    data = load([call(0, "s")])
    for leaf, column in (
        (of_request(total_tokens={"gt": 1}), "request_response_rmt.total_tokens"),
        (of_request(node_id={"equals": "x"}), "request_response_rmt.node_id"),
        (of_request(request_id={"equals": "x"}), "request_response_rmt.request_id"),
        (
            of_session(session_id={"contains": "null"}),
            "sessions_request_response_rmt.session_session_id",
        ),
        (
            of_session(session_name={"not-contains": "null"}),
            "sessions_request_response_rmt.session_session_name",
        ),
        (
            of_session(created_at={"gt": "2025-W23"}),
            "sessions_request_response_rmt.session_created_at",
        ),
    ):
        assert refused(data, filter=leaf).endswith(f" {column}")
    window = {"startTimeUnixMs": 253_402_300_800_000, "endTimeUnixMs": 0}
    assert "253402300800000" in refused(data, timeFilter=window)
    assert refused(data, timezoneDifference=-1440.01) == "Invalid timezone difference"


@pytest.mark.parametrize("beside", ["and", "or"])
@pytest.mark.parametrize(
    "leaf", [of_session(total_cost={"gt": 1}), of_session(session_id={"equals": "null"})]
)
def test_sessions_are_not_counted_by_their_own_columns(load: Load, leaf: Any, beside: str) -> None:
    tree = {"left": "all", "operator": beside, "right": leaf}
    with pytest.raises(UpstreamFault) as fault:
        session_rows.count(load([call(0, "s")]), ORGANISATION, ALL | {"filter": tree})
    assert (fault.value.status, fault.value.body["data"]) == (500, None)
    assert "sessions_request_response_rmt.session_" in str(fault.value.body["error"])


def test_averages_are_of_sessions(load: Load) -> None:
    """2 sessions of 3 requests, 9 ms and 4 nano-USD together."""
    rows = [
        call(0, "a", latency=1, cost=1),
        call(1, "a", latency=8, cost=1),
        call(2, "b", cost=2),
        call(3, None, latency=100, cost=100),
    ]
    assert session_rows.count(load(rows), ORGANISATION, ALL) == {
        "count": 2,
        "total_cost": 4e-9,
        "avg_cost": 2e-9,
        "avg_latency": 4.5,
        "avg_requests": 1.5,
    }


def test_nothing_has_no_rows_and_all_five_figures_are_0(load: Load) -> None:
    data = load([call(0, "s", latency=5, cost=5)])
    other = "22222222-2222-2222-2222-222222222222"
    assert session_rows.query(data, other, ALL) == []
    found = session_rows.count(data, other, ALL)
    assert found == dict.fromkeys(
        ("count", "total_cost", "avg_cost", "avg_latency", "avg_requests"), 0
    )


# Beside plain Python.


def random_session_leaf(draw: random.Random) -> Any:
    def words() -> dict[str, str]:
        return draw.choice(
            [
                {"equals": draw.choice(["sess-03", "Trip_Planner", "null", "__empty__", ""])},
                {"not-equals": draw.choice(["sess-03", "null", ""])},
                {"contains": draw.choice(["ESS-1", "p_p", "%t", ""])},
                {"not-contains": draw.choice(["ess-0", "planner"])},
                {draw.choice(["like", "ilike"]): draw.choice(["Trip%", "SESS%", "null"])},
            ]
        )

    def numbers(values: list[float]) -> dict[str, float]:
        return {draw.choice(list(tree_evaluator.ORDERS)): draw.choice(values)}

    def moments() -> dict[str, str]:
        word = draw.choice(["equals", "gt", "gte", "lt", "lte"])
        return {word: draw.choice(["2025-06-01T05:00:00.9Z", "2025-06-01T12:00:00", "2025-06-03"])}

    tests: list[tuple[str, Callable[[], Any]]] = [
        ("session_total_cost", lambda: numbers([0, 0.01, 0.02, 1e-9, 0.003493577])),
        ("session_total_requests", lambda: numbers([1, 5, 6.5, 8])),
        ("session_prompt_tokens", lambda: numbers([100, 500, 2000])),
        ("session_completion_tokens", lambda: numbers([20, 100.5])),
        ("session_total_tokens", lambda: numbers([0, 120, 600])),
        ("session_created_at", moments),
        ("session_latest_request_created_at", moments),
        ("session_session_id", words),
        ("session_session_name", words),
    ]
    name, test = draw.choice(tests)
    return {"sessions_request_response_rmt": {name: test()}}


def mixed_tree(draw: random.Random, rows: list[Row], depth: int) -> Any:
    if depth == 0 or draw.random() < 0.2:
        if draw.random() < 0.6:
            return random_session_leaf(draw)
        return random_tree(draw, rows, 0)
    return {
        "left": mixed_tree(draw, rows, depth - 1),
        "operator": draw.choice(["and", "or"]),
        "right": mixed_tree(draw, rows, depth - 1),
    }


def bodies(draw: random.Random, rows: list[Row], *, mixed: bool) -> Iterator[Row]:
    """Random bodies without end."""
    base, hour = 1_748_736_000_000, 3_600_000
    while True:
        depth = draw.choice([0, 0, 1, 2, 3])
        tree = mixed_tree(draw, rows, depth) if mixed else random_tree(draw, rows, depth)
        if not mixed and "session_total_cost" in str(tree):
            continue
        start, end = sorted(base + draw.randint(-5 * hour, 60 * hour) for _ in range(2))
        window = EVER if draw.random() < 0.6 else {"startTimeUnixMs": start, "endTimeUnixMs": end}
        body: Row = {
            "search": draw.choice(["", "", "", "sess-0", "ESS_1", "plan", "%s%", "zzz"]),
            "timeFilter": window,
            "timezoneDifference": draw.choice([0, 0, 330, -480.5, 60, -1.5, 1440]),
            "filter": tree if draw.random() < 0.9 else draw.choice([{}, "all"]),
        }
        if draw.random() < 0.2:
            body["nameEquals"] = draw.choice(["Trip_Planner", "customer support", "", "none"])
        if draw.random() < 0.3:
            body |= {"limit": draw.choice([3, 7.5, 0]), "offset": draw.choice([0, 2, 5.9])}
        yield body


def some_nulls(rows: list[Row]) -> list[Row]:
    """The rows, of some of which tokens and latency are not known."""
    draw = random.Random(5)  # noqa: S311 -- the same rows every time
    for row in filled(rows):
        for name in ("prompt_tokens", "completion_tokens", "latency"):
            row[name] = draw.choice([None, None, row[name]])
    return rows


def close(row: Any) -> Any:
    if isinstance(row, dict):
        return {name: close(value) for name, value in row.items()}
    return pytest.approx(row, rel=1e-12, abs=0) if isinstance(row, float) else row


def test_three_hundred_random_requests_are_answered_as_in_plain_python(tmp_path: Path) -> None:
    rows, tags = some_nulls(golden("rows.json")), golden("tags.json")
    data = engine_over(tmp_path, rows, tags)
    mine = [row for row in rows if row["organization_id"] == ORGANISATION]
    draw = random.Random(3)  # noqa: S311 -- the same requests every time
    sizes = set()
    for body, _ in zip(bodies(draw, mine, mixed=True), range(200), strict=False):
        expected = oracle.page(mine, tags, ORGANISATION, body)
        assert session_rows.query(data, ORGANISATION, body) == list(map(close, expected)), body
        sizes.add(len(expected))
    assert len(sizes) > 10
    some = 0
    for body, _ in zip(bodies(draw, mine, mixed=False), range(100), strict=False):
        whole = oracle.together(mine, tags, ORGANISATION, body)
        assert session_rows.count(data, ORGANISATION, body) == close(whole), body
        some += whole["count"] > 0
    assert some > 30


# One truth.


def pages(data: Data, tenant: str, body: Row, size: int = 7) -> list[dict[str, Any]]:
    """All rows, page by page."""
    found: list[dict[str, Any]] = []
    while page := session_rows.query(data, tenant, body | {"limit": size, "offset": len(found)}):
        found += page
    return found


def test_rows_add_up_to_the_count_for_every_filter_of_requests(tmp_path: Path) -> None:
    rows, tags = some_nulls(golden("rows.json")), golden("tags.json")
    data = engine_over(tmp_path, rows, tags)
    draw = random.Random(7)  # noqa: S311 -- the same requests every time
    for body, _ in zip(bodies(draw, rows, mixed=False), range(50), strict=False):
        found = pages(data, ORGANISATION, body)
        whole = session_rows.count(data, ORGANISATION, body)
        count = len(found)
        assert len({(row["session_id"], row["session_name"]) for row in found}) == count
        assert whole["count"] == count
        assert whole["total_cost"] == pytest.approx(sum(row["total_cost"] for row in found))
        requests = sum(int(row["total_requests"]) for row in found)
        assert whole["avg_requests"] == pytest.approx(requests / max(count, 1))


@pytest.mark.parametrize("name", ["default", "null-heavy", "unicode", "late-data"])
def test_the_histograms_are_of_these_sessions_and_the_one_without_an_id(name: str) -> None:
    data = data_of(find(name))
    for (tenant,) in data.rows("SELECT DISTINCT organization_id FROM helicone_requests"):
        measured = sessions.measure(data, tenant, time_filter=EVER, tree="all", name="")
        found = pages(data, tenant, ALL, 1000)
        rows = sorted((row["session_id"], int(row["total_requests"])) for row in found)
        assert sorted((each.id, each.requests) for each in measured if each.id) == rows
        cost = sum(each.cost_usd for each in measured if each.id)
        assert sum(row["total_cost"] for row in found) == pytest.approx(cost)
        seconds = sorted(each.seconds for each in measured if each.id)
        assert sorted(map(whole_seconds, found)) == seconds


def whole_seconds(row: dict[str, Any]) -> int:
    first, last = (
        int(datetime.fromisoformat(row[name]).replace(microsecond=0, tzinfo=UTC).timestamp())
        for name in ("created_at", "latest_request_created_at")
    )
    return last - first

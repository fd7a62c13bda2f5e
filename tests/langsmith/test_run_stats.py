"""The statistics of runs, on runs so few that each number is worked out beside its test; and which
fields of them a shared dataset's operation answers, in which groups."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locum.engine.data import Data, Parameters, TakesLong, Work
from locum.exceptions import InvalidRequest, NotFound
from locum.langsmith.filters.ast import And, Comparison, render
from locum.langsmith.run_index import run_index
from locum.langsmith.run_stats import (
    FIELDS,
    feedback_by_run,
    feedback_of_project,
    feedback_of_runs,
    grouped,
    run_facets,
    run_stats,
    selected,
    shared_dataset_stats,
    stats_of_runs,
)
from locum.langsmith.selection import where
from locum.stats import summary
from locum.stats.column_store import Columns, Facet
from tests.oracles.langsmith_requests import draws
from tests.oracles.langsmith_rows import PROJECT, TENANT, Row, at, feedback, load, run
from tests.oracles.langsmith_selection import EXAMPLE, LLM, ONE, SHARED_AS, six_runs
from tests.oracles.run_oracle import per_billion, percentile

EMPTY: dict[str, Any] = {
    **dict.fromkeys(FIELDS),
    "run_count": 0,
    **dict.fromkeys(("total_tokens", "prompt_tokens", "completion_tokens"), 0),
    **dict.fromkeys(("total_cost", "prompt_cost", "completion_cost"), 0.0),
    "feedback_stats": {},
    "run_facets": [],
    "prompt_token_details": {},
    "completion_token_details": {},
    "prompt_cost_details": {},
    "completion_cost_details": {},
}


def of_all(data: Data, *fields: str) -> dict[str, Any]:
    """The statistics of all runs."""
    return run_stats(data.once(run_index), where(data, "TRUE", Parameters()), fields)


def stats(folder: Path, runs: list[Row]) -> dict[str, Any]:
    """All statistics of all of the runs."""
    return of_all(load(folder, runs=runs), *FIELDS)


def test_no_runs_have_no_numbers(tmp_path: Path) -> None:
    index = load(tmp_path, runs=[run("a")]).once(run_index)
    assert run_stats(index, np.array([], dtype=np.intp), FIELDS) == EMPTY


def test_one_run_has_its_own_values_as_percentiles(tmp_path: Path) -> None:
    only = run(
        "a",
        start_time=at(0),
        first_token_time=at(0.25),
        end_time=at(1.5),
        prompt_tokens=7,
        completion_tokens=3,
        total_tokens=10,
        prompt_cost_nano=1500,
        completion_cost_nano=500,
        total_cost_nano=2000,
    )
    assert stats(tmp_path, [only]) == EMPTY | {
        "run_count": 1,
        "latency_p50": 1.5,
        "latency_p99": 1.5,
        "first_token_p50": 0.25,
        "first_token_p99": 0.25,
        "total_tokens": 10,
        "prompt_tokens": 7,
        "completion_tokens": 3,
        "median_tokens": 10,
        "completion_tokens_p50": 3,
        "prompt_tokens_p50": 7,
        "tokens_p99": 10,
        "completion_tokens_p99": 3,
        "prompt_tokens_p99": 7,
        "last_run_start_time": "2026-06-01T12:00:00.000000Z",
        "run_facets": [
            {"key": "name", "value": "agent", "n": 1, "query": 'eq(name, "agent")'},
            {"key": "run_type", "value": "chain", "n": 1, "query": 'eq(run_type, "chain")'},
            {"key": "status", "value": "success", "n": 1, "query": 'eq(status, "success")'},
        ],
        "error_rate": 0.0,
        "streaming_rate": 1.0,
        "total_cost": 0.000002,
        "prompt_cost": 0.0000015,
        "completion_cost": 0.0000005,
        "cost_p50": 0.000002,
        "cost_p99": 0.000002,
    }


def test_percentiles_interpolate_between_sorted_values(tmp_path: Path) -> None:
    """Of 1, 2, 4, 8 seconds, the median is halfway between 2 and 4, and p99 at 0.99·3 = 2.97:
    4 + 0.97·(8-4) = 7.88. The run without an end has no latency."""
    runs = [run(f"r{s}", end_time=at(s)) for s in (8, 1, 4, 2)] + [run("open", end_time=None)]
    found = stats(tmp_path, runs)
    assert found["latency_p50"] == 3.0
    assert found["latency_p99"] == 7.88


@pytest.mark.parametrize(
    ("tokens", "median"), [((2, 3), 2), ((3, 4), 4), ((1, 2, 9), 2), ((0, 0), 0), ((5, None), 5)]
)
def test_a_median_of_tokens_rounds_half_to_even(
    tmp_path: Path, tokens: tuple[int | None, ...], median: int
) -> None:
    """2.5 is 2 and 3.5 is 4; a run without tokens is left out, a run with 0 is not."""
    runs = [run(str(place), total_tokens=n) for place, n in enumerate(tokens)]
    assert stats(tmp_path, runs)["median_tokens"] == median


def test_a_sum_counts_a_run_only_below_no_other_selected_run(tmp_path: Path) -> None:
    """The root reports the 30 tokens of its two calls; grandchild and child report theirs."""
    root = run("root", total_tokens=30, total_cost_nano=300, prompt_token_details={"audio": 3})
    child = run("child", root, total_tokens=20, total_cost_nano=200)
    leaf = run("leaf", child, total_tokens=20, total_cost_nano=200)
    other = run("other", root, total_tokens=10, prompt_token_details={"audio": 3, "image": 0})
    index = load(tmp_path, runs=[root, child, leaf, other]).once(run_index)
    fields = ("total_tokens", "total_cost", "prompt_token_details", "run_count")

    def of_runs(*numbers: int) -> list[Any]:
        return list(run_stats(index, np.array(numbers), fields).values())

    assert of_runs(0, 1, 2, 3) == [30, 3e-7, {"audio": 3}, 4]
    assert of_runs(1, 2, 3) == [30, 2e-7, {"audio": 3, "image": 0}, 3]
    assert of_runs(2, 0) == [30, 3e-7, {"audio": 3}, 2]  # the run between them is not selected
    assert of_runs(2) == [20, 2e-7, {}, 1]


def test_rates_are_of_all_runs_and_of_finished_runs(tmp_path: Path) -> None:
    """One of four runs failed; one of the three finished ones streamed."""
    runs = [
        run("a", first_token_time=at(0.5)),
        run("b", status="error", error="boom"),
        run("c"),
        run("d", status="pending", end_time=None, first_token_time=at(0.5)),
    ]
    found = stats(tmp_path, runs)
    assert (found["error_rate"], found["streaming_rate"]) == (0.25, 1 / 3)
    assert found["first_token_p50"] == 0.5


def test_pending_runs_have_no_latency_and_no_streaming_rate(tmp_path: Path) -> None:
    runs = [run(id_, status="pending", end_time=None) for id_ in "ab"]
    found = stats(tmp_path, runs)
    assert (found["run_count"], found["error_rate"]) == (2, 0.0)
    assert (found["latency_p50"], found["streaming_rate"]) == (None, None)


def test_all_errors_are_a_rate_of_one(tmp_path: Path) -> None:
    assert stats(tmp_path, [run("a", status="error")])["error_rate"] == 1.0


def test_runs_without_tokens_add_nothing_and_rank_nowhere(tmp_path: Path) -> None:
    found = stats(tmp_path, [run("a"), run("b", total_cost_nano=0)])
    assert (found["total_tokens"], found["median_tokens"], found["tokens_p99"]) == (0, None, None)
    assert (found["total_cost"], found["cost_p50"]) == (0.0, 0.0)


def test_sums_beyond_64_bits_are_exact_in_nano_usd_and_doubles_in_tokens(tmp_path: Path) -> None:
    """JSON's writers know no larger integers. 3·(2**63-1) tokens are 3·2**63 as a double."""
    most = 2**63 - 1
    details = {"prompt_token_details": {"audio": most}}
    runs = [run(id_, total_tokens=most, total_cost_nano=most, **details) for id_ in "abc"]
    fields = ("total_tokens", "total_cost_nano", "prompt_token_details", "median_tokens")
    found = of_all(load(tmp_path, runs=runs), *fields)
    assert list(found.values()) == [3.0 * 2**63, 3 * most, {"audio": 3.0 * 2**63}, most]


@pytest.mark.parametrize("base", [0, 2**43, -(2**63), 2**63 - 2**31])
def test_percentiles_are_exact(tmp_path: Path, base: int) -> None:
    """Of a hundred random selections of values around 1 USD, around 8,796 USD, and at both ends of
    64 bits: the fraction itself, rounded once."""
    chance = draws("percentiles")
    tops = [2 ** chance.randint(1, 30) for _ in range(200)]
    micros = [base + chance.randrange(top) for top in tops]
    runs = [run(str(n), total_cost_nano=value) for n, value in enumerate(micros)]
    index = load(tmp_path, runs=runs).once(run_index)
    groups = [chance.sample(range(200), chance.randint(1, 150)) for _ in range(100)]
    for chosen in groups:
        found = run_stats(index, np.array(chosen), ("cost_p50", "cost_p99"))
        expected = [per_billion(percentile([micros[n] for n in chosen], p)) for p in (50, 99)]
        assert list(found.values()) == expected


@pytest.mark.parametrize(
    ("fields", "computed"),
    [
        ((), []),
        (("run_count",), []),
        (("thread_count",), []),
        (("error_rate", "streaming_rate"), ["counts"]),
        (("latency_p50", "latency_p99"), ["counts"]),
        (("total_cost", "prompt_cost"), ["counts"]),
        (("prompt_token_details", "completion_cost_details"), ["counts", "details"]),
        (("feedback_stats",), ["codes", "feedback"]),
        (("run_facets",), ["codes", "facets"]),
        (("feedback_stats", "run_facets"), ["codes", "facets", "feedback"]),
    ],
)
def test_only_what_is_wanted_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: tuple[str, ...], computed: list[str]
) -> None:
    """And each once; what is computed before is read, no statement is run."""
    index = load(tmp_path, runs=[run("a"), run("b")]).once(run_index)
    seen: list[str] = []

    def watched(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def watch(*arguments: Any, **named: Any) -> Any:
            seen.append(name)
            return function(*arguments, **named)

        return watch

    for name, function in (
        ("codes", "facet_counts"),
        ("facets", "most_frequent"),
        ("feedback", "feedback_by_key"),
        ("details", "detail_sums"),
        ("counts", "flag_counts"),
    ):
        monkeypatch.setattr(summary, function, watched(name, getattr(summary, function)))
    run_stats(index, np.array([0, 1]), fields)
    assert seen == computed


@pytest.mark.parametrize(
    ("fields", "ranked", "summed"),
    [
        (("run_count", "error_rate"), [], []),
        (("latency_p50", "latency_p99", "median_tokens"), ["latency_us", "total_tokens"], []),
        (("total_cost", "cost_p50", "total_cost_nano"), ["total_cost_nano"], ["total_cost_nano"]),
    ],
)
def test_only_measures_of_what_is_wanted_are_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fields: tuple[str, ...],
    ranked: list[str],
    summed: list[str],
) -> None:
    index = load(tmp_path, runs=[run("a")]).once(run_index)
    gather = summary.gather

    def watch(columns: Columns, selection: Any, **asked: Any) -> Any:
        assert (list(asked["ranked"]), list(asked["summed"])) == (ranked, summed)
        return gather(columns, selection, **asked)

    monkeypatch.setattr(summary, "gather", watch)
    assert list(run_stats(index, np.array([0]), fields)) == list(fields)


def facets(folder: Path, runs: list[Row]) -> list[tuple[str, str, int]]:
    """Key, value and count of the facets of all of the runs."""
    found = of_all(load(folder, runs=runs), "run_facets")["run_facets"]
    return [(facet["key"], facet["value"], facet["n"]) for facet in found]


def test_facets_count_runs_by_each_of_their_values(tmp_path: Path) -> None:
    """A list in the metadata counts by its elements; 5, "5" and 5.0 are the texts 5, 5 and 5.0;
    null counts for nothing, and a text that looks like a list is a text."""
    runs = [
        run("a", tags=["x", "y", "x"], metadata={"n": 5, "in": {"side": [True, "z", "z"]}}),
        run("b", tags=["x"], metadata={"n": "5", "in": None}),
        run("c", metadata={"n": 5.0, "doc": "[1]", "in": {"side": True}}),
    ]
    found = facets(tmp_path, runs)
    assert found == [
        ("name", "agent", 3),
        ("run_type", "chain", 3),
        ("status", "success", 3),
        ("tag", "x", 2),
        ("tag", "y", 1),
        ("metadata.doc", "[1]", 1),
        ("metadata.in.side", "true", 2),
        ("metadata.in.side", "z", 1),
        ("metadata.n", "5", 2),
        ("metadata.n", "5.0", 1),
    ]


def test_facets_show_the_ten_most_frequent_values_of_a_key(tmp_path: Path) -> None:
    """Eleven names once each, and one of them a second time: it comes first, and the last of the
    others by their text falls out."""
    runs = [run(str(n), name=f"name {n:02}") for n in range(11)] + [run("again", name="name 07")]
    listed = [(value, n) for key, value, n in facets(tmp_path, runs) if key == "name"]
    others = [f"name {n:02}" for n in range(10) if n != 7]
    assert listed == [
        ("name 07", 2),
        *((name, 1) for name in others),
    ]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


KINDS = st.sampled_from(["name", "run_type", "status", "tag", "metadata"])


@given(st.lists(st.tuples(KINDS, st.sampled_from(["a", "b"]) | TEXTS, TEXTS)))
def test_a_facets_query_is_what_the_language_writes(facets: list[Facet]) -> None:
    """To the byte, after any other facet: quotes, escapes and what lies beyond ASCII."""
    expected = []
    for n, (kind, key, value) in enumerate(facets):
        if kind == "metadata":
            of_key, of_value = (
                Comparison("eq", f"metadata_{side}", text)
                for side, text in (("key", key), ("value", value))
            )
            shown = {"key": f"metadata.{key}", "query": render(And((of_key, of_value)))}
        elif kind == "tag":
            shown = {"key": "tag", "query": render(Comparison("has", "tags", value))}
        else:
            shown = {"key": kind, "query": render(Comparison("eq", kind, value))}
        expected.append(shown | {"value": value, "n": n})
    assert run_facets([(facet, n) for n, facet in enumerate(facets)]) == expected


def feedback_stats(folder: Path, runs: list[Row], rows: list[Row]) -> dict[str, Any]:
    """The feedback_stats of all of the runs, on which there is this feedback."""
    data = load(folder, runs=runs, feedback=rows)
    found: dict[str, Any] = of_all(data, "feedback_stats")["feedback_stats"]
    return found


def test_feedback_of_scores_is_averaged(tmp_path: Path) -> None:
    """1, 0, 0.25 and true (1): mean 2.25/4; the squared deviations 0.19140625 twice, 0.31640625
    and 0.09765625 add up to 0.796875, of which a third is 0.265625."""
    only = run("a")
    rows = [
        feedback(only, "quality", score=1, comment="", source={"type": "api"}),
        feedback(only, "quality", score=0, comment="worse", created_at=at(9)),
        feedback(only, "quality", score=0.25, comment="bad", created_at=at(7)),
        feedback(only, "quality", score=True, source={"type": "api"}),
    ]
    assert feedback_stats(tmp_path, [only], rows) == {
        "quality": {
            "n": 4,
            "avg": 0.5625,
            "stdev": 0.265625**0.5,
            "errors": 0,
            "comments": ["bad", "worse"],
            "sources": ['{"type":"api"}'],
            "values": {},
            "min": 0.0,
            "max": 1.0,
        }
    }


def test_feedback_of_labels_has_no_average(tmp_path: Path) -> None:
    """Two labels and a comment: n is the sum of the values' counts."""
    only = run("a")
    rows = [
        feedback(only, "topic", value="billing", created_at=at(1)),
        feedback(only, "topic", value="billing", created_at=at(2)),
        feedback(only, "topic", value="shipping"),
        feedback(only, "topic", comment="neither"),
        feedback(only, "note", comment="only this"),
    ]
    found = feedback_stats(tmp_path, [only], rows)
    assert list(found) == ["note", "topic"]
    assert (found["note"]["n"], found["note"]["comments"]) == (0, ["only this"])
    assert (found["topic"]["n"], found["topic"]["avg"], found["topic"]["stdev"]) == (3, None, None)
    assert found["topic"]["values"] == {"billing": 2, "shipping": 1}


def test_a_value_that_is_no_text_is_no_label(tmp_path: Path) -> None:
    """A number, a list, an object, true and null; only the text, which looks like one, counts."""
    only = run("a")
    rows = [
        feedback(only, "k", value=value, created_at=at(place))
        for place, value in enumerate((5, ["x"], {"x": 1}, True, None, "5"))
    ]
    found = feedback_stats(tmp_path, [only], rows)["k"]
    assert (found["n"], found["values"]) == (1, {"5": 1})


def test_one_score_has_no_deviation(tmp_path: Path) -> None:
    only = run("a")
    rows = [feedback(only, "correctness", score=0.1, value="wrong")]
    found = feedback_stats(tmp_path, [only], rows)["correctness"]
    assert (found["n"], found["avg"], found["stdev"]) == (1, 0.1, None)
    assert (found["min"], found["max"], found["values"]) == (0.1, 0.1, {"wrong": 1})


def test_large_scores_have_an_exact_deviation(tmp_path: Path) -> None:
    """Seconds since 1970 as scores, of one minute: their squares in 1e-9 do not fit into 128 bits.
    Of 0, 2, …, 118 the sample's variance is 4·60·61/12 = 1220. Negative scores as well."""
    only = run("a")
    rows = [feedback(only, "when", score=1_780_000_000 + 2 * n) for n in range(60)]
    rows += [feedback(only, "loss", score=-1_780_000_000 - 2 * n) for n in range(60)]
    found = feedback_stats(tmp_path, [only], rows)
    assert found["when"]["stdev"] == found["loss"]["stdev"] == 1220**0.5
    assert (found["when"]["avg"], found["loss"]["avg"]) == (1_780_000_059, -1_780_000_059)


def test_feedback_shows_at_most_ten_comments_and_sources(tmp_path: Path) -> None:
    only = run("a")
    rows = [
        feedback(only, "k", comment=f"comment {n:02}", source={"user": n}, created_at=at(50 - n))
        for n in range(12)
    ]
    found = feedback_stats(tmp_path, [only], rows)["k"]
    assert found["comments"] == [f"comment {n:02}" for n in range(11, 1, -1)]  # the oldest first
    assert len(found["sources"]) == 10


def test_feedback_on_other_runs_does_not_count(tmp_path: Path) -> None:
    root = run("root")
    child = run("child", root)
    data = load(tmp_path, runs=[root, child], feedback=[feedback(child, "k", score=1)])
    index = data.once(run_index)
    assert run_stats(index, np.array([0]), ("feedback_stats",)) == {"feedback_stats": {}}
    assert feedback_of_runs(index, np.array([0])) == {}
    assert feedback_of_runs(index, np.array([1]))["k"]["avg"] == 1.0


def test_feedback_on_a_project_is_that_on_none_of_its_runs(tmp_path: Path) -> None:
    """Scores 1 and 0 and two comments on the project, one score on its run."""
    only = run("a")
    rows = [
        feedback(None, "k", score=1, comment="second", created_at=at(8)),
        feedback(None, "k", score=0, comment="first", created_at=at(7)),
        feedback(only, "k", score=0.25),
    ]
    index = load(tmp_path, runs=[only], feedback=rows).once(run_index)
    found = feedback_of_project(index, PROJECT)
    assert (found["k"]["n"], found["k"]["avg"]) == (2, 0.5)
    assert found["k"]["comments"] == ["first", "second"]
    assert feedback_of_project(index, "another") == {}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Data:
    return six_runs(tmp_path_factory.mktemp("six"))


def test_an_unknown_token_is_not_found(engine: Data) -> None:
    with pytest.raises(NotFound):
        shared_dataset_stats(engine, None, EXAMPLE, {})


def counts(engine: Data, group_by: dict[str, Any], **body: Any) -> list[tuple[str, int]]:
    body = {"group_by": group_by, "select": ["run_count"], **body}
    groups = shared_dataset_stats(engine, None, SHARED_AS, body)
    return [(value, group["run_count"]) for value, group in groups.items()]


def test_groups_come_most_frequent_first(engine: Data) -> None:
    """Chains: one, two, far; then two llm runs; then one tool."""
    assert counts(engine, {"attribute": "run_type"}) == [("chain", 3), ("llm", 2), ("tool", 1)]
    assert counts(engine, {"attribute": "run_type", "max_groups": 1}) == [("chain", 3)]
    assert counts(engine, {"attribute": "name"}, is_root=True) == [
        ("far", 1),
        ("one", 1),
        ("two", 1),
    ]
    assert len(counts(engine, {"attribute": "name"})) == 5  # of six, by default


def test_a_run_is_in_the_group_of_each_of_its_tags(engine: Data) -> None:
    """Three runs have no tag; the tag "null" is none, for it would have the same key."""
    groups = counts(engine, {"attribute": "tag"})
    assert groups == [("null", 3), ("red", 2), ("blue", 1), ("deep", 1)]
    assert counts(engine, {"attribute": "tag"}, groups=["deep", None]) == [("null", 3), ("deep", 1)]
    assert counts(engine, {"attribute": "tag"}, groups=["null"]) == [("null", 3)]
    assert counts(engine, {"attribute": "tag"}, groups=["red", "none such"]) == [("red", 2)]
    assert counts(engine, {"attribute": "tag"}, groups=[]) == []


def test_runs_group_by_a_metadata_value(engine: Data) -> None:
    by_k = {"attribute": "metadata", "path": "k"}
    assert counts(engine, by_k) == [("null", 4), ("v", 1), ("w", 1)]
    assert counts(engine, by_k, filter='eq(name, "two")', groups=["w"]) == [("w", 1)]


def test_no_runs_make_no_groups(engine: Data) -> None:
    assert counts(engine, {"attribute": "name"}, id=[]) == []


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({"group_by": {"attribute": "metadata"}}, ("body", "group_by", "path")),
        ({"group_by": {"attribute": "metadata", "path": None}}, ("body", "group_by", "path")),
        ({"group_by": {"attribute": "tag", "path": "k"}}, ("body", "group_by", "path")),
        ({"group_by": {"attribute": "tag", "max_groups": 0}}, ("body", "group_by", "max_groups")),
        ({"groups": ["a"]}, ("body", "groups")),
    ],
)
def test_a_grouping_without_meaning_is_refused(
    engine: Data, body: dict[str, Any], location: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidRequest) as raised:
        shared_dataset_stats(engine, None, SHARED_AS, body)
    assert [fault.location for fault in raised.value.faults] == [location]


def test_select_names_the_fields_of_the_answer(engine: Data) -> None:
    def fields(*select: str) -> list[str]:
        return list(shared_dataset_stats(engine, None, SHARED_AS, {"select": list(select)}))

    assert fields("total_cost", "run_count", "run_count") == ["run_count", "total_cost"]
    assert fields("latency_avg", "thread_feedback_stats", "session_feedback_stats") == []
    assert fields() == []
    assert len(fields("all_run_stats")) == 10
    assert len(fields("all_token_stats")) == 18
    assert len(fields("all_run_stats", "all_token_stats")) == 28
    assert list(shared_dataset_stats(engine, None, SHARED_AS, {})) == fields(
        "all_run_stats", "all_token_stats"
    )
    assert not {"run_count", "latency_p50"} & set(fields("all_token_stats"))


@pytest.mark.parametrize(
    ("body", "tokens"),
    [({}, 7), ({"is_root": True}, 7), ({"is_root": False}, 7), ({"id": [ONE, LLM]}, 7)],
)
def test_tokens_of_a_trace_count_once(engine: Data, body: dict[str, Any], tokens: int) -> None:
    """The root reports the seven tokens of its only call, which reports them too."""
    answer = shared_dataset_stats(engine, None, SHARED_AS, body | {"select": ["total_tokens"]})
    assert answer == {"total_tokens": tokens}


def test_each_group_costs(engine: Data) -> None:
    """There may be thousands, which take some 300 microseconds each."""
    least = 6 * 20_000
    with pytest.raises(TakesLong):
        Work(least).run(lambda: counts(engine, {"attribute": "name", "max_groups": 10**30}))
    assert Work(least).run(lambda: counts(engine, {"attribute": "name", "max_groups": 2}))


def test_huge_max_groups_are_all_groups(engine: Data) -> None:
    assert len(counts(engine, {"attribute": "name", "max_groups": 10**30})) == 6


@pytest.mark.parametrize(
    ("select", "fields"),
    [
        (None, FIELDS),
        ([], ()),
        (["cost_p99", "run_count", "cost_p99"], ("run_count", "cost_p99")),
        (["latency_avg", "error_rate"], ("error_rate",)),
    ],
)
def test_fields_are_in_the_documents_order(
    select: list[str] | None, fields: tuple[str, ...]
) -> None:
    assert selected(select) == fields


def test_groups_name_the_values_that_are_there(engine: Data) -> None:
    """one, one-llm and one-tool are of no group of tags but deep."""
    index = engine.once(run_index)
    groups = grouped(index, np.array([0, 1, 2]), "tag", "", None)
    assert [(value, runs.tolist()) for value, runs in groups] == [(None, [0, 2]), ("deep", [1])]
    assert grouped(index, np.array([0, 1, 2]), "tag", "", ["red"]) == []


def test_feedback_of_each_run_is_that_of_the_run_alone(tmp_path: Path) -> None:
    """Comments count too; a run without feedback has no entry."""
    one, two, none = run("one"), run("two"), run("none")
    rows = [
        feedback(one, "ok", score=1),
        feedback(one, "ok", score=0),
        feedback(two, "note", comment="so"),
    ]
    index = load(tmp_path, runs=[one, two, none], feedback=rows).once(run_index)
    found = feedback_by_run(index, np.array([2, 1, 0]))
    assert found == {run: feedback_of_runs(index, np.array([run])) for run in (0, 1)}
    assert (found[0]["ok"]["avg"], found[1]["note"]["comments"]) == (0.5, ["so"])
    assert feedback_by_run(index, np.array([2])) == {}


def test_a_tenants_runs_have_statistics_flat_or_grouped(tmp_path: Path) -> None:
    """The rows of `six_runs`: seven are the tenant's, six of these over the shared dataset; of the
    two projects over it, one has five runs and the other one."""
    data = six_runs(tmp_path)
    counted: dict[str, Any] = {"select": ["run_count", "total_tokens"]}
    assert stats_of_runs(data, TENANT, counted) == {"run_count": 7, "total_tokens": 7}
    one = counted | {"session": [PROJECT]}
    assert stats_of_runs(data, TENANT, one)["run_count"] == 5
    by_type = stats_of_runs(data, TENANT, one | {"group_by": {"attribute": "run_type"}})
    assert {value: found["run_count"] for value, found in by_type.items()} == {
        "chain": 2,
        "llm": 2,
        "tool": 1,
    }
    assert list(by_type) == ["chain", "llm", "tool"]
    with pytest.raises(NotFound, match="theirs"):
        stats_of_runs(data, TENANT, counted | {"session": ["theirs"]})


def test_the_statistics_of_all_projects_over_a_dataset_are_its_own(tmp_path: Path) -> None:
    data = six_runs(tmp_path)
    over = {"session": [PROJECT, "second"]}
    assert stats_of_runs(data, TENANT, over) == shared_dataset_stats(data, None, SHARED_AS, {})

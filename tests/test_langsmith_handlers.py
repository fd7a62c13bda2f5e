"""LangSmith's four operations over `tiny`: every answer fits its document and is what plain Python
over the JSONL rows makes of the same question (run_oracle, experiment_oracle)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
import yaml
from conftest import ROOT, Rows
from experiment_oracle import compared
from langsmith_answers import fits, narrowed, same, without_queries
from langsmith_requests import SELECTABLE, any_case, any_filter, any_window, draws, shared_stats
from run_oracle import Run, World, micros
from understudy import datasets
from understudy.engine import DuckDB
from understudy.exceptions import NotFound
from understudy.langsmith import handlers

SELECTS = (
    *("TURNS", "FIRST_START_TIME", "LAST_START_TIME", "LAST_END_TIME", "LATENCY_P50"),
    *("LATENCY_P99", "PROMPT_TOKENS", "PROMPT_COST", "COMPLETION_TOKENS", "COMPLETION_COST"),
    *("TOTAL_TOKENS", "TOTAL_COST", "PROMPT_TOKEN_DETAILS", "COMPLETION_TOKEN_DETAILS"),
    *("PROMPT_COST_DETAILS", "COMPLETION_COST_DETAILS"),
)
UNKNOWN = "00000000-0000-4000-8000-000000000000"

group_stats = handlers.stats_group_runs_api_v1_runs_group_stats_post
shared_dataset_stats = (
    handlers.stats_shared_dataset_runs_api_v1_public_share_token_datasets_runs_stats_post
)
group_runs = handlers.read_examples_with_runs_grouped_api_v1_datasets_dataset_id_group_runs_post
thread_stats = handlers.get_v2_threads_thread_id_stats


@pytest.fixture(scope="module")
def engine() -> DuckDB:
    return DuckDB(datasets.find("tiny"))


@pytest.fixture(scope="module")
def oracle(tiny: Rows) -> World:
    return World(tiny)


@pytest.fixture(scope="module")
def document() -> Any:
    return yaml.safe_load((ROOT / "specs" / "langsmith.yaml").read_text(encoding="utf-8"))


def shared(oracle: World) -> tuple[str, list[str], list[Run]]:
    """The shared dataset's token, the projects over it, and their runs."""
    dataset = next(row for row in oracle.datasets if row["share_token"])
    sessions = [s["id"] for s in oracle.sessions.values() if _is_over(s, dataset)]
    return (
        dataset["share_token"],
        sessions,
        [run for run in oracle.runs.values() if run["session_id"] in sessions],
    )


def _is_over(session: dict[str, Any], dataset: dict[str, Any]) -> bool:
    fields = ("reference_dataset_id", "tenant_id")
    return [session[f] for f in fields] == [dataset["id"], dataset["tenant_id"]]


@pytest.mark.parametrize("seed", range(120))
def test_shared_dataset_stats_are_those_of_the_selected_rows(
    engine: DuckDB, oracle: World, document: dict[str, Any], seed: int
) -> None:
    chance = draws(seed)
    token, _, pool = shared(oracle)
    body, runs = shared_stats(chance, oracle, pool)
    answer = shared_dataset_stats(engine, None, any_case(chance, token), body)
    fits(document, "RunStats", answer)
    same(narrowed(oracle.run_stats(runs), body.get("select")), without_queries(answer))


@pytest.mark.parametrize("seed", range(40))
def test_groups_of_shared_dataset_stats_are_the_most_frequent_values(
    engine: DuckDB, oracle: World, seed: int
) -> None:
    chance = draws(f"groups {seed}")
    token, _, pool = shared(oracle)
    attribute = chance.choice(["name", "run_type", "tag", "metadata"])
    path = chance.choice(["model", "temperature", "env", "shots", "nothing"])
    key = f"metadata.{path}" if attribute == "metadata" else attribute
    group_by: dict[str, Any] = {"attribute": attribute}
    if attribute == "metadata":
        group_by["path"] = path
    most = 5
    if chance.random() < 0.5:
        most = group_by["max_groups"] = chance.randint(1, 12)
    body: dict[str, Any] = {"group_by": group_by, "select": ["run_count", "all_token_stats"]}
    expected = oracle.grouped(pool, key)
    if chance.random() < 0.3:
        body["groups"] = [value for value, _ in expected if chance.random() < 0.5] + ["else"]
        expected = [group for group in expected if group[0] in body["groups"]]
    answer = shared_dataset_stats(engine, None, token, body)
    assert list(answer) == ["null" if v is None else v for v, _ in expected[:most]]
    for value, runs in expected[:most]:
        name = "null" if value is None else value
        same(narrowed(oracle.run_stats(runs), body["select"]), answer[name], name)


@pytest.mark.parametrize("seed", range(80))
def test_group_stats_cover_the_root_runs_of_the_threads_that_match(
    engine: DuckDB, oracle: World, document: dict[str, Any], seed: int
) -> None:
    chance = draws(f"threads {seed}")
    session = chance.choice(list(oracle.sessions.values()))
    pool = [run for run in oracle.runs.values() if run["session_id"] == session["id"]]
    body, _ = any_window(chance, pool)
    text, passes = any_filter(chance, pool)
    start, end = micros(body.get("start_time")), micros(body.get("end_time"))
    asked: dict[str, Any] = {
        "session_id": any_case(chance, session["id"]),
        "group_by": "conversation",
        "offset": chance.randint(0, 50),
        "limit": chance.randint(1, 100),
        **body,
    }
    if chance.random() < 0.6:
        asked["filter"] = text
    else:
        passes = lambda _: True  # noqa: E731 - a filter that is not there
    answer = group_stats(engine, session["tenant_id"], asked)
    fits(document, "RunGroupStats", answer)
    same(oracle.group_stats(session["id"], passes, start, end), without_queries(answer))


@pytest.mark.parametrize("seed", range(60))
def test_thread_stats_are_those_of_the_threads_root_runs(
    engine: DuckDB, oracle: World, document: dict[str, Any], seed: int
) -> None:
    chance = draws(f"thread {seed}")
    run = chance.choice([r for r in oracle.runs.values() if oracle.thread(r) is not None])
    session = oracle.sessions[run["session_id"]]
    thread = oracle.thread(run) if chance.random() < 0.9 else "no such thread"
    assert thread is not None
    selects = chance.choices(SELECTS, k=chance.randint(1, 20))
    answer = thread_stats(
        engine, session["tenant_id"], thread, any_case(chance, session["id"]), selects
    )
    fits(document, "threads.QuerySingleThreadStatsResponseBody", answer)
    names = {select.lower() for select in selects}
    names |= {f"{name}_seconds" for name in names if name.startswith("latency")}
    expected = oracle.thread_stats(session["id"], thread)
    same({name: value for name, value in expected.items() if name in names}, answer)


@pytest.mark.parametrize("seed", range(60))
def test_group_runs_compares_the_examples_that_every_project_ran(
    engine: DuckDB, oracle: World, document: dict[str, Any], seed: int
) -> None:
    chance = draws(f"experiments {seed}")
    _, over, pool = shared(oracle)
    dataset = oracle.sessions[over[0]]["reference_dataset_id"]
    sessions = chance.sample(over, k=chance.randint(1, len(over)))
    by, keys = chance.choice(
        [
            ("run_metadata", ["model", "temperature", "shots", "env", "nothing"]),
            ("example_metadata", ["topic", "split", "difficulty", "nothing"]),
        ]
    )
    offset, limit, most = chance.randint(0, 2), chance.randint(1, 5), chance.randint(1, 10)
    filters = {
        session: [any_filter(chance, pool, 0) for _ in range(chance.randint(1, 2))]
        for session in sessions
        if chance.random() < 0.2
    }
    key = chance.choice(keys)
    body: dict[str, Any] = {
        "session_ids": [any_case(chance, session) for session in sessions],
        "group_by": by,
        "metadata_key": key,
        "offset": offset,
        "limit": limit,
        "per_group_limit": most,
        "preview": chance.random() < 0.5,
    }
    if filters:
        body["filters"] = {s: [text for text, _ in given] for s, given in filters.items()}
    tenant = oracle.sessions[over[0]]["tenant_id"]
    answer = group_runs(engine, tenant, any_case(chance, dataset), body)
    fits(document, "GroupedExamplesWithRunsResponse", answer)
    expected = compared(
        oracle,
        dataset,
        sessions,
        by=by,
        key=key,
        filters={s: [passes for _, passes in given] for s, given in filters.items()},
        page=slice(offset, offset + limit),
        most=most,
    )
    assert len(expected) == len(answer["groups"])
    for wanted, group in zip(expected, answer["groups"], strict=True):
        _same_group(wanted, group)


def _same_group(expected: dict[str, Any], group: dict[str, Any]) -> None:
    listed = [(e["id"], [run["id"] for run in e["runs"]]) for e in group["examples"]]
    assert expected["examples"] == listed
    parts = group["sessions"]
    assert len(expected["sessions"]) == len(parts)
    for wanted, part in zip(expected["sessions"], parts, strict=True):
        assert part["example_count"] == expected["example_count"]
        same(wanted, {name: without_queries(part)[name] for name in wanted})
    numbers = {k: v for k, v in expected.items() if k not in {"examples", "sessions"}}
    same(numbers, {name: group[name] for name in numbers})


def test_every_facets_query_selects_exactly_its_runs(engine: DuckDB, oracle: World) -> None:
    token, _, _ = shared(oracle)
    answer = shared_dataset_stats(engine, None, token, {"select": ["run_facets"]})
    keys = {facet["key"] for facet in answer["run_facets"]}
    assert {"name", "run_type", "status", "tag", "metadata.temperature"} <= keys
    for facet in answer["run_facets"]:
        body = {"filter": facet["query"], "select": ["run_count"]}
        assert shared_dataset_stats(engine, None, token, body) == {"run_count": facet["n"]}, facet


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ("run_metadata", "env"),
        ("run_metadata", "shots"),
        ("run_metadata", "temperature"),
        ("example_metadata", "topic"),
    ],
)
def test_the_filters_of_a_comparison_give_back_its_runs(
    engine: DuckDB, oracle: World, by: str, key: str
) -> None:
    """Sent to the shared dataset's statistics, with the projects it is about."""
    token, over, _ = shared(oracle)
    project = oracle.sessions[over[0]]
    body = {"session_ids": over, "group_by": by, "metadata_key": key}
    groups = group_runs(engine, project["tenant_id"], project["reference_dataset_id"], body)[
        "groups"
    ]
    assert groups
    for group in groups:
        parts = [(over, group["filter"], group["count"])]
        parts += [([s["id"]], s["filter"], s["run_count"]) for s in group["sessions"]]
        for sessions, text, count in parts:
            asked = {
                "session": sessions,
                "filter": text,
                "select": ["run_count", "last_run_start_time"],
            }
            found = shared_dataset_stats(engine, None, token, asked)
            assert found["run_count"] == count
        assert found["last_run_start_time"] == group["sessions"][-1]["max_start_time"]


def test_the_same_request_has_the_same_answer(engine: DuckDB, oracle: World) -> None:
    """Byte for byte, also from an engine that has loaded the files anew."""
    token, _, _ = shared(oracle)
    again = DuckDB(datasets.find("tiny"))
    body = {"session_id": next(iter(oracle.sessions)), "group_by": "conversation"}
    tenant = oracle.sessions[body["session_id"]]["tenant_id"]
    engines = (engine, engine, again)
    assert len({orjson.dumps(shared_dataset_stats(e, None, token, {})) for e in engines}) == 1
    assert len({orjson.dumps(group_stats(e, tenant, body)) for e in engines}) == 1


def test_what_is_not_the_tenants_is_not_found(engine: DuckDB, oracle: World) -> None:
    """A project of one tenant, asked for by the other; and what is nobody's."""
    session = next(iter(oracle.sessions.values()))
    other = next(
        s["tenant_id"] for s in oracle.sessions.values() if s["tenant_id"] != session["tenant_id"]
    )
    _, over, _ = shared(oracle)
    mine, dataset = session["tenant_id"], oracle.sessions[over[0]]["reference_dataset_id"]
    conversations = {"session_id": session["id"], "group_by": "conversation"}
    comparison = {"session_ids": [UNKNOWN], "group_by": "run_metadata", "metadata_key": "model"}
    asks: list[Callable[[], object]] = [
        lambda: group_stats(engine, other, conversations),
        lambda: thread_stats(engine, other, "thread", session["id"], ["TURNS"]),
        lambda: group_runs(engine, other, dataset, comparison | {"session_ids": over}),
        lambda: group_runs(engine, mine, UNKNOWN, comparison),
        lambda: group_runs(engine, mine, dataset, comparison),
        lambda: shared_dataset_stats(engine, None, UNKNOWN, {}),
    ]
    for ask in asks:
        with pytest.raises(NotFound):
            ask()


def test_every_select_is_known(document: dict[str, Any]) -> None:
    """The names that the random requests draw from are those of the document."""
    schema = document["components"]["schemas"]["RunStatsSelect"]
    assert sorted(SELECTABLE) == sorted(schema["enum"])

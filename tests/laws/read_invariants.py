"""What holds in every answer of LangSmith's reads of rows, and between the answers of two of them:
a line each, in OF_RUNS and OF_READS.

Each of OF_RUNS is about a run as v1 shows it; True where it holds. Each of OF_READS asks what it
needs of a window of a project, and raises AssertionError where it does not hold. Sums of USD are
compared in whole nano-USD.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from attrs import frozen

from tests.laws.figures import nano
from tests.laws.invariants import OF_FEEDBACK, OF_FIGURES
from tests.oracles.answered_rows import Reader, Row

SIZES = (1, 3, 7, 20, 100)
KINDS = ("prompt", "completion")


def parts_are_the_total(run: Row) -> bool:
    """Of tokens, and of costs where any is known."""
    tokens = sum(run[f"{kind}_tokens"] for kind in KINDS) == run["total_tokens"]
    costs = [run[f"{kind}_cost"] for kind in ("total", *KINDS)]
    if costs.count(None):
        return tokens and costs.count(None) == len(costs)
    total, *parts = map(nano, costs)
    return tokens and sum(parts) == total


def details_are_parts(run: Row) -> bool:
    for kind in KINDS:
        tokens, costs = run[f"{kind}_token_details"] or {}, run[f"{kind}_cost_details"] or {}
        if sum(tokens.values()) > run[f"{kind}_tokens"]:
            return False
        if sum(map(nano, costs.values())) > nano(run[f"{kind}_cost"] or "0"):
            return False
    return True


def a_root_is_its_trace(run: Row) -> bool:
    is_root: bool = run["parent_run_id"] is None
    is_own = run["id"] == run["trace_id"], run["parent_run_ids"] == []
    return is_own == (is_root, is_root)


def the_path_ends_in_the_parent(run: Row) -> bool:
    path = run["parent_run_ids"]
    is_path: bool = len({*path, run["id"]}) == len(path) + 1
    return is_path and (not path or (path[0], path[-1]) == (run["trace_id"], run["parent_run_id"]))


def the_order_is_of_the_path(run: Row) -> bool:
    """Each part of dotted_order is a time and the id of a run of the path."""
    ids = [part.partition("Z")[2] for part in run["dotted_order"].split(".")]
    return ids == [*run["parent_run_ids"], run["id"]]


def children_are_below(run: Row) -> bool:
    direct, every = run["direct_child_run_ids"], run["child_run_ids"]
    return {*direct} <= {*every} and len({*every, run["id"]}) == len(every) + 1


def times_are_in_order(run: Row) -> bool:
    times = [run["start_time"], run["first_token_time"], run["end_time"]]
    known = [time for time in times if time is not None]
    return known == sorted(known)


OF_RUNS: dict[str, Callable[[Row], bool]] = {
    "a run: prompt + completion = total": parts_are_the_total,
    "a run: details are within their kind": details_are_parts,
    "a run: without a parent it is the root, its trace's": a_root_is_its_trace,
    "a run: its path leads from the root to the parent": the_path_ends_in_the_parent,
    "a run: dotted_order is the path's": the_order_is_of_the_path,
    "a run: direct children are among all": children_are_below,
    "a run: start ≤ first token ≤ end": times_are_in_order,
}
SELECT = (
    *("id", "trace_id", "parent_run_id", "parent_run_ids", "child_run_ids", "dotted_order"),
    *("start_time", "end_time", "first_token_time", "status", "run_type", "session_id"),
    *(f"{kind}_{what}" for kind in ("total", *KINDS) for what in ("tokens", "cost")),
    *(f"{kind}_{what}_details" for kind in KINDS for what in ("token", "cost")),
)


@frozen
class Window:
    """Runs of a project within two starts, and chance for what else a law draws."""

    reader: Reader
    chance: random.Random
    project: str
    start: str
    end: str

    @property
    def v1(self) -> Row:
        bounds = {"start_time": self.start, "end_time": self.end}
        return {"session": [self.project], "select": SELECT} | bounds

    @property
    def v2(self) -> Row:
        return {"min_start_time": self.start, "max_start_time": self.end}

    def runs(self, **more: Any) -> list[Row]:
        """All pages of POST /runs/query, without what is None: all but the last are full, runs are
        in order, and none comes twice."""
        body = self.v1 | {"limit": self.chance.choice(SIZES), "order": "asc"} | more
        body = {name: value for name, value in body.items() if value is not None}
        found: list[Row] = []
        while True:
            page = self.reader.post("/api/v1/runs/query", body)
            found += page["runs"]
            cursor = page["cursors"].get("next")
            assert len(page["runs"]) == body["limit"] or cursor is None, page["cursors"]
            if cursor is None:
                break
            body |= {"cursor": cursor}
        starts = [run["start_time"] for run in found]
        assert starts == sorted(starts)
        assert len({run["id"] for run in found}) == len(found)
        return found

    def items(self, path: str, **body: Any) -> list[Row]:
        """All pages of a list of v2."""
        body |= self.v2 | {"page_size": self.chance.choice(SIZES)}
        found: list[Row] = []
        while True:
            page = self.reader.post(path, body)
            found += page["items"]
            cursor = page.get("next_cursor")
            assert len(page["items"]) == body["page_size"] or cursor is None
            if cursor is None:
                return found
            body |= {"cursor": cursor}

    def stats(self, **more: Any) -> Row:
        bounds = {"start_time": self.start, "end_time": self.end}
        asked = {"session": [self.project]} | bounds | more
        answer: Row = self.reader.post("/api/v1/runs/stats", asked)
        return answer

    def thread_stats(self, *select: str) -> Row:
        body = {"project_id": self.project, "select": select} | self.v2
        answer: Row = self.reader.post("/v2/threads/stats", body)
        return answer


def rows_keep_what_holds_of_runs(window: Window) -> None:
    for run in window.runs():
        assert [name for name, holds in OF_RUNS.items() if not holds(run)] == [], run


def figures_keep_what_holds_of_statistics(window: Window) -> None:
    """Of RunStats, whose texts, costs and times have the names of figures."""
    found = window.stats()
    found |= {f"{kind}_cost": nano(found[f"{kind}_cost"]) for kind in ("total", *KINDS)}
    for kind in KINDS:
        costs = found[f"{kind}_cost_details"]
        found[f"{kind}_cost_details"] = {name: nano(cost) for name, cost in costs.items()}
    assert [name for name, holds in OF_FIGURES.items() if holds(found) is False] == []
    for key, stats in found["feedback_stats"].items():
        broken = [name for name, holds in OF_FEEDBACK.items() if holds(stats) is False]
        assert broken == [], key


def statistics_are_of_the_rows(window: Window) -> None:
    """Of root runs, none of which is in another: counts, sums and the last start."""
    runs, found = window.runs(is_root=True), window.stats(is_root=True)
    assert found["run_count"] == len(runs)
    assert found["last_run_start_time"] == max((r["start_time"] for r in runs), default=None)
    for kind in ("total", *KINDS):
        assert found[f"{kind}_tokens"] == sum(run[f"{kind}_tokens"] for run in runs)
        costs = sum(nano(run[f"{kind}_cost"] or "0") for run in runs)
        assert nano(found[f"{kind}_cost"]) == costs


def one_run_is_its_row(window: Window) -> None:
    runs = window.runs(select=None)
    for run in window.chance.sample(runs, min(2, len(runs))):
        one = window.reader.get(f"/api/v1/runs/{run['id']}")
        assert {name: one[name] for name in run} == run


def roots_are_the_traces(window: Window) -> None:
    """In v1 and v2, as runs and as traces, the latest first."""
    v1 = {run["id"] for run in window.runs(is_root=True)}
    body = {"selects": ["ID", "TRACE_ID", "IS_ROOT"]}
    v2 = window.items("/v2/runs/query", project_ids=[window.project], is_root=True, **body)
    traces = window.items("/v2/traces/query", project_id=window.project, **body)
    assert {run["id"] for run in v2} == v1
    assert len(v2) == len(v1)
    assert [trace["root_run"]["id"] for trace in traces] == [run["id"] for run in v2]


def a_trace_is_its_runs(window: Window) -> None:
    """In v1 by `trace`, in v2 by its path; and what each run has below it is there."""
    runs = window.runs(is_root=True)
    for root in window.chance.sample(runs, min(2, len(runs))):
        of_trace = window.runs(trace=root["id"], start_time=None, end_time=None)
        path = f"/v2/traces/{root['id']}/runs"
        v2 = window.reader.get(path, project_id=window.project, selects=["ID"])["items"]
        ids = {run["id"] for run in of_trace}
        assert {run["id"] for run in v2} == ids == {root["id"], *root["child_run_ids"]}
        above = {child: run["id"] for run in of_trace for child in run["direct_child_run_ids"]}
        parents = {run["id"]: run["parent_run_id"] for run in of_trace}
        assert above | {root["id"]: None} == parents


def threads_add_up(window: Window) -> None:
    """A page's threads are those of the aggregate, and of the group's list: counts and sums."""
    threads = window.items("/v2/threads/query", project_id=window.project)
    of_all = window.thread_stats("THREAD_COUNT", "TRACE_COUNT", "TOTAL_TOKENS", "TOTAL_COST")
    assert of_all["thread_count"] == len(threads) == len({t["thread_id"] for t in threads})
    assert of_all["trace_count"] == sum(thread["count"] for thread in threads)
    assert of_all["total_tokens"] == sum(thread["total_tokens"] for thread in threads)
    assert nano(of_all["total_cost"]) == sum(nano(thread["total_cost"]) for thread in threads)
    for thread in threads:
        assert 0 <= thread["num_errored_turns"] <= thread["count"]
        assert (thread["count"] == 1) <= (thread["first_trace_id"] == thread["last_trace_id"])


def a_thread_is_its_traces(window: Window) -> None:
    """Without a window: what is told of it in one list is what its traces add up to."""
    threads = window.items("/v2/threads/query", project_id=window.project)
    for thread in window.chance.sample(threads, min(2, len(threads))):
        id_ = thread["thread_id"]
        asked = {"project_id": window.project, "page_size": 100}
        selects = ["TRACE_ID", "TOTAL_TOKENS", "START_TIME"]
        path = f"/v2/threads/{id_}/traces"
        traces = window.reader.get(path, selects=selects, **asked)["items"]
        stats = window.reader.get(
            f"/v2/threads/{id_}/stats",
            session_id=window.project,
            selects=["TURNS", "TOTAL_TOKENS", "LAST_START_TIME"],
        )
        assert stats["turns"] == len(traces) >= thread["count"]
        assert stats["total_tokens"] == sum(trace["total_tokens"] for trace in traces)
        assert stats["last_start_time"] == max(trace["start_time"] for trace in traces)


def groups_add_up(window: Window) -> None:
    """The pages of /runs/group have the threads that /runs/group/stats counts."""
    asked = {"session_id": window.project, "group_by": "conversation"}
    asked |= {"start_time": window.start, "end_time": window.end}
    size = window.chance.choice(SIZES)
    groups: list[Row] = []
    while True:
        paging = {"limit": size, "offset": len(groups)}
        page = window.reader.post("/api/v1/runs/group", asked | paging)
        groups += page["groups"]
        if not page["groups"]:
            break
    stats = window.reader.post("/api/v1/runs/group/stats", asked)
    assert len(groups) == page["total"] == stats["group_count"]
    assert sum(group["count"] for group in groups) == stats["run_count"]
    assert sum(group["total_tokens"] for group in groups) == stats["total_tokens"]
    assert sum(nano(group["total_cost"]) for group in groups) == nano(stats["total_cost"])


OF_READS: dict[str, Callable[[Window], None]] = {
    "each row keeps what holds of runs, and each page is full": rows_keep_what_holds_of_runs,
    "statistics keep what holds of figures": figures_keep_what_holds_of_statistics,
    "root runs add up to their statistics": statistics_are_of_the_rows,
    "a run alone is its row in a page": one_run_is_its_row,
    "root runs are traces, in v1 and v2": roots_are_the_traces,
    "a trace is its root and what is below": a_trace_is_its_runs,
    "threads add up to their aggregate": threads_add_up,
    "a thread's numbers are those of its traces": a_thread_is_its_traces,
    "groups of runs add up to group stats": groups_add_up,
}


def windows(reader: Reader, chance: random.Random, count: int) -> Iterator[Window]:
    """Random windows between the starts of two runs of a project that has some."""
    times: dict[str, list[str]] = {}
    for project in reader.projects():
        body = {"session": [project["id"]], "limit": 100, "select": ["start_time"]}
        runs = reader.post("/api/v1/runs/query", body)["runs"]
        if runs:
            times[project["id"]] = [run["start_time"] for run in runs]
    for _ in range(count):
        id_ = chance.choice(list(times))
        start, *_, end = sorted(chance.choices(times[id_], k=4))
        yield Window(reader, chance, id_, start, end)

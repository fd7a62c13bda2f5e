"""Random good requests to LangSmith's four operations, each with the answer that the oracle gives.

A request is drawn around one run of the data: its parameters are true of that run, most of the
time, so that most answers are about something.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import Any

from attrs import frozen

from tests.oracles.experiment_oracle import compared
from tests.oracles.langsmith_answers import narrowed
from tests.oracles.langsmith_filters import Filters
from tests.oracles.run_oracle import Passes, Run, World, entries, micros, within

OPERATIONS = ("group_stats", "shared_stats", "group_runs", "thread_stats")
SELECTABLE = (
    *("run_count", "latency_p50", "latency_p99", "latency_avg", "first_token_p50"),
    *("first_token_p99", "total_tokens", "prompt_tokens", "completion_tokens", "median_tokens"),
    *("completion_tokens_p50", "prompt_tokens_p50", "tokens_p99", "completion_tokens_p99"),
    *("prompt_tokens_p99", "last_run_start_time", "feedback_stats", "thread_feedback_stats"),
    *("run_facets", "error_rate", "streaming_rate", "total_cost", "prompt_cost"),
    *("completion_cost", "cost_p50", "cost_p99", "session_feedback_stats", "all_run_stats"),
    *("all_token_stats", "prompt_token_details", "completion_token_details"),
    *("prompt_cost_details", "completion_cost_details"),
)
SELECTS = (
    *("TURNS", "FIRST_START_TIME", "LAST_START_TIME", "LAST_END_TIME", "LATENCY_P50"),
    *("LATENCY_P99", "PROMPT_TOKENS", "PROMPT_COST", "COMPLETION_TOKENS", "COMPLETION_COST"),
    *("TOTAL_TOKENS", "TOTAL_COST", "PROMPT_TOKEN_DETAILS", "COMPLETION_TOKEN_DETAILS"),
    *("PROMPT_COST_DETAILS", "COMPLETION_COST_DETAILS"),
)
GROUPINGS = {
    "run_metadata": ("model", "temperature", "shots", "env", "env"),
    "example_metadata": ("topic", "split", "difficulty"),
}
PATHS = ("model", "temperature", "env", "shots", "ls_provider", "nothing")


@frozen
class Request:
    """A request as its handler takes it, and what the oracle answers.

    `arguments` are the documented ones, by name. The answer is that of the operation, facets
    without their queries; of group_runs, a list of what `experiment_oracle.compared` gives.
    """

    operation: str
    tenant: str | None
    arguments: dict[str, Any]
    expected: Any


def draws(seed: object) -> random.Random:
    return random.Random(str(seed))  # noqa: S311 - repeatable, and no secret


def any_case(chance: random.Random, id_: str) -> str:
    return id_.upper() if chance.random() < 0.3 else id_


def any_form(chance: random.Random, time: str) -> str:
    """The same time, perhaps written otherwise."""
    if chance.random() < 0.6:
        return time
    zone = timezone(timedelta(minutes=chance.choice([-570, -60, 0, 120, 345])))
    text = datetime.fromisoformat(time).astimezone(zone).isoformat(timespec="microseconds")
    return chance.choice([text, text.replace("T", "t"), time.lower(), f"{time[:-1]}000Z"])


def any_window(chance: random.Random, pool: list[Run], run: Run) -> tuple[dict[str, str], Passes]:
    """start_time, end_time, both or none, around a run; both are times of runs, so that the bounds
    themselves matter."""
    body = {}
    for name, earlier in (("start_time", True), ("end_time", False)):
        if chance.random() < 0.2:
            other = chance.choice(pool)["start_time"]
            if (other <= run["start_time"]) == earlier or chance.random() < 0.05:
                body[name] = any_form(chance, other)
    start, end = micros(body.get("start_time")), micros(body.get("end_time"))
    return body, lambda run: within(run, start, end)


class Requests:
    """Random requests over a World."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.shared = next(row for row in world.datasets if row["share_token"])
        over = [s["id"] for s in world.sessions.values() if self._is_over(s)]
        self.experiments = [id_ for id_ in over if world.of_session[id_]]
        self.pool = [run for id_ in self.experiments for run in world.of_session[id_]]
        self.all = list(world.runs.values())
        self.threads = [r for r in self.all if r["thread"] is not None and not r["parent_run_id"]]
        self.root = {r["trace_id"]: r for r in self.all if r["parent_run_id"] is None}

    def _is_over(self, session: dict[str, Any]) -> bool:
        same = session["tenant_id"] == self.shared["tenant_id"]
        return same and bool(session["reference_dataset_id"] == self.shared["id"])

    def any(self, chance: random.Random, operation: str) -> Request:
        request: Request = getattr(self, operation)(chance)
        return request

    def group_stats(self, chance: random.Random) -> Request:
        run = chance.choice(self.threads)
        session = run["session_id"]
        if chance.random() < 0.05:
            session = chance.choice(list(self.world.sessions))
        roots = self.world.roots(run["session_id"])
        body, _ = any_window(chance, roots, run)
        start, end = micros(body.get("start_time")), micros(body.get("end_time"))
        asked: dict[str, Any] = {
            "session_id": any_case(chance, session),
            "group_by": "conversation",
            **body,
        }
        passes: Passes = lambda _: True  # noqa: E731 - a filter that is not there
        if chance.random() < 0.6:
            asked["filter"], passes = Filters(self.world, roots).true_of(chance, run)
        for name, most in (("offset", 50), ("limit", 100)):
            if chance.random() < 0.5:
                asked[name] = chance.randint(1, most)
        expected = self.world.group_stats(session, passes, start, end)
        tenant = self.world.sessions[session]["tenant_id"]
        return Request("group_stats", tenant, {"body": asked}, expected)

    def thread_stats(self, chance: random.Random) -> Request:
        run = chance.choice(self.threads)
        session, thread = run["session_id"], run["thread"]
        if chance.random() < 0.05:
            thread = "no such thread"
        selects = chance.choices(SELECTS, k=chance.randint(1, 20))
        names = {select.lower() for select in selects}
        names |= {f"{name}_seconds" for name in names if name.startswith("latency")}
        stats = self.world.thread_stats(session, thread)
        arguments = {
            "thread_id": thread,
            "session_id": any_case(chance, session),
            "selects": selects,
        }
        return Request(
            "thread_stats",
            self.world.sessions[session]["tenant_id"],
            arguments,
            {name: value for name, value in stats.items() if name in names},
        )

    def group_runs(self, chance: random.Random) -> Request:
        many = chance.choice([1, chance.randint(2, len(self.experiments))])
        sessions = chance.sample(self.experiments, k=many)
        by = chance.choice(list(GROUPINGS))
        filters = Filters(self.world, self.pool)
        given = {
            session: [
                filters.true_of(chance, chance.choice(self.world.roots(session)), 1)
                for _ in range(chance.randint(1, 2))
            ]
            for session in sessions
            if chance.random() < 0.15
        }
        body: dict[str, Any] = {
            "session_ids": [any_case(chance, session) for session in sessions],
            "group_by": by,
            "metadata_key": chance.choice([*GROUPINGS[by] * 5, "nothing"]),
            "preview": chance.random() < 0.5,
        }
        for name, least, most in (("offset", 0, 1), ("limit", 1, 5), ("per_group_limit", 1, 10)):
            if chance.random() < 0.3:
                body[name] = chance.randint(least, most)
        if given or chance.random() < 0.1:
            body["filters"] = {
                any_case(chance, session): [text for text, _ in pairs]
                for session, pairs in given.items()
            } or None
        offset = body.get("offset", 0)
        expected = compared(
            self.world,
            self.shared["id"],
            sessions,
            by=by,
            key=body["metadata_key"],
            filters={session: [passes for _, passes in p] for session, p in given.items()},
            page=slice(offset, offset + body.get("limit", 10)),
            most=body.get("per_group_limit", 5),
            preview=body["preview"],
        )
        arguments = {"dataset_id": any_case(chance, self.shared["id"]), "body": body}
        return Request("group_runs", self.shared["tenant_id"], arguments, expected)

    def shared_stats(self, chance: random.Random) -> Request:
        body, runs = self.selection(chance)
        if chance.random() < 0.5:
            body["select"] = chance.choices(SELECTABLE, k=chance.randint(0, 6))
        expected: Any
        if chance.random() < 0.3:
            expected = self._grouped(chance, body, runs)
        else:
            expected = narrowed(self.world.run_stats(runs), body.get("select"))
        arguments = {"share_token": any_case(chance, self.shared["share_token"]), "body": body}
        return Request("shared_stats", None, arguments, expected)

    def _grouped(
        self, chance: random.Random, body: dict[str, Any], runs: list[Run]
    ) -> dict[str, Any]:
        attribute = chance.choice(["name", "run_type", "tag", "metadata"])
        group_by: dict[str, Any] = {"attribute": attribute}
        key, most = attribute, 5
        if attribute == "metadata":
            group_by["path"] = chance.choice(PATHS)
            key = f"metadata.{group_by['path']}"
        if chance.random() < 0.5:
            most = group_by["max_groups"] = chance.randint(1, 30)
        body["group_by"] = group_by
        groups = self.world.grouped(runs, key)
        if chance.random() < 0.3:
            body["groups"] = [value for value, _ in groups if chance.random() < 0.6] + ["else"]
            groups = [group for group in groups if group[0] in body["groups"]]
        return {
            "null" if value is None else value: narrowed(
                self.world.run_stats(of_it), body.get("select")
            )
            for value, of_it in groups[:most]
        }

    def selection(self, chance: random.Random) -> tuple[dict[str, Any], list[Run]]:
        """A body without select and group_by, and the runs that it is about."""
        run = chance.choice(self.pool)
        asked, in_window = any_window(chance, self.pool, run)
        body: dict[str, Any] = dict(asked)
        tests: list[Passes] = [in_window]

        def maybe(name: str, value: Any, passes: Passes, probability: float = 0.12) -> None:
            if chance.random() < probability and (passes(run) or chance.random() < 0.05):
                body[name] = value
                tests.append(passes)
            elif chance.random() < 0.03:
                body[name] = None

        other, example = chance.choice(self.pool), chance.choice(self.pool)["reference_example_id"]
        trace, parent = run["trace_id"], run["parent_run_id"]
        maybe("trace", any_case(chance, trace), lambda r: r["trace_id"] == trace, 0.05)
        if parent:
            maybe("parent_run", any_case(chance, parent), lambda r: r["parent_run_id"] == parent)
        maybe("run_type", run["run_type"], lambda r: r["run_type"] == run["run_type"])
        sessions = {run["session_id"], other["session_id"]}
        named = [any_case(chance, session) for session in sorted(sessions)]
        maybe("session", named, lambda r: r["session_id"] in sessions)
        examples = {run["reference_example_id"], example} - {None}
        named = [any_case(chance, id_) for id_ in sorted(examples)]
        maybe("reference_example", named, lambda r: r["reference_example_id"] in examples)
        maybe("execution_order", 1, lambda r: r["parent_run_id"] is None)
        is_root = run["parent_run_id"] is None
        maybe("is_root", is_root, lambda r: (r["parent_run_id"] is None) == is_root)
        error = run["status"] == "error"
        maybe("error", error, lambda r: (r["status"] == "error") == error)
        words = run["name"].upper().replace("-", " ")
        maybe("query", words, lambda r: _says(r, words))
        filters = Filters(self.world, self.pool)
        for name in ("filter", "search_filter"):
            maybe(name, *filters.true_of(chance, run), 0.25)
        text, on_root = filters.true_of(chance, self.root[trace])
        maybe("trace_filter", text, lambda r: on_root(self.root[r["trace_id"]]))
        text, on_any = filters.true_of(chance, chance.choice(self.world.trees[trace]))
        maybe("tree_filter", text, lambda r: any(map(on_any, self.world.trees[r["trace_id"]])))
        for name, value in (("data_source_type", "current"), ("skip_pagination", True)):
            maybe(name, value, lambda _: True)
        if chance.random() < 0.1:
            body["use_experimental_search"] = True
        if chance.random() < 0.06:
            ids = {r["id"] for r in chance.choices(self.pool, k=chance.randint(1, 60))}
            body["id"] = [any_case(chance, id_) for id_ in sorted(ids)]
            return body, [r for r in self.pool if r["id"] in ids]
        return body, [r for r in self.pool if all(passes(r) for passes in tests)]


def _says(run: Run, words: str) -> bool:
    """Every word occurs in the run's name, error, tags or documents, in any case."""
    texts = [run["name"], run["error"] or "", *(run["tags"] or ())]
    for column in ("metadata", "inputs", "outputs"):
        texts += [part for entry in entries(run[column] or {}) for part in entry]
    everything = "\n".join(texts).lower()
    return all(word in everything for word in words.lower().split())

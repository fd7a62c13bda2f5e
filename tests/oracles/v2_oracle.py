"""What LangSmith's v2 operations answer, worked out a second time over a World's rows, and random
good requests to them. Lists are whole: how they are paged is for who asks."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from attrs import frozen

from tests.oracles.langsmith_filters import Filters
from tests.oracles.langsmith_requests import any_case, any_window
from tests.oracles.run_oracle import Passes, Run, World, latency, micros, per_billion, per_million

OPERATIONS = ("runs", "traces", "threads", "thread_traces", "thread_stats", "all_threads")
DAY = 86_400 * 10**6
RUN_SELECTS = (
    *("ID", "NAME", "RUN_TYPE", "STATUS", "START_TIME", "END_TIME", "LATENCY_SECONDS"),
    *("FIRST_TOKEN_TIME", "ERROR", "ERROR_PREVIEW", "EXTRA", "METADATA", "EVENTS", "INPUTS"),
    *("INPUTS_PREVIEW", "OUTPUTS", "OUTPUTS_PREVIEW", "MANIFEST", "PARENT_RUN_IDS"),
    *("PROJECT_ID", "TRACE_ID", "THREAD_ID", "DOTTED_ORDER", "IS_ROOT", "REFERENCE_EXAMPLE_ID"),
    *("REFERENCE_DATASET_ID", "TOTAL_TOKENS", "PROMPT_TOKENS", "COMPLETION_TOKENS"),
    *("TOTAL_COST", "PROMPT_COST", "COMPLETION_COST", "PROMPT_TOKEN_DETAILS"),
    *("COMPLETION_TOKEN_DETAILS", "PROMPT_COST_DETAILS", "COMPLETION_COST_DETAILS"),
    *("PRICE_MODEL_ID", "TAGS", "APP_PATH", "ATTACHMENTS", "THREAD_EVALUATION_TIME"),
    *("IS_IN_DATASET", "LAST_QUEUED_AT", "SHARE_URL", "FEEDBACK_STATS", "LS_USER_ID"),
)
TRACE_SELECTS = (
    *("THREAD_ID", "TRACE_ID", "OP", "PROMPT_TOKENS", "COMPLETION_TOKENS", "TOTAL_TOKENS"),
    *("START_TIME", "END_TIME", "LATENCY", "FIRST_TOKEN_TIME", "INPUTS_PREVIEW"),
    *("OUTPUTS_PREVIEW", "INPUTS", "OUTPUTS", "ERROR", "PROMPT_COST", "COMPLETION_COST"),
    *("TOTAL_COST", "PROMPT_TOKEN_DETAILS", "COMPLETION_TOKEN_DETAILS"),
    *("PROMPT_COST_DETAILS", "COMPLETION_COST_DETAILS", "NAME", "ERROR_PREVIEW", "TURN_NUMBER"),
)
AGGREGATES = (
    *("THREAD_COUNT", "TRACE_COUNT", "TOTAL_TOKENS", "TOTAL_COST", "ERROR_RATE"),
    *("STREAMING_RATE", "LATENCY_P50", "LATENCY_P99", "MEDIAN_TOKENS", "FIRST_TOKEN_P50"),
    *("FIRST_TOKEN_P99", "PROMPT_TOKENS", "COMPLETION_TOKENS", "PROMPT_COST"),
    *("COMPLETION_COST", "PROMPT_TOKEN_DETAILS", "COMPLETION_TOKEN_DETAILS"),
    *("PROMPT_COST_DETAILS", "COMPLETION_COST_DETAILS", "THREAD_FEEDBACK_STATS"),
)
_OPS = ("tool", "chain", "llm", "retriever", "embedding", "prompt", "parser")
_UNITS = {"SECOND": 10**6, "MINUTE": 60 * 10**6, "HOUR": 3600 * 10**6, "DAY": DAY}


@frozen
class V2Request:
    """A request as its handler takes it, and what the oracle answers: the whole list of items, or
    the answer itself."""

    operation: str
    tenant: str
    arguments: dict[str, Any]
    expected: Any


def place(run: Run) -> tuple[str, str]:
    """Runs are ordered by start and then id."""
    return run["start_time"], run["id"]


def preview(document: Any) -> str | None:
    if document is None:
        return None
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))[:200]


def present(fields: dict[str, Any], *, nullable: Iterable[str] = ()) -> dict[str, Any]:
    return {k: v for k, v in fields.items() if v is not None or k in nullable}


class V2:
    """The answers, and random requests."""

    def __init__(self, world: World, now: str) -> None:
        self.world = world
        latest = max(micros(run["start_time"]) or 0 for run in world.runs.values())
        self.now = max(micros(now) or 0, latest + 1)
        self.all = list(world.runs.values())
        self.roots = [run for run in self.all if run["parent_run_id"] is None]
        self.root = {run["trace_id"]: run for run in self.roots}
        self.turns = [run for run in self.roots if run["thread"] is not None]
        self.sources = {row["source_run_id"] for row in world.examples.values()}

    # Runs and traces, shown.

    def segments(self, run: Run) -> str:
        above = list(self.world.ancestors(run))[::-1]
        parts = [self.world.runs[id_] for id_ in above] + [run]
        return ".".join(
            "".join(c for c in part["start_time"] if c not in "-:.") + part["id"] for part in parts
        )

    def raw(self, run: Run, column: str, unit: Callable[[int], Any]) -> dict[str, Any] | None:
        amounts = run[column] or {}
        return {"raw": {name: unit(n) for name, n in amounts.items()}} if amounts else None

    def of_both(self, run: Run) -> dict[str, Any]:
        found = {
            "name": run["name"],
            "error": run["error"],
            "error_preview": run["error"] and run["error"][:200],
            "trace_id": run["trace_id"],
            "thread_id": run["thread"] if run["thread"] is None else str(run["thread"]),
            **{name: run[name] for name in ("start_time", "end_time", "first_token_time")},
            **{name: run[name] for name in ("inputs", "outputs")},
            **{f"{name}_preview": preview(run[name]) for name in ("inputs", "outputs")},
        }
        for kind in ("total", "prompt", "completion"):
            found[f"{kind}_tokens"] = run[f"{kind}_tokens"] or 0
            found[f"{kind}_cost"] = per_billion(run[f"{kind}_cost_nano"])
        for kind in ("prompt", "completion"):
            tokens, costs = f"{kind}_token_details", f"{kind}_cost_details"
            found[tokens] = self.raw(run, tokens, int)
            found[costs] = self.raw(run, f"{costs}_nano", per_billion)
        return found

    def run(self, run: Run, selects: Iterable[str]) -> dict[str, Any]:
        example = self.world.examples.get(run["reference_example_id"])
        metadata = run["metadata"] or {}
        path = f"/o/{run['tenant_id']}/projects/p/{run['session_id']}/r/{run['id']}"
        runtime = run.get("runtime")
        token = run.get("share_token")
        fields = {
            **self.of_both(run),
            "id": run["id"],
            "run_type": run["run_type"].upper(),
            "status": run["status"].upper(),
            "latency_seconds": per_million(latency(run)),
            "extra": {"metadata": metadata} | ({"runtime": runtime} if runtime else {}),
            "metadata": metadata,
            "events": run.get("events"),
            "parent_run_ids": list(self.world.ancestors(run))[::-1],
            "project_id": run["session_id"],
            "dotted_order": self.segments(run),
            "is_root": run["parent_run_id"] is None,
            "reference_example_id": run["reference_example_id"],
            "reference_dataset_id": example and example["dataset_id"],
            "tags": run["tags"] or [],
            "app_path": f"{path}?trace_id={run['trace_id']}&start_time={run['start_time']}",
            "is_in_dataset": run["id"] in self.sources,
            "share_url": token and f"https://smith.langchain.com/public/{token}/r",
            "feedback_stats": self.world.feedback_stats([run]),
        }
        chosen = {name.lower() for name in selects}
        shown = {name: value for name, value in fields.items() if name in chosen}
        return present(shown, nullable=["end_time"])

    def trace(self, run: Run, selects: Iterable[str]) -> dict[str, Any]:
        thread = sorted(self.thread(run["session_id"], run["thread"]), key=place)
        fields = {
            **self.of_both(run),
            "op": _OPS.index(run["run_type"]) + 1,
            "latency": per_million(latency(run)),
            "turn_number": 1 + [other["id"] for other in thread].index(run["id"]),
        }
        chosen = {name.lower() for name in selects} | {"trace_id"}
        shown = {name: value for name, value in fields.items() if name in chosen}
        return present(shown, nullable=["end_time"])

    def aggregates(self, root: Run, selects: Iterable[str]) -> dict[str, Any] | None:
        tree = self.world.trees[root["trace_id"]]
        firsts = [run["first_token_time"] for run in tree if run["first_token_time"] is not None]
        cost = [run["total_cost_nano"] for run in tree if run["total_cost_nano"] is not None]
        stats = self.world.run_stats(tree)
        fields = {
            "TOTAL_TOKENS": ("total_tokens", stats["total_tokens"]),
            "TOTAL_COST": ("total_cost", stats["total_cost"] if cost else None),
            "FIRST_TOKEN_TIME": ("first_token_time", min(firsts, default=None)),
        }
        chosen = [fields[name] for name in fields if name in selects]
        return present(dict(chosen)) if chosen else None

    # Threads.

    def thread(self, session: str, thread: str) -> list[Run]:
        return [r for r in self.turns if (r["session_id"], r["thread"]) == (session, thread)]

    def by_thread(self, runs: Iterable[Run]) -> dict[str, list[Run]]:
        found: dict[str, list[Run]] = defaultdict(list)
        for run in sorted(runs, key=place):
            found[run["thread"]].append(run)
        return found

    def matching(self, session: str, window: Passes, tests: list[Passes]) -> dict[str, list[Run]]:
        """The threads' turns in a window, of those with one that passes, for each test."""
        turns = [run for run in self.turns if run["session_id"] == session and window(run)]
        return {
            thread: of_it
            for thread, of_it in self.by_thread(turns).items()
            if all(any(map(test, of_it)) for test in tests)
        }

    def below(self, turns: Iterable[Run]) -> list[Run]:
        return [run for turn in turns for run in self.world.trees[turn["trace_id"]]]

    def summary(self, thread: str, turns: list[Run]) -> dict[str, Any]:
        stats, first, last = self.world.run_stats(turns), turns[0], turns[-1]
        failed = [run for run in turns if run["status"] == "error"]
        tokens: Counter[str] = Counter()
        costs: Counter[str] = Counter()
        for run in turns:
            for kind in ("prompt", "completion"):
                tokens.update(run[f"{kind}_token_details"] or {})
                costs.update(run[f"{kind}_cost_details_nano"] or {})
        error = failed[-1]["error"] if failed else None
        return present(
            {
                "thread_id": thread,
                "trace_id": last["id"],
                "start_time": last["start_time"],
                "first_trace_id": first["id"],
                "last_trace_id": last["id"],
                "first_inputs": preview(first["inputs"]),
                "last_outputs": preview(last["outputs"]),
                "last_error": error and error[:200],
                "count": len(turns),
                "num_errored_turns": len(failed),
                "min_start_time": first["start_time"],
                "max_start_time": last["start_time"],
                "latency_p50": stats["latency_p50"],
                "latency_p99": stats["latency_p99"],
                "total_tokens": stats["total_tokens"],
                "total_cost": stats["total_cost"],
                "total_token_details": dict(tokens),
                "total_cost_details": {name: per_billion(n) for name, n in costs.items()},
                "feedback_stats": self.world.feedback_stats(self.below(turns)),
            }
        )

    def aggregate(self, threads: dict[str, list[Run]], select: Iterable[str]) -> dict[str, Any]:
        turns = [run for of_it in threads.values() for run in of_it]
        stats = self.world.run_stats(turns)
        failed = sum(
            any(run["status"] == "error" for run in self.world.trees[turn["trace_id"]])
            for turn in turns
        )
        fields = {
            **{name: stats[name.lower()] for name in AGGREGATES if name.lower() in stats},
            "THREAD_COUNT": len(threads),
            "TRACE_COUNT": len(turns),
            "ERROR_RATE": float(Fraction(failed, len(turns))) if turns else None,
            "THREAD_FEEDBACK_STATS": {},
        }
        return present(
            {
                name.lower() + ("_seconds" if name[-4:] in ("_P50", "_P99") else ""): fields[name]
                for name in select
            }
        )

    # Requests.

    def any(self, chance: random.Random, operation: str) -> V2Request:
        request: V2Request = getattr(self, operation)(chance)
        return request

    def window(self, chance: random.Random, run: Run) -> tuple[dict[str, Any], Passes]:
        """Bounds of a window around a run, most of the time, and whether a run is in it."""
        bounds, _ = any_window(chance, self.all, run)
        names = {"start_time": "min_start_time", "end_time": "max_start_time"}
        body = {names[name]: bound for name, bound in bounds.items()}
        if "min_start_time" not in body and chance.random() < 0.9:
            body["min_start_time"] = min(self.all, key=place)["start_time"]
        start = micros(body.get("min_start_time")) or self.now - DAY
        end = micros(body.get("max_start_time")) or self.now
        return body, lambda other: start <= (micros(other["start_time"]) or 0) < end

    def filters(
        self, chance: random.Random, root: Run, names: Iterable[str]
    ) -> tuple[dict[str, str], list[Passes]]:
        """Filters of traces, each true of a root run's trace; tested on a root run."""
        asked: dict[str, str] = {}
        tests: list[Passes] = []
        drawn = Filters(self.world, self.world.of_session[root["session_id"]])
        for name in names:
            if chance.random() < 0.3:
                tree = self.world.trees[root["trace_id"]]
                at = chance.choice(tree) if name == "tree_filter" else root
                asked[name], passes = drawn.true_of(chance, at)
                tests.append(self.in_tree(passes) if name == "tree_filter" else passes)
        return asked, tests

    def in_tree(self, passes: Passes) -> Passes:
        return lambda run: any(map(passes, self.world.trees[run["trace_id"]]))

    def selects(
        self, chance: random.Random, known: tuple[str, ...], none: tuple[str, ...]
    ) -> tuple[dict[str, Any], list[str]]:
        if chance.random() < 0.1:
            return {}, list(none)
        chosen = chance.sample(known, chance.randint(1, len(known)))
        return {"selects": chosen}, chosen

    def runs(self, chance: random.Random) -> V2Request:
        run = chance.choice(self.all)
        window, in_window = self.window(chance, run)
        body: dict[str, Any] = dict(window)
        other = chance.choice(self.all)
        same = other["tenant_id"] == run["tenant_id"]
        sessions = {run["session_id"]} | ({other["session_id"]} if same else set())
        tests: list[Passes] = [in_window, lambda r: r["session_id"] in sessions]
        body["project_ids"] = [any_case(chance, id_) for id_ in sorted(sessions)]
        dataset = self.world.sessions[run["session_id"]]["reference_dataset_id"]
        if dataset is not None and chance.random() < 0.4:
            del body["project_ids"]
            body["reference_dataset_id"] = any_case(chance, dataset)
            owned = [
                s
                for s in self.world.sessions.values()
                if (s["tenant_id"], s["reference_dataset_id"]) == (run["tenant_id"], dataset)
            ]
            ids = {session["id"] for session in owned}
            tests[1] = lambda r: r["session_id"] in ids
            if "min_start_time" not in body:
                first = min(session["start_time"] for session in owned)
                end = body.get("max_start_time")
                tests[0] = lambda r: (
                    first <= r["start_time"]
                    and (micros(r["start_time"]) or 0) < (micros(end) or self.now)
                )

        def maybe(name: str, value: Any, passes: Passes, probability: float = 0.12) -> None:
            if chance.random() < probability:
                body[name] = value
                tests.append(passes)

        trace, root = run["trace_id"], self.root[run["trace_id"]]
        ids_of = {r["id"] for r in chance.sample(self.all, 30)} | {run["id"]}
        is_root, error = run["parent_run_id"] is None, run["status"] == "error"
        example = run["reference_example_id"]
        maybe("ids", sorted(ids_of), lambda r: r["id"] in ids_of)
        maybe("trace_id", any_case(chance, trace), lambda r: r["trace_id"] == trace)
        kind = run["run_type"]
        maybe("run_type", kind.upper(), lambda r: r["run_type"] == kind)
        maybe("is_root", is_root, lambda r: (r["parent_run_id"] is None) == is_root)
        maybe("has_error", error, lambda r: (r["status"] == "error") == error)
        maybe("include_subtree_usage", value=True, passes=lambda _: True)
        if example is not None:
            maybe("reference_examples", [example], lambda r: r["reference_example_id"] == example)
        drawn = Filters(self.world, self.world.of_session[run["session_id"]])
        maybe("filter", *drawn.true_of(chance, run), 0.3)
        text, on_root = drawn.true_of(chance, root)
        maybe("trace_filter", text, lambda r: on_root(self.root[r["trace_id"]]))
        text, on_any = drawn.true_of(chance, chance.choice(self.world.trees[trace]))
        maybe("tree_filter", text, self.in_tree(on_any))
        asked, chosen = self.selects(chance, RUN_SELECTS, ("ID",))
        order = chance.choice(["ASC", "DESC"])
        body |= asked | {"sort_order": order}
        found = [r for r in self.all if all(passes(r) for passes in tests)]
        found.sort(key=place, reverse=order == "DESC")
        items = [self.run(r, chosen) for r in found]
        return V2Request("runs", run["tenant_id"], {"body": body}, items)

    def traces(self, chance: random.Random) -> V2Request:
        root = chance.choice(self.roots)
        body, in_window = self.window(chance, root)
        asked, tests = self.filters(chance, root, ("trace_filter", "tree_filter"))
        session = root["session_id"]
        body |= asked | {"project_id": any_case(chance, session)}
        if chance.random() < 0.2:
            ids = {r["id"] for r in chance.sample(self.roots, 10)} | {root["id"]}
            body["trace_ids"] = [any_case(chance, id_) for id_ in sorted(ids)]
            tests.append(lambda r: r["id"] in ids)
        asked, chosen = self.selects(chance, RUN_SELECTS, ("ID",))
        body |= asked
        tests += [in_window, lambda r: r["session_id"] == session]
        found = [r for r in self.roots if all(passes(r) for passes in tests)]
        of_trace = {"TOTAL_TOKENS", "TOTAL_COST", "FIRST_TOKEN_TIME"}
        items = [
            present(
                {
                    "root_run": self.run(r, set(chosen) - of_trace),
                    "trace_aggregates": self.aggregates(r, chosen),
                }
            )
            for r in sorted(found, key=place, reverse=True)
        ]
        return V2Request("traces", root["tenant_id"], {"body": body}, items)

    def threads(self, chance: random.Random) -> V2Request:
        turn = chance.choice(self.turns)
        body, in_window = self.window(chance, turn)
        asked, tests = self.filters(chance, turn, ("filter", "trace_filter", "tree_filter"))
        body |= asked | {"project_id": any_case(chance, turn["session_id"])}
        threads = self.matching(turn["session_id"], in_window, tests)
        latest = sorted(threads, key=lambda name: place(threads[name][-1]), reverse=True)
        items = [self.summary(name, threads[name]) for name in latest]
        return V2Request("threads", turn["tenant_id"], {"body": body}, items)

    def thread_traces(self, chance: random.Random) -> V2Request:
        turn = chance.choice(self.turns)
        asked, tests = self.filters(chance, turn, ("filter", "trace_filter", "tree_filter"))
        selected, chosen = self.selects(chance, TRACE_SELECTS, ())
        found = [
            run
            for run in self.thread(turn["session_id"], turn["thread"])
            if all(passes(run) for passes in tests)
        ]
        items = [self.trace(run, chosen) for run in sorted(found, key=place, reverse=True)]
        arguments = {
            "thread_id": turn["thread"],
            "project_id": any_case(chance, turn["session_id"]),
            **asked,
            **selected,
        }
        return V2Request("thread_traces", turn["tenant_id"], arguments, items)

    def thread_stats(self, chance: random.Random) -> V2Request:
        """With a filter, and feedback: what the thread has without them is for Requests."""
        turn = chance.choice(self.turns)
        drawn = Filters(self.world, self.world.of_session[turn["session_id"]])
        text, passes = drawn.true_of(chance, turn)
        thread = self.thread(turn["session_id"], turn["thread"])
        found = [run for run in thread if passes(run)]
        stats = self.world.run_stats(found)
        expected = {
            "turns": len(found),
            "total_tokens": stats["total_tokens"],
            "latency_p99_seconds": stats["latency_p99"],
            "feedback_stats": self.world.feedback_stats(self.below(found)),
        }
        arguments = {
            "thread_id": turn["thread"],
            "session_id": turn["session_id"],
            "selects": ["TURNS", "TOTAL_TOKENS", "LATENCY_P99", "FEEDBACK_STATS"],
            "filter": text,
        }
        return V2Request("thread_stats", turn["tenant_id"], arguments, present(expected))

    def all_threads(self, chance: random.Random) -> V2Request:
        turn = chance.choice(self.turns)
        body, in_window = self.window(chance, turn)
        asked, tests = self.filters(chance, turn, ("filter", "trace_filter", "tree_filter"))
        select = chance.sample(AGGREGATES, chance.randint(1, len(AGGREGATES)))
        body |= asked | {"project_id": turn["session_id"], "select": select}
        threads = self.matching(turn["session_id"], in_window, tests)
        if chance.random() < 0.5:
            expected: Any = self.aggregate(threads, select)
            return V2Request("all_threads", turn["tenant_id"], {"body": body}, expected)
        unit, value = chance.choice(list(_UNITS)), chance.choice([1, 2, 7, 90])
        width = _UNITS[unit] * value
        buckets: dict[int, dict[str, list[Run]]] = defaultdict(dict)
        for name, turns in threads.items():
            last = micros(turns[-1]["start_time"]) or 0
            buckets[last // width * width][name] = turns
        body["stride"] = {"unit": unit, "value": value}
        expected = [
            {"bucket_start_time": start, **self.aggregate(buckets[start], select)}
            for start in sorted(buckets)
        ]
        return V2Request("all_threads", turn["tenant_id"], {"body": body}, expected)

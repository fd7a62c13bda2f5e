"""What clients must get, worked out from the rows of `tiny` without any of the package's code.

A value is as the server's document has it: v1 or v2. Times are the rows' texts, USD of v1 are
Decimals and of v2 floats. `comparison` says when a client's typed value is equal to it.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from tests.clients.sdks.asked import NOW, TENANT
from tests.oracles.run_oracle import (
    Run,
    World,
    latency,
    micros,
    per_billion,
    per_million,
    percentile,
    rate,
)

Row = dict[str, Any]
KINDS = ("total", "prompt", "completion")
_DAY = 86_400_000_000  # microseconds

# What list_runs of the SDKs asks for where its caller names no fields.
LISTED = frozenset(
    {
        *("app_path", "completion_cost", "completion_tokens", "dotted_order", "end_time", "error"),
        *("events", "extra", "feedback_stats", "first_token_time", "id", "inputs", "name"),
        *("outputs", "parent_run_id", "parent_run_ids", "prompt_cost", "prompt_tokens"),
        *("reference_example_id", "run_type", "session_id", "start_time", "status", "tags"),
        *("total_cost", "total_tokens", "trace_id"),
    }
)
# What its list_threads asks for.
THREAD_LISTED = frozenset(
    {
        *("id", "name", "status", "start_time", "end_time", "thread_id", "trace_id", "run_type"),
        *("error", "tags", "session_id", "parent_run_id", "total_tokens", "total_cost"),
        *("dotted_order", "reference_example_id", "feedback_stats", "app_path"),
    }
)
THREAD_LISTED_BY_NODE = frozenset(
    {
        *("completion_cost", "completion_tokens", "prompt_cost", "prompt_tokens"),
        "first_token_time",
    }
)
# What a run has in a comparison of experiments (RunSchemaComparisonView).
COMPARED = frozenset(
    {
        *("id", "name", "run_type", "start_time", "end_time", "extra", "error", "events"),
        *("inputs", "outputs", "reference_example_id", "trace_id", "status", "tags"),
        *("session_id", "total_tokens", "prompt_tokens", "completion_tokens", "total_cost"),
        *("prompt_cost", "completion_cost", "feedback_stats", "dotted_order", "parent_run_id"),
        *(
            "execution_order",
            "app_path",
            "trace_min_start_time",
            "trace_max_start_time",
        ),
    }
)
# What only those see who may see the project (RunSchema has it, RunPublicSchema not).
PRIVATE = frozenset(
    {
        *("app_path", "session_id", "in_dataset", "thread_id", "reference_dataset_id"),
        *("share_token", "trace_upgrade"),
    }
)
# What is always there, whatever is selected.
ALWAYS = frozenset(
    {
        *("id", "name", "run_type", "status", "trace_id", "dotted_order", "session_id"),
        *("app_path", "start_time"),
    }
)


def usd(nano: int | None) -> Decimal | None:
    return None if nano is None else Decimal(nano).scaleb(-9)


def preview(document: Any) -> str | None:
    """A document as one line of at most 250 characters."""
    if document is None:
        return None
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))[:250]


class Expected:
    """What is expected under the names of `python_calls.py`, with the ids of `asked`."""

    def __init__(self, world: World, asked: Row) -> None:
        self.world, self.asked = world, asked
        self.project: str = asked["project"]
        self.dataset: str = asked["dataset"]
        self.runs = world.of_session[self.project]
        self.roots = world.roots(self.project)
        self.run = world.runs[asked["run"]]
        self.shared = world.runs.get(asked["shared_run"] or "")
        self.examples = [e for e in world.examples.values() if e["dataset_id"] == self.dataset]
        self.feedback = [f for given in world.feedback.values() for f in given]
        self.sessions = [s for s in world.sessions.values() if s["tenant_id"] == TENANT]
        self.datasets = [d for d in world.datasets if d["tenant_id"] == TENANT]

    # Runs of v1

    def v1(self, run: Run) -> Row:
        """A run with all its fields."""
        below = [r for r in self.world.trees[run["trace_id"]] if run["id"] in r["ancestors"]]
        example = self.world.examples.get(run["reference_example_id"] or "")
        taken = {row["source_run_id"] for row in self.world.examples.values()}
        starts = [r["start_time"] for r in self.world.trees[run["trace_id"]]]
        runtime = run.get("runtime")
        extra = {"metadata": run["metadata"]} | ({"runtime": runtime} if runtime else {})
        own = (
            *("id", "name", "run_type", "status", "start_time", "end_time", "error", "inputs"),
            *("outputs", "tags", "session_id", "trace_id", "parent_run_id", "first_token_time"),
            *("reference_example_id", "prompt_token_details", "completion_token_details"),
        )
        return {
            **{name: run[name] for name in own},
            "extra": extra,
            "events": run.get("events"),
            "parent_run_ids": self.path(run)[:-1],
            "dotted_order": self.dotted_order(run),
            **{f"{kind}_tokens": run[f"{kind}_tokens"] or 0 for kind in KINDS},
            **{f"{kind}_cost": usd(run[f"{kind}_cost_nano"]) for kind in KINDS},
            **{
                f"{kind}_cost_details": costs
                and {name: Decimal(nano).scaleb(-9) for name, nano in costs.items()}
                for kind in KINDS[1:]
                for costs in [run[f"{kind}_cost_details_nano"]]
            },
            "feedback_stats": self.world.feedback_stats([run]) or None,
            "app_path": f"/o/{run['tenant_id']}/projects/p/{run['session_id']}/r/{run['id']}"
            f"?trace_id={run['trace_id']}&start_time={run['start_time']}",
            "in_dataset": run["id"] in taken,
            "thread_id": run["thread"],
            "reference_dataset_id": example and example["dataset_id"],
            "child_run_ids": self.ids(below),
            "direct_child_run_ids": self.ids(r for r in below if r["parent_run_id"] == run["id"]),
            "share_token": run.get("share_token"),
            "execution_order": 1,
            "inputs_preview": preview(run["inputs"]),
            "outputs_preview": preview(run["outputs"]),
            "trace_min_start_time": min(starts),
            "trace_max_start_time": max(starts),
            "trace_upgrade": False,
        }

    def v1_listed(self, runs: Iterable[Run], fields: frozenset[str] | None) -> list[Row]:
        """Runs with these fields, or with all but those that are not asked for by default."""
        if fields is None:
            unasked = ("child_run_ids", "direct_child_run_ids")
            return [{k: v for k, v in self.v1(r).items() if k not in unasked} for r in runs]
        return [{k: v for k, v in self.v1(run).items() if k in fields} for run in runs]

    def path(self, run: Run) -> list[str]:
        """The ids from the trace's root to the run."""
        ids = [run["id"]]
        while (parent := self.world.runs[ids[0]]["parent_run_id"]) is not None:
            ids.insert(0, parent)
        return ids

    def dotted_order(self, run: Run) -> str:
        parts = []
        for id_ in self.path(run):
            began = self.world.runs[id_]["start_time"]
            parts.append("".join(c for c in began if c not in "-:.") + id_)
        return ".".join(parts)

    @staticmethod
    def ids(runs: Iterable[Run]) -> list[str]:
        return [run["id"] for run in sorted(runs, key=lambda r: (r["start_time"], r["id"]))]

    @staticmethod
    def newest_first(runs: Iterable[Run]) -> list[Run]:
        return sorted(runs, key=lambda r: (r["start_time"], r["id"]), reverse=True)

    def public(self, run: Run) -> Row:
        """A run as it is seen without a key, by the token of its trace."""
        return {name: value for name, value in self.v1(run).items() if name not in PRIVATE}

    def compared(self, runs: Iterable[Run]) -> list[Row]:
        """Runs as experiments are compared by them: without usage, tokens are null."""
        tokens = [f"{kind}_tokens" for kind in KINDS]
        given = self.world.feedback
        return [
            listed
            | {name: run[name] for name in tokens}
            | {"feedbacks": [self.feedback_row(row) for row in given[run["id"]]]}
            for run, listed in zip(runs, self.v1_listed(runs, COMPARED), strict=True)
        ]

    # Runs of v2

    def v2(self, run: Run) -> Row:
        """A run with the fields that the probes select."""
        v1 = self.v1(run)
        same = (
            *("id", "name", "start_time", "end_time", "first_token_time", "error", "inputs"),
            *("outputs", "parent_run_ids", "trace_id", "thread_id", "dotted_order", "tags"),
            *("reference_example_id", "reference_dataset_id"),
        )
        return {
            **{name: v1[name] for name in same},
            "error_preview": run["error"] and run["error"][:250],
            "feedback_stats": v1["feedback_stats"] or {},
            "run_type": run["run_type"].upper(),
            "status": run["status"].upper(),
            "latency_seconds": per_million(latency(run)),
            "metadata": run["metadata"],
            "project_id": run["session_id"],
            "is_root": run["parent_run_id"] is None,
            "is_in_dataset": v1["in_dataset"],
            **self.usage(run),
        }

    def v2_public(self, run: Run) -> Row:
        """A run as it is seen by the token of its trace."""
        hidden = ("inputs", "outputs", "reference_example_id", "is_in_dataset")
        return {name: value for name, value in self.v2(run).items() if name not in hidden}

    @staticmethod
    def usage(run: Run) -> Row:
        """Tokens, costs and details as v2 has them."""
        found: Row = {}
        for kind in KINDS:
            found[f"{kind}_tokens"] = run[f"{kind}_tokens"] or 0
            found[f"{kind}_cost"] = per_billion(run[f"{kind}_cost_nano"])
        for kind in KINDS[1:]:
            tokens, costs = (run[f"{kind}_{of}"] for of in ("token_details", "cost_details_nano"))
            found[f"{kind}_token_details"] = tokens and {"raw": tokens}
            found[f"{kind}_cost_details"] = costs and {
                "raw": {name: per_billion(nano) for name, nano in costs.items()}
            }
        return found

    @staticmethod
    def in_last_day(runs: Iterable[Run]) -> list[Run]:
        now = micros(NOW)
        assert now is not None
        return [r for r in runs if now - _DAY <= (micros(r["start_time"]) or 0) < now]

    # Threads

    def threads(self, roots: Iterable[Run]) -> dict[str, list[Run]]:
        """The root runs by thread, those of a thread oldest first."""
        found: dict[str, list[Run]] = {}
        for run in sorted(roots, key=lambda r: (r["start_time"], r["id"])):
            if run["thread"] is not None:
                found.setdefault(run["thread"], []).append(run)
        return found

    def v2_threads(self, roots: Iterable[Run]) -> list[Row]:
        items = [self.v2_thread(name, runs) for name, runs in self.threads(roots).items()]
        return sorted(items, key=lambda t: (t["max_start_time"], t["thread_id"]), reverse=True)

    def v2_thread(self, thread: str, runs: list[Run]) -> Row:
        failed = [run for run in runs if run["status"] == "error"]
        every = [run for root in runs for run in self.world.trees[root["trace_id"]]]
        details = {of: Counter[str]() for of in ("token_details", "cost_details_nano")}
        for of, total in details.items():
            for run, kind in itertools.product(runs, KINDS[1:]):
                total.update(run[f"{kind}_{of}"] or {})
        return {
            "thread_id": thread,
            "trace_id": runs[-1]["trace_id"],
            "start_time": runs[-1]["start_time"],
            "first_inputs": preview(runs[0]["inputs"]),
            "last_outputs": preview(runs[-1]["outputs"]),
            "feedback_stats": self.world.feedback_stats(every),
            "total_token_details": dict(details["token_details"]),
            "total_cost_details": {
                name: per_billion(nano) for name, nano in details["cost_details_nano"].items()
            },
            "count": len(runs),
            "num_errored_turns": len(failed),
            "min_start_time": runs[0]["start_time"],
            "max_start_time": runs[-1]["start_time"],
            "first_trace_id": runs[0]["trace_id"],
            "last_trace_id": runs[-1]["trace_id"],
            "latency_p50": per_million(percentile(map(latency, runs), 50)),
            "latency_p99": per_million(percentile(map(latency, runs), 99)),
            "total_tokens": sum(run["total_tokens"] or 0 for run in runs),
            "total_cost": per_billion(sum(run["total_cost_nano"] or 0 for run in runs)),
            "last_error": failed[-1]["error"] if failed else None,
        }

    def v2_traces_of_thread(self) -> list[Row]:
        runs = [r for r in self.roots if r["thread"] == self.asked["thread"]]
        names = ("trace_id", "start_time", "end_time", "first_token_time", "name")
        return [
            {
                **{name: run[name] for name in names},
                "thread_id": run["thread"],
                "latency": per_million(latency(run)),
                **self.usage(run),
            }
            for run in self.newest_first(runs)
        ]

    def threads_stats(self) -> Row:
        """Statistics of the project's threads in the window from its first run to now."""
        roots = [run for run in self.roots if run["thread"] is not None]
        stats = self.world.run_stats(roots)
        failed = [
            root
            for root in roots
            if any(run["status"] == "error" for run in self.world.trees[root["trace_id"]])
        ]
        same = (
            *("total_tokens", "total_cost", "streaming_rate", "median_tokens", "prompt_tokens"),
            *("completion_tokens", "prompt_cost", "completion_cost", "prompt_token_details"),
            *("completion_token_details", "prompt_cost_details", "completion_cost_details"),
        )
        return {
            **{name: stats[name] for name in same},
            "thread_count": len({run["thread"] for run in roots}),
            "trace_count": len({run["trace_id"] for run in roots}),
            "error_rate": rate(len(failed), len(roots)),
            "latency_p50_seconds": stats["latency_p50"],
            "latency_p99_seconds": stats["latency_p99"],
            "first_token_p50_seconds": stats["first_token_p50"],
            "first_token_p99_seconds": stats["first_token_p99"],
        }

    def group(self, thread: str, runs: list[Run]) -> Row:
        """A thread of POST /runs/group."""
        item = self.v2_thread(thread, runs)
        same = (
            *("thread_id", "count", "total_tokens", "min_start_time", "max_start_time"),
            *("latency_p50", "latency_p99", "last_error", "first_inputs", "last_outputs"),
        )
        return {
            **{name: item[name] for name in same},
            "feedback_stats": self.world.feedback_stats(runs),
            "filter": f'eq(thread_id, "{thread}")',
            "total_cost": usd(sum(run["total_cost_nano"] or 0 for run in runs)),
        }

    # Projects, datasets, examples, feedback

    def newest_sessions(self, sessions: Iterable[Row] | None = None) -> list[Row]:
        chosen = self.sessions if sessions is None else list(sessions)
        by_id = sorted(chosen, key=lambda row: row["id"])
        return sorted(by_id, key=lambda row: row["start_time"], reverse=True)

    def session(self, row: Row) -> Row:
        names = (
            *("id", "tenant_id", "name", "description", "start_time", "end_time", "extra"),
            "reference_dataset_id",
        )
        return {name: row[name] for name in names} | {"test_run_number": self.test_number(row)}

    def test_number(self, row: Row) -> int | None:
        """The place of an experiment among those of its dataset, by their start."""
        dataset = row["reference_dataset_id"]
        starts = [s["start_time"] for s in self.sessions if s["reference_dataset_id"] == dataset]
        return None if dataset is None else 1 + sorted(starts).index(row["start_time"])

    def session_with_statistics(self, row: Row, cost: Callable[[int], Any] = usd) -> Row:
        runs = self.world.of_session[row["id"]]
        stats = self.world.run_stats(runs)
        counted = self.world.counted(runs)
        names = (
            *("run_count", "latency_p50", "latency_p99", "first_token_p50", "first_token_p99"),
            *("total_tokens", "prompt_tokens", "completion_tokens", "last_run_start_time"),
            *("feedback_stats", "error_rate", "streaming_rate"),
        )
        costs = {kind: sum(r[f"{kind}_cost_nano"] or 0 for r in counted) for kind in KINDS}
        return {
            **self.session(row),
            **{name: stats[name] for name in names},
            **{f"{kind}_cost": cost(nano) for kind, nano in costs.items()},
        }

    def v2_session(self, row: Row, *, statistics: bool) -> Row:
        known = self.session_with_statistics(row, per_billion) if statistics else self.session(row)
        if statistics:
            more = {"contains_thread_feedback": False, "type": "PRIMARY"}
            known["feedback_stats"] = {
                key: {k: v for k, v in stats.items() if k not in ("comments", "sources")} | more
                for key, stats in known["feedback_stats"].items()
            }
        kind = "PROJECT" if row["reference_dataset_id"] is None else "EXPERIMENT"
        return known | {"type": kind}

    def dataset_row(self, row: Row) -> Row:
        on_it = [s for s in self.sessions if s["reference_dataset_id"] == row["id"]]
        starts = [s["start_time"] for s in on_it]
        told = ("description", "data_type", "created_at", "modified_at", "metadata")
        return {
            **{name: row[name] for name in ("id", "tenant_id", "name")},
            **{name: row.get(name) for name in told},
            "example_count": sum(
                e["dataset_id"] == row["id"] for e in self.world.examples.values()
            ),
            "session_count": len(on_it),
            "last_session_start_time": max(starts, default=None),
            "externally_managed": False,
        }

    def dataset_rows(self) -> list[Row]:
        rows = [self.dataset_row(row) for row in sorted(self.datasets, key=lambda d: d["id"])]
        return sorted(rows, key=lambda d: d["last_session_start_time"] or "", reverse=True)

    @staticmethod
    def split(example: Row) -> str:
        """An example's part of its dataset."""
        metadata = example["metadata"] or {}
        return metadata.get("dataset_split") or "base"

    def recent(self, examples: Iterable[Row]) -> list[Row]:
        by_id = sorted(examples, key=lambda row: row["id"])
        return sorted(by_id, key=lambda row: row["modified_at"], reverse=True)

    def feedback_row(self, row: Row) -> Row:
        run = self.world.runs[row["run_id"]]
        names = (
            *("id", "run_id", "session_id", "key", "score", "value", "comment", "correction"),
            *("created_at", "modified_at"),
        )
        return {
            **{name: row[name] for name in names},
            "trace_id": run["trace_id"],
            "start_time": run["start_time"],
            "is_root": run["parent_run_id"] is None,
            "feedback_source": row["source"],
        }

    def newest_feedback(self, rows: Iterable[Row]) -> list[Row]:
        by_id = sorted(rows, key=lambda row: row["id"])
        return [
            self.feedback_row(r) for r in sorted(by_id, key=lambda f: f["created_at"], reverse=True)
        ]

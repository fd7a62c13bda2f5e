"""Runs in pages, worked out a second time: random bodies of POST /runs/query with the runs that
they are about, in order, and a run as the API shows it.

Nothing is shared with the package: rows are those of the files, costs are decimals, orders are
Python's, and a page is only followed, never computed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from attrs import frozen

from tests.oracles.langsmith_answers import same
from tests.oracles.langsmith_requests import Requests, any_case
from tests.oracles.run_oracle import Run, World, micros

REQUIRED = (
    *("id", "name", "run_type", "status", "start_time"),
    *("session_id", "trace_id", "dotted_order", "app_path"),
)
NARROWING = ("session", "id", "trace", "parent_run", "reference_example")
# What a name of `select` shows beyond a field of that name.
SHOWN = {
    "trace_min_max_start_time": {"trace_min_start_time", "trace_max_start_time"},
    "child_run_ids": {"child_run_ids", "direct_child_run_ids"},
    "inputs_or_signed_url": {"inputs"},
    "outputs_or_signed_url": {"outputs"},
    "error_or_signed_url": {"error"},
    "events_or_signed_url": {"events"},
    "extra_or_signed_url": {"extra"},
    "serialized_or_signed_url": {"serialized"},
    "manifest": set(),
    "inserted_at": set(),
}
# In the document, and in no dataset.
NULL = (
    *("inputs_s3_urls", "outputs_s3_urls", "s3_urls", "manifest_id", "manifest_s3_id"),
    *("serialized", "price_model_id", "last_queued_at", "messages", "trace_tier"),
    *("trace_first_received_at", "ttl_seconds"),
)
Ask = Callable[[str, dict[str, Any]], dict[str, Any]]  # a tenant and a body: a page


def order(run: Run) -> tuple[int, str]:
    began = micros(run["start_time"])
    assert began is not None
    return began, run["id"]


def written_time(text: str | None) -> str | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def written_cost(nano: int | None) -> str | None:
    if nano is None:
        return None
    text = f"{Decimal(nano).scaleb(-9):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def written_preview(document: Any) -> str | None:
    if document is None:
        return None
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)[:200]


class RunPages(Requests):
    """The runs of a World by tenant, shown and asked for."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.children: dict[str, list[Run]] = {}
        for run in sorted(world.runs.values(), key=order):
            self.children.setdefault(run["parent_run_id"], []).append(run)
        self.sources = {row["source_run_id"] for row in world.examples.values()}
        self.tenants = sorted({run["tenant_id"] for run in world.runs.values()})

    def path(self, run: Run) -> list[Run]:
        """The runs from the root to this one."""
        parent = self.world.runs.get(run["parent_run_id"])
        return [*(self.path(parent) if parent else ()), run]

    def below(self, run: Run) -> Iterator[Run]:
        for child in self.children.get(run["id"], ()):
            yield child
            yield from self.below(child)

    def shown(self, run: Run) -> dict[str, Any]:
        """All fields of a run in the API."""
        path, trace = self.path(run), self.world.trees[run["trace_id"]]
        start = written_time(run["start_time"])
        example = self.world.examples.get(run["reference_example_id"], {})
        extra = {"metadata": run["metadata"] or {}}
        if run.get("runtime") is not None:
            extra["runtime"] = run["runtime"]
        found = {
            **{
                name: run.get(name)
                for name in (
                    *("id", "name", "run_type", "status", "error", "session_id", "trace_id"),
                    *("parent_run_id", "reference_example_id", "inputs", "outputs", "events"),
                    "share_token",
                )
            },
            **{name: run[name] or 0 for name in ("total_tokens", "prompt_tokens")},
            "completion_tokens": run["completion_tokens"] or 0,
            "tags": run["tags"] or [],
            "extra": extra,
            "start_time": start,
            "end_time": written_time(run["end_time"]),
            "first_token_time": written_time(run["first_token_time"]),
            "inputs_preview": written_preview(run["inputs"]),
            "outputs_preview": written_preview(run["outputs"]),
            "thread_id": run["thread"],
            "parent_run_ids": [each["id"] for each in path[:-1]],
            "child_run_ids": [each["id"] for each in sorted(self.below(run), key=order)],
            "direct_child_run_ids": [each["id"] for each in self.children.get(run["id"], ())],
            "dotted_order": ".".join(
                datetime.fromisoformat(each["start_time"].upper())
                .astimezone(UTC)
                .strftime("%Y%m%dT%H%M%S%fZ")
                + each["id"]
                for each in path
            ),
            "trace_min_start_time": written_time(min(trace, key=order)["start_time"]),
            "trace_max_start_time": written_time(max(trace, key=order)["start_time"]),
            "in_dataset": run["id"] in self.sources,
            "reference_dataset_id": example.get("dataset_id"),
            "feedback_stats": self.world.feedback_stats([run]) or None,
            "app_path": (
                f"/o/{run['tenant_id']}/projects/p/{run['session_id']}/r/{run['id']}"
                f"?trace_id={run['trace_id']}&start_time={start}"
            ),
            "execution_order": 1,
            "trace_upgrade": False,
            **dict.fromkeys(NULL),
        }
        for kind in ("prompt", "completion"):
            found[f"{kind}_token_details"] = run[f"{kind}_token_details"] or None
            costs = run[f"{kind}_cost_details_nano"] or {}
            found[f"{kind}_cost_details"] = {
                category: written_cost(nano) for category, nano in costs.items()
            } or None
        for kind in ("total", "prompt", "completion"):
            found[f"{kind}_cost"] = written_cost(run[f"{kind}_cost_nano"])
        return found

    def query(self, chance: random.Random, selectable: list[str]) -> Query:
        """A random body of runs/query, with the runs that it is about in order."""
        tenant = chance.choice(self.tenants)
        self.pool = [run for run in self.world.runs.values() if run["tenant_id"] == tenant]
        body, runs = self.selection(chance)
        if all(body.get(name) is None for name in NARROWING):
            sessions = {run["session_id"] for run in runs[:1]} or {self.pool[0]["session_id"]}
            sessions |= {chance.choice(self.pool)["session_id"]}
            if chance.random() < 0.2:
                sessions = {run["session_id"] for run in self.pool}
            body["session"] = [any_case(chance, session) for session in sorted(sessions)]
            runs = [run for run in runs if run["session_id"] in sessions]
        if chance.random() < 0.6:
            body["order"] = chance.choice(["asc", "desc"])
        body["limit"] = chance.randint(min(100, 1 + len(runs) // 30), 100)
        if chance.random() < 0.5:
            body["select"] = chance.choices(selectable, k=chance.randint(0, 12))
        runs.sort(key=order, reverse=body.get("order") != "asc")
        return Query(tenant, body, runs)


@frozen
class Query:
    """A body of runs/query, whose it is, and its runs in order."""

    tenant: str
    body: dict[str, Any]
    runs: list[Run]

    def pages(self, ask: Ask) -> Iterator[dict[str, Any]]:
        """Follow the cursors to the end."""
        cursor = None
        while True:
            answer = ask(self.tenant, self.body | ({"cursor": cursor} if cursor else {}))
            yield answer
            cursor = answer["cursors"].get("next")
            if cursor is None:
                return

    def check(self, pages: RunPages, ask: Ask, default: list[str]) -> None:
        """Assert that the pages have these runs, each once, in this order, as they are shown."""
        names = self.body.get("select", default)
        fields = {*REQUIRED, *(field for name in names for field in SHOWN.get(name, {name}))}
        answers = list(self.pages(ask))
        found = [run for answer in answers for run in answer["runs"]]
        assert [run["id"] for run in found] == [run["id"] for run in self.runs]
        assert {len(answer["runs"]) for answer in answers[:-1]} <= {self.body["limit"]}
        assert answers[-1]["runs"] or not self.runs
        for run, shown in zip(self.runs, found, strict=True):
            expected = pages.shown(run)
            same({field: expected[field] for field in fields}, shown)

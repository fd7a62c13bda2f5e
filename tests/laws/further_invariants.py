"""What holds between an answer and those to further requests (`invariants` lists them all)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from tests.laws.figures import is_grouped, nano
from tests.oracles.langsmith_requests import Request

Holds = bool | None
EVERY = 10_000  # more groups than there are
EITHER_WAY = ("total_tokens", "prompt_tokens", "completion_tokens", "run_count")


@frozen
class Asked:
    """A request, its answer, how to ask further, and the shared dataset's token."""

    request: Request
    answer: dict[str, Any]
    ask: Callable[[str, str | None, Mapping[str, Any]], dict[str, Any]]
    token: str

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = self.request.arguments.get("body", {})
        return found

    def again(self, **changes: Any) -> dict[str, Any]:
        """The answer to the same request with other parameters in its body."""
        arguments = {**self.request.arguments, "body": {**self.body, **changes}}
        return self.ask(self.request.operation, self.request.tenant, arguments)

    def shared(self, **body: Any) -> dict[str, Any]:
        """The shared dataset's statistics."""
        return self.ask("shared_stats", None, {"share_token": self.token, "body": body})

    @property
    def is_plain(self) -> bool:
        """Whether it is one set of RunStats that parameters, not ids, choose."""
        of_runs = self.request.operation == "shared_stats" and not is_grouped(self.answer)
        return of_runs and not self.body.get("group_by") and self.body.get("id") is None


def also(one: str | None, two: str) -> str:
    return two if one is None else f"and({one}, and({two}))"


def facets_reproduce(asked: Asked) -> Holds:
    """As does each of a page's sessions, asked for with its own filter."""
    if asked.is_plain and asked.answer.get("run_facets"):
        facets = asked.answer["run_facets"][::7]
        counts = [
            asked.again(filter=also(asked.body.get("filter"), facet["query"]), select=["run_count"])
            for facet in facets
        ]
        return [facet["n"] for facet in facets] == [found["run_count"] for found in counts]
    if asked.request.operation != "group_runs" or not asked.answer["groups"]:
        return None
    session = asked.answer["groups"][0]["sessions"][0]
    return all(
        asked.shared(
            session=[session["id"]],
            filter=also(session["filter"], facet["query"]),
            select=["run_count"],
        )
        == {"run_count": facet["n"]}
        for facet in session["run_facets"][::5]
    )


def conversations_of_a_facet(asked: Asked) -> Holds:
    """The query matches the conversations of the facet's runs, which have other runs as well."""
    if asked.request.operation != "group_stats" or not asked.answer["run_facets"]:
        return None
    facet = asked.answer["run_facets"][-1]
    return bool(facet["n"] <= asked.again(filter=facet["query"])["run_count"])


def sums_over(asked: Asked, attribute: str) -> Holds:
    """Every run has one: their counts are the total; sums count a call again at most."""
    if not asked.is_plain or "run_count" not in asked.answer:
        return None
    group_by = {"attribute": attribute, "max_groups": EVERY}
    groups = asked.again(group_by=group_by, select=list(EITHER_WAY)).values()
    whole = asked.again(select=list(EITHER_WAY))
    return whole["run_count"] == sum(group["run_count"] for group in groups) and all(
        whole[name] <= sum(group[name] for group in groups) for name in EITHER_WAY
    )


def roots_over_types(asked: Asked) -> Holds:
    """No root run is below another one: their sums are the total's to the last nano-USD."""
    if not asked.is_plain or "total_cost" not in asked.answer:
        return None
    names = [*EITHER_WAY, "total_cost"]
    whole = asked.again(select=names, is_root=True)
    group_by = {"attribute": "name", "max_groups": EVERY}
    groups = asked.again(select=names, is_root=True, group_by=group_by).values()
    return nano(whole["total_cost"]) == sum(nano(group["total_cost"]) for group in groups) and all(
        whole[name] == sum(group[name] for group in groups) for name in EITHER_WAY
    )


def errors_reproduce(asked: Asked) -> Holds:
    if not asked.is_plain or not asked.answer.get("run_count"):
        return None
    if asked.answer.get("error_rate") is None or asked.body.get("error") is not None:
        return None
    errors = asked.again(error=True, select=["run_count"])["run_count"]
    return bool(errors == round(asked.answer["error_rate"] * asked.answer["run_count"]))


def last_start_reproduces(asked: Asked) -> Holds:
    """A run begins then, and none after."""
    if not asked.is_plain or not asked.answer.get("last_run_start_time"):
        return None
    last = asked.answer["last_run_start_time"]
    found = asked.again(start_time=last, select=["run_count", "last_run_start_time"])
    return found["run_count"] >= 1 and bool(found["last_run_start_time"] == last)


def group_filters_reproduce(asked: Asked) -> Holds:
    if asked.request.operation != "group_runs" or not asked.answer["groups"]:
        return None
    sessions = asked.body["session_ids"]
    for group in asked.answer["groups"]:
        for ids, part, count in (
            (sessions, group, group["count"]),
            *(([s["id"]], s, s["run_count"]) for s in group["sessions"]),
        ):
            found = asked.shared(
                session=ids, filter=part["filter"], select=["run_count", "total_tokens"]
            )
            if found != {"run_count": count, "total_tokens": part["total_tokens"]}:
                return False
    return True


def pages_add_up(asked: Asked) -> Holds:
    """The page is what stands there among all groups."""
    if asked.request.operation != "group_runs":
        return None
    every = asked.again(offset=0, limit=EVERY)["groups"]
    keys = [(isinstance(group["group_key"], str), group["group_key"]) for group in every]
    offset = asked.body.get("offset", 0)
    page = every[offset : offset + asked.body.get("limit", 10)]
    return keys == sorted(set(keys)) and page == asked.answer["groups"]


def turns_are_root_runs(asked: Asked) -> Holds:
    """A thread's turns, tokens and costs are those of the conversations that it alone matches."""
    arguments = asked.request.arguments
    if asked.request.operation != "thread_stats" or arguments["thread_id"] == "no such thread":
        return None
    body = {
        "session_id": arguments["session_id"],
        "group_by": "conversation",
        "filter": f'eq(thread_id, "{arguments["thread_id"]}")',
    }
    group = asked.ask("group_stats", asked.request.tenant, {"body": body})
    known = {
        "turns": group["run_count"],
        "latency_p50_seconds": group["latency_p50"],
        "latency_p99_seconds": group["latency_p99"],
        "last_start_time": group["last_run_start_time"],
        **{name: {"raw": group[name]} for name in group if name.endswith("_details")},
    }
    return group["group_count"] == 1 and all(
        value == known.get(name, group.get(name, value)) for name, value in asked.answer.items()
    )


OF_MORE: dict[str, Callable[[Asked], Holds]] = {
    "a facet's n = the run_count that its query returns": facets_reproduce,
    "a facet's query matches conversations with its runs": conversations_of_a_facet,
    "counts over group_by = name sum to the total": lambda asked: sums_over(asked, "name"),
    "counts over group_by = run_type sum to the total": lambda asked: sums_over(asked, "run_type"),
    "sums over group_by of root runs are the total": roots_over_types,
    "error_rate · run_count = the runs with error = true": errors_reproduce,
    "a run begins at last_run_start_time, and none later": last_start_reproduces,
    "a group's and a session's filter give back their runs": group_filters_reproduce,
    "a page is a part of all groups, which are in order": pages_add_up,
    "a thread's numbers are those of its conversation": turns_are_root_runs,
}

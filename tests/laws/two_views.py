"""One conversation through both vendors' operations: what its model calls used and cost.

LangSmith's thread answers with its sums. Helicone's answer has the average cost of a session, which
of one session is its cost, and no tokens: they are found by asking how many requests have at least
so many.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from attrs import frozen

from locum.engine.data import Data
from locum.helicone import operations as handlers
from tests.laws.figures import nano
from tests.oracles.langsmith_answers import ask
from tests.oracles.run_oracle import World

MOST = 2**41  # tokens of a call


@frozen
class Totals:
    """Money in nano-USD."""

    cost: int
    prompt_tokens: int
    completion_tokens: int


def conversations(world: World) -> list[tuple[str, str, list[str]]]:
    """Tenant, name and projects of each."""
    projects: dict[tuple[str, str], set[str]] = {}
    for run in world.runs.values():
        if run["thread"] is not None and run["parent_run_id"] is None:
            projects.setdefault((run["tenant_id"], run["thread"]), set()).add(run["session_id"])
    return [(tenant, name, sorted(ids)) for (tenant, name), ids in projects.items()]


def in_langsmith(engine: Data, tenant: str, thread: str, projects: list[str]) -> Totals:
    selects = ["TOTAL_COST", "PROMPT_TOKENS", "COMPLETION_TOKENS"]
    answers = [
        ask(
            engine,
            "thread_stats",
            tenant,
            {"thread_id": thread, "session_id": project, "selects": selects},
        )
        for project in projects
    ]
    return Totals(
        sum(nano(answer["total_cost"]) for answer in answers),
        sum(answer["prompt_tokens"] for answer in answers),
        sum(answer["completion_tokens"] for answer in answers),
    )


def in_helicone(engine: Data, organization: str, session: str, *, tokens: bool = True) -> Totals:
    """Tokens are 0 where they are not wanted."""
    named = {"request_response_rmt": {"properties": {"Helicone-Session-Id": {"equals": session}}}}

    def averages(tree: dict[str, Any]) -> dict[str, Any]:
        body = {"nameContains": "", "timezoneDifference": 0, "filter": tree}
        found = handlers.session_metrics(engine, organization, body)["data"]["average"]
        return {name: value[0]["average"] for name, value in found.items()}

    def total(column: str) -> int:
        @cache
        def at_least(number: int) -> int:
            bound = {"request_response_rmt": {column: {"gte": number}}}
            found = averages({"left": named, "operator": "and", "right": bound})
            return found["session_count"] or 0

        def between(low: int, high: int) -> int:
            """The tokens of the requests that have low or more, and less than high."""
            requests = at_least(low) - at_least(high)
            if requests == 0 or high - low == 1:
                return requests * low
            middle = (low + high) // 2
            return between(low, middle) + between(middle, high)

        assert at_least(MOST) == 0
        return between(0, MOST)

    cost = nano(averages(named)["session_cost"] or 0)
    if not tokens:
        return Totals(cost, 0, 0)
    return Totals(cost, total("prompt_tokens"), total("completion_tokens"))

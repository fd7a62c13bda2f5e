"""A project's statistics worked out a second time, from the rows of a dataset's files: those of
`run_oracle` over all its runs, in the fields that v1 and v2 show."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.oracles.run_oracle import Run, World

PLAIN = (
    *("run_count", "latency_p50", "latency_p99", "first_token_p50", "first_token_p99"),
    *("total_tokens", "prompt_tokens", "completion_tokens", "last_run_start_time"),
    *("feedback_stats", "error_rate", "streaming_rate"),
)
COSTS = ("total_cost", "prompt_cost", "completion_cost")
FIELDS = (*PLAIN, *COSTS, "run_facets", "session_feedback_stats")
OF_FEEDBACK = ("n", "avg", "stdev", "min", "max", "errors", "values")


class Projects:
    """The projects of a World."""

    def __init__(self, world: World) -> None:
        self.world = world
        given = (each for of_run in world.feedback.values() for each in of_run)
        self.on_projects = [each for each in given if each["run_id"] is None]

    def of_tenant(self, tenant: str) -> list[str]:
        """The ids of the tenant's projects."""
        rows = self.world.sessions.values()
        return [row["id"] for row in rows if row["tenant_id"] == tenant]

    def v1(self, project: str, runs: list[Run] | None = None) -> dict[str, Any]:
        """Statistics as TracerSession has them, over the runs, else all of the project; facets
        without queries. Costs are texts, exact."""
        runs = self.world.of_session[project] if runs is None else runs
        stats = self.world.run_stats(runs)
        counted = self.world.counted(runs)
        own = [f for f in self.on_projects if f["session_id"] == project]
        keys = sorted({f["key"] for f in own})
        return {
            **{field: stats[field] for field in (*PLAIN, "run_facets")},
            **{cost: plain(sum(run[f"{cost}_nano"] or 0 for run in counted)) for cost in COSTS},
            "session_feedback_stats": {
                key: self.world.one_feedback([f for f in own if f["key"] == key]) for key in keys
            },
        }

    def v2(self, project: str) -> dict[str, Any]:
        """Statistics as the SDK's Session has them: costs are numbers, nothing is null."""
        found = self.v1(project)
        found |= {cost: float(found[cost]) for cost in COSTS}
        for name in ("feedback_stats", "session_feedback_stats"):
            found[name] = {key: _of_v2(each) for key, each in found[name].items()}
        return {name: value for name, value in found.items() if value is not None}


def _of_v2(feedback: dict[str, Any]) -> dict[str, Any]:
    known = {name: feedback[name] for name in OF_FEEDBACK if feedback[name] is not None}
    return known | {"contains_thread_feedback": False, "type": "PRIMARY"}


def plain(nano: int) -> str:
    """The decimal text of nano-USD in USD: no exponent, no zeros at the end."""
    text = f"{Decimal(nano).scaleb(-9):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

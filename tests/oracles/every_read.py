"""Random requests to every operation of LangSmith that reads, over the rows of a dataset."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any

from tests.conftest import KEY
from tests.oracles.bare_rows import Row
from tests.oracles.read_requests import RUN_SELECTS, ReadRequests
from tests.oracles.written_rows import OPERATIONS

OF_HELICONE = (
    *("_ask_metrics", "_ask_helicone_sessions", "_ask_names", "_ask_tag"),
    *("_ask_properties", "_ask_requests"),
)


class EveryRead(ReadRequests):
    """What `ReadRequests` asks of LangSmith, and what it does not ask."""

    def __init__(self, tables: Callable[[str], list[Row]], key: str = KEY) -> None:
        super().__init__(tables, key)
        self.kinds = [each for each in self.kinds if each.__name__ not in OF_HELICONE]
        self.names = [row["name"] for row in tables("langsmith/sessions")]
        self.shared_runs = [row for row in self.runs if row.get("share_token")]
        over = {row["id"]: row["reference_dataset_id"] for row in tables("langsmith/sessions")}
        self.of_experiments = [row for row in self.runs if over[row["session_id"]]]

    def _ask_info(self, _: Random) -> tuple[str, str, Any]:
        return "GET", "/info", {}

    def _ask_resolution(self, draw: Random) -> tuple[str, str, Any]:
        asked = {"kind": "EXPERIMENT", "id": draw.choice(self.experiments)}
        return "GET", "/api/v1/sessions/resolutions", asked

    def _ask_sessions_by(self, draw: Random) -> tuple[str, str, Any]:
        asked = self._some(
            draw,
            name_contains=draw.choice(("a", "ø", "experiment")),
            reference_free=draw.random() < 0.5,
            reference_dataset=draw.choice(self.datasets),
            include_stats=True,
        )
        return "GET", "/sessions", asked

    def _ask_all_runs(self, draw: Random) -> tuple[str, str, Any]:
        """Everything there is to know of a few runs."""
        few = [row["id"] for row in draw.sample(self.runs, 5)]
        return "POST", "/runs/query", {"id": few, "limit": 5}

    def _ask_shared_run_by_id(self, draw: Random) -> tuple[str, str, Any]:
        shared = draw.choice(self.shared_runs)
        trace = [row["id"] for row in self.runs if row["trace_id"] == shared["trace_id"]]
        token, run_id = shared["share_token"], draw.choice(trace)
        if draw.random() < 0.5:
            return "GET", f"/api/v1/public/{token}/run/{run_id}", {}
        start = next(row["start_time"] for row in self.runs if row["id"] == run_id)
        asked = {"start_time": start, "selects": list(RUN_SELECTS)}
        return "GET", f"/v2/public/{token}/run/{run_id}", asked

    def _ask_run_of_shared_dataset(self, draw: Random) -> tuple[str, str, Any]:
        run_id = draw.choice(self.of_experiments)["id"]
        return "GET", f"/api/v1/public/{self._token(draw)}/datasets/runs/{run_id}", {}

    def _ask_feedback_of(self, draw: Random) -> tuple[str, str, Any]:
        runs = [row["id"] for row in draw.sample(self.runs, 9)]
        more = self._some(draw, has_score=True, level="session", key="helpful", source="api")
        return "GET", "/feedback", more or {"run": runs}

    def _ask_examples_by(self, draw: Random) -> tuple[str, str, Any]:
        asked = self._some(
            draw,
            splits=draw.choice(("train", "base")),
            metadata='{"topic": "sums"}',
            full_text_contains="the",
            descending=True,
        )
        return "GET", "/examples", asked | {"dataset": draw.choice(self.datasets)}


_READS = [
    (name, method, re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path))))
    for name, (path, method, _) in sorted(OPERATIONS.items(), key=lambda each: "{" in each[1][0])
]


def operation_of(method: str, url: str) -> str:
    """The name of the operation that a request is to, by the path of the document."""
    for prefix in ("", "/api/v1"):
        for name, its, pattern in _READS:
            if its == method.lower() and pattern.fullmatch(prefix + url):
                return name
    raise ValueError(f"{method} {url}")

"""What a browser of runs reads besides: pages of rows, and lists with statistics."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from benchmark.workloads import KEY, Facts, request, window

PAGE = 100  # runs
KINDS = ("runs page", "projects", "threads", "helicone sessions")


class Reads:
    """Requests as bytes, each over another window of a day to all of the time, so that no cache of
    answers helps."""

    def __init__(self, about: Facts, seed: int = 1) -> None:
        self._about = about
        self._chance = random.Random(f"reads {seed}")  # noqa: S311 - examples, no secrets
        makers = self._runs, self._projects, self._threads, self._helicone_sessions
        self._makers: dict[str, Callable[[], bytes]] = dict(zip(KINDS, makers, strict=True))

    def of(self, kind: str, count: int) -> list[bytes]:
        """So many requests of one of KINDS."""
        return [self._makers[kind]() for _ in range(count)]

    def _runs(self) -> bytes:
        body = {"session": [self._about.session], "limit": PAGE} | self._window()
        return self._langsmith("POST", "/api/v1/runs/query", body)

    def _projects(self) -> bytes:
        start = self._window()["start_time"]
        query = urlencode({"include_stats": "true", "stats_start_time": start})
        return self._langsmith("GET", f"/api/v1/sessions?{query}")

    def _threads(self) -> bytes:
        found = self._window()
        body = {
            "project_id": self._about.session,
            "min_start_time": found["start_time"],
            "max_start_time": found["end_time"],
        }
        return self._langsmith("POST", "/v2/threads/query", body)

    def _helicone_sessions(self) -> bytes:
        found = self._window()
        times = {f"{end}TimeUnixMs": _millis(found[f"{end}_time"]) for end in ("start", "end")}
        body = {"search": "", "timeFilter": times, "timezoneDifference": 0, "filter": "all"}
        headers = {"Authorization": f"Bearer {KEY}"}
        return request("POST", "/v1/session/query", headers, body)

    def _langsmith(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        headers = {"X-API-Key": KEY, "X-Tenant-Id": self._about.tenant}
        return request(method, path, headers, body)

    def _window(self) -> dict[str, str]:
        return window(self._about, self._chance)


def _millis(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)

"""What is asked: statistics as a dashboard polls them and as a person explores them."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import duckdb
from attrs import frozen

from benchmark.servers import Answer, ServerError
from benchmark.unseen import UnseenFilters

KEY = "locum-demo-key"
SELECTS = [
    "TURNS", "FIRST_START_TIME", "LAST_START_TIME", "LAST_END_TIME", "LATENCY_P50", "LATENCY_P99",
    "PROMPT_TOKENS", "PROMPT_COST", "COMPLETION_TOKENS", "COMPLETION_COST", "TOTAL_TOKENS",
    "TOTAL_COST", "PROMPT_TOKEN_DETAILS", "COMPLETION_TOKEN_DETAILS", "PROMPT_COST_DETAILS",
    "COMPLETION_COST_DETAILS",
]  # fmt: skip  # all that there are
_COLUMNS = (
    "tenant_id", "session_id", "parent_run_id", "reference_example_id", "start_time", "metadata",
)  # fmt: skip
TAGS = ["beta", "eu", "mobile", "night", "priority", "retry", "v2", "web"]
ENTRIES = [("env", "staging"), ("user_tier", "pro"), ("user_tier", "free"), ("campaign", "summer")]
SHORTEST = timedelta(days=1)  # of the windows


@frozen
class Facts:
    """What the requests are about, and what the first answer must say.

    The project with the most root runs in threads, how many these are and in which time, its
    tenant, and all threads of that tenant, as pairs of project and thread.
    """

    tenant: str
    session: str
    root_runs: int
    first: datetime
    last: datetime
    threads: list[tuple[str, str]]


def facts(dataset: Path) -> Facts:
    """Read off the dataset's file of runs, by SQL that shares nothing with the server's."""
    (file,) = (dataset / "langsmith").glob("runs.*")
    columns = dict.fromkeys(_COLUMNS, "VARCHAR")
    read = (
        f"read_json($file, columns={columns})" if file.suffix == ".jsonl" else "read_parquet($file)"
    )
    roots = f"""
        SELECT tenant_id, session_id, start_time,
            regexp_extract(metadata, '"(thread|session|conversation)_id":\\s*"([^"]*)"', 2)
                AS thread
        FROM {read} WHERE parent_run_id IS NULL AND reference_example_id IS NULL
    """
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(
            f"CREATE TABLE roots AS SELECT * FROM ({roots}) WHERE thread != ''", {"file": str(file)}
        )
        tenant, session, count, first, last = connection.execute(
            "SELECT tenant_id, session_id, count(*), min(start_time), max(start_time) FROM roots "
            "GROUP BY 1, 2 ORDER BY 3 DESC, 2 LIMIT 1"
        ).fetchall()[0]
        threads = connection.execute(
            "SELECT DISTINCT session_id, thread FROM roots WHERE tenant_id = ? ORDER BY ALL",
            [tenant],
        ).fetchall()
    return Facts(tenant, session, count, _time(first), _time(last), threads)


def check(answer: Answer, about: Facts) -> None:
    """Raise ServerError where the answer to `Requests.repeated` counts wrongly."""
    counted = json.loads(answer.body)["run_count"]
    if counted != about.root_runs:
        raise ServerError(f"run_count is {counted}, not {about.root_runs}")


class Requests:
    """Requests as bytes.

    `repeated` is a dashboard's, group stats over all of the time, and `repeated_thread` one of a
    thread's page. All others are different from each other, so that no cache of answers helps:
    `threads`, all statistics of one thread each, in random order, and what `distinct` and `unseen`
    give.
    """

    def __init__(self, about: Facts, seed: int = 1) -> None:
        self._about = about
        self._chance = random.Random(seed)  # noqa: S311 - examples, no secrets
        self._given: set[bytes] = set()
        self._unseen_chance = random.Random(f"windows {seed}")  # noqa: S311 - as above
        self._unseen_filters = UnseenFilters(seed)
        self.repeated = self._group_stats({})
        threads = self._chance.sample(about.threads, len(about.threads))
        self.repeated_thread, *self.threads = (self._thread_stats(*thread) for thread in threads)

    def distinct(self, count: int) -> list[bytes]:
        """Group stats over a window of a day to all of the time; every second one with a filter:
        one of 13, or a threshold of latency."""
        found: list[bytes] = []
        while len(found) < count:
            request = self._group_stats(window(self._about, self._chance) | self._filter())
            if request not in self._given:
                self._given.add(request)
                found.append(request)
        return found

    def unseen(self, count: int) -> list[bytes]:
        """Group stats over such windows, each with a filter that no other request has."""
        return [
            self._group_stats(
                window(self._about, self._unseen_chance) | {"filter": self._unseen_filters.draw()}
            )
            for _ in range(count)
        ]

    def _filter(self) -> dict[str, str]:
        match self._chance.randrange(8):
            case 0:
                return {"filter": 'eq(status, "error")'}
            case 1:
                return {"filter": f"gt(latency, {self._chance.uniform(0.5, 5):.3f})"}
            case 2:
                return {"filter": f'has(tags, "{self._chance.choice(TAGS)}")'}
            case 3:
                key, value = self._chance.choice(ENTRIES)
                entry = f'and(eq(metadata_key, "{key}"), eq(metadata_value, "{value}"))'
                return {"filter": entry}
        return {}

    def _group_stats(self, more: dict[str, str]) -> bytes:
        body: dict[str, Any] = {"session_id": self._about.session, "group_by": "conversation"}
        return request("POST", "/api/v1/runs/group/stats", self._headers(), body | more)

    def _thread_stats(self, session: str, thread: str) -> bytes:
        query = urlencode([("session_id", session), *(("selects", field) for field in SELECTS)])
        path = f"/v2/threads/{quote(thread, safe='')}/stats?{query}"
        return request("GET", path, self._headers())

    def _headers(self) -> dict[str, str]:
        return {"X-API-Key": KEY, "X-Tenant-Id": self._about.tenant}


def window(about: Facts, chance: random.Random) -> dict[str, str]:
    """A day to all of the time: start_time and end_time."""
    whole = about.last - about.first
    length = SHORTEST + (whole - SHORTEST) * chance.random()
    start = about.first + (whole - length) * chance.random()
    return {"start_time": _text(start), "end_time": _text(start + length)}


def with_header(request: bytes, name: str, value: str) -> bytes:
    """The request with one header more."""
    line, rest = request.split(b"\r\n", maxsplit=1)
    return b"%b\r\n%b: %b\r\n%b" % (line, name.encode(), value.encode(), rest)


def request(
    method: str, path: str, headers: dict[str, str], body: dict[str, Any] | None = None
) -> bytes:
    """An HTTP request with these headers, and a body of JSON where there is one."""
    content = b"" if body is None else json.dumps(body).encode()
    if body is not None:
        headers = headers | {
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
        }
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

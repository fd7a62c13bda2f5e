"""What was measured, as Markdown, as JSON, and in a page that explains it."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime

import attrs
import duckdb
import psutil

from benchmark.comparison import CONNECTIONS, Comparison
from benchmark.growth import Point
from benchmark.reads import PAGE
from benchmark.servers import Server
from locum import __version__

TENS = 10  # milliseconds from which one decimal is enough

TITLES = {
    "repeated": (
        f"**Repeated**: one request again and again, as a polling dashboard sends it; the response "
        f"cache serves it ({CONNECTIONS} connections)"
    ),
    "distinct": (
        f"**Distinct**: every request asks about another window, every second one with a filter "
        f"that mostly came before; the cache of selections serves these ({CONNECTIONS} connections)"
    ),
    "unseen": (
        f"**Unseen**: every request has another window, and a filter that never came before; no "
        f"cache serves it ({CONNECTIONS} connections)"
    ),
    "single": "**Distinct, one at a time**: what one person waits for (1 connection)",
    "unseen single": (
        "**Unseen, one at a time**: what one person waits for who asks something new (1 connection)"
    ),
    "thread": "**One thread**: all statistics of a thread, each of another one (1 connection)",
    "runs page": (
        f"**Runs**: `POST /api/v1/runs/query`, {PAGE} runs a page, each of another window "
        "(1 connection)"
    ),
    "projects": (
        "**Projects**: `GET /api/v1/sessions` with the statistics of each, from another time on "
        "(1 connection)"
    ),
    "threads": (
        "**Threads**: `POST /v2/threads/query`, a page of each of another window (1 connection)"
    ),
    "helicone sessions": (
        "**Helicone's sessions**: `POST /v1/session/query`, a page of each of another window "
        "(1 connection)"
    ),
    "revalidated": (
        f"**Revalidated**: the repeated request with `If-None-Match`, answered by 304 "
        f"({CONNECTIONS} connections)"
    ),
}
PRISM = ("Prism, static", "Prism, dynamic")


def machine() -> dict[str, str | int]:
    """Facts of the machine that numbers depend on; nothing that names it."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count() or 0,
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "locum": __version__,
    }


def markdown(found: Comparison) -> str:
    """The tables: medians over the rounds, also of the ratios of requests/s, ours to its."""
    rounds = 1 + max(part.round for part in found.slices)
    loads = " and ".join(f"{load:.1f}" for load in found.load_averages)
    about = (
        f"Measured by `scripts/bench` on {_where()}, load average before and after {loads}; "
        f"medians of {rounds} rounds in which the servers took turns. All read LangSmith's "
        "published document and get the same requests, `POST /api/v1/runs/group/stats` and "
        "`GET /v2/threads/{thread_id}/stats`. Locum computes every field over 10,000 runs, and "
        "checks credentials, requests and answers; the others make the fields up, and to them a "
        "filter never seen is a text like any other. *(fixed bytes)* is a socket that reads "
        "nothing: the load's own limit."
    )
    lines = [about]
    for workload, title in TITLES.items():
        rows = _rows(found, workload)
        if rows:
            compared = [f"{_short(server)} / its" for server in _ours(found)]
            heads = ["server", "requests/s", *compared, "p50 ms", "p99 ms", "CPU µs a request"]
            lines += ["", title, "", *_table(heads, rows)]
    lines += ["", "**Start and memory**", ""]
    lines += _table(
        ["server", "version", "first answer s", "idle MB", "loaded MB", "answer bytes"],
        _resources(found),
    )
    remarks = [f"{server.name} {server.remark}" for server in found.servers if server.remark]
    remarks += [f"{name} is not measured: {why}" for name, why in found.not_measured.items()]
    if remarks:
        lines += ["", *(f"- {remark}." for remark in remarks)]
    return "\n".join(lines) + "\n"


def summary(found: Comparison) -> str:
    """The sentence of the README: requests a second of our first server by what serves them, and
    how many times as many they are as those of PRISM, which must have been measured."""
    ours = found.servers[0].name

    def rate(workload: str) -> str:
        return f"{medians(found, workload, 'per_second')[ours]:,.0f}"

    def beside(workload: str) -> tuple[str, ...]:
        compared = ratios(found, workload, ours)
        return tuple(f"{compared[name]:.3g}" for name in PRISM)

    first, second = beside("repeated")
    return (
        f"On {os.cpu_count()} cores, Locum answers {rate('repeated')} requests a second where one "
        f"is repeated and the response cache serves it ({first} times as many as Prism's static "
        f"mode, {second} times as many as its dynamic one), {rate('distinct')} where windows are "
        "new and filters mostly come from the cache of selections "
        f"({' and '.join(beside('distinct'))} times), and {rate('unseen')} where no filter was "
        f"seen before and no cache serves it ({' and '.join(beside('unseen'))} times).\n"
    )


def document(found: Comparison) -> str:
    """All that was measured, as JSON."""
    measured = attrs.asdict(found, filter=lambda attribute, _: attribute.name != "command")
    return _json(machine() | measured)


def growth_markdown(points: Sequence[Point]) -> str:
    """The table of sizes."""
    about = (
        f"Measured by `scripts/bench --growth` on {_where()}. The requests are distinct ones, one "
        "at a time; group stats are those of a project with more than half of all runs."
    )
    rows = [_size(point) for point in points]
    heads = [
        "runs",
        "first answer s",
        "most MB while loading",
        "loaded MB",
        "after requests MB",
        "group stats p50 ms",
        "p99 ms",
        "thread p50 ms",
        "100 runs p50 ms",
    ]
    return "\n".join([about, "", *_table(heads, rows)]) + "\n"


def growth_document(points: Sequence[Point]) -> str:
    """The same as JSON."""
    return _json(machine() | {"points": [attrs.asdict(point) for point in points]})


def _size(point: Point) -> list[str]:
    if point.failure:
        return [f"{point.runs:,}", f"not measured: {point.failure}", *[""] * 7]
    return [
        f"{point.runs:,}",
        f"{point.first_answer_seconds:.2f}",
        f"{point.peak_mb:,.0f}",
        f"{point.loaded_mb:,.0f}",
        f"{point.used_mb:,.0f}",
        _milliseconds(point.stats_p50_ms),
        _milliseconds(point.stats_p99_ms),
        _milliseconds(point.thread_p50_ms),
        _milliseconds(point.page_p50_ms),
    ]


def put_into(page: str, name: str, fragment: str) -> str:
    """The page's text with the fragment between the markers of that name. Raises ValueError where
    it has no such markers."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    head, found, rest = page.partition(begin)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"no {begin.strip()} … {end}")
    return head + begin + fragment + end + tail


def medians(found: Comparison, workload: str, figure: str) -> dict[str, float]:
    """Of each server that took part in the workload, by name: the median over the rounds of one
    of a slice's figures."""
    figures = {
        server.name: [
            getattr(part, figure)
            for part in found.slices
            if (part.server, part.workload) == (server.name, workload)
        ]
        for server in found.servers
    }
    return {name: statistics.median(values) for name, values in figures.items() if values}


def ratios(found: Comparison, workload: str, ours: str) -> dict[str, float]:
    """How many times as many requests a second as each other server, by name, the one named `ours`
    answers: the median of the rounds' ratios."""
    rates = {
        (part.server, part.round): part.per_second
        for part in found.slices
        if part.workload == workload
    }
    each = {
        server.name: [
            rates[ours, number] / rate
            for (who, number), rate in rates.items()
            if who == server.name
        ]
        for server in found.servers
        if server.name != ours
    }
    return {name: statistics.median(values) for name, values in each.items() if values}


def _ours(found: Comparison) -> list[Server]:
    return [server for server in found.servers if server.is_ours]


def _short(server: Server) -> str:
    """Of our servers, what tells the one from the others."""
    return server.name.partition(", ")[2] or "ours"


def _where() -> str:
    facts = machine()
    return (
        f"{facts['date']}: {facts['cores']} cores, {facts['memory_gb']} GB, {facts['system']}, "
        f"Python {facts['python']}"
    )


def _rows(found: Comparison, workload: str) -> list[list[str]]:
    compared = [ratios(found, workload, server.name) for server in _ours(found)]
    p50, p99, cpu = (medians(found, workload, key) for key in ("p50_ms", "p99_ms", "cpu_us"))
    return [
        [
            name,
            f"{rate:,.0f}",
            *(f"{ratio[name]:.3g}" if name in ratio else "" for ratio in compared),
            _milliseconds(p50[name]),
            _milliseconds(p99[name]),
            f"{cpu[name]:,.0f}",
        ]
        for name, rate in medians(found, workload, "per_second").items()
    ]


def _resources(found: Comparison) -> list[list[str]]:
    return [
        [
            server.name,
            server.version,
            f"{statistics.median(found.cold_seconds[server.name]):.2f}",
            f"{found.idle_mb[server.name]:.0f}",
            f"{found.loaded_mb[server.name]:.0f}",
            f"{found.answer_bytes[server.name]:,}",
        ]
        for server in found.servers
    ]


def _milliseconds(value: float) -> str:
    return f"{value:.2f}" if value < TENS else f"{value:.1f}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The first column is text, the others are numbers."""
    rule = ["---", *("---:" for _ in heads[1:])]
    return [f"| {' | '.join(row)} |" for row in (heads, rule, *rows)]


def _json(found: object) -> str:
    return json.dumps(found, indent=1) + "\n"

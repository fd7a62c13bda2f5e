"""The tables of docs/speed.md and docs/growth.md are what docs/speed.json and growth.json measured.

The figures are worked out of the JSON a second time, without scripts/benchmark.
"""

from __future__ import annotations

import json
import re
from statistics import median
from typing import Any

import pytest

from tests.conftest import ROOT

MEASURED = {
    name: json.loads((ROOT / "docs" / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("speed", "growth")
}
PAGES = {
    name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("speed", "growth")
}
WORKLOADS = {
    "Repeated": "repeated",
    "Distinct": "distinct",
    "Unseen": "unseen",
    "Distinct, one at a time": "single",
    "Unseen, one at a time": "unseen single",
    "One thread": "thread",
    "Runs": "runs page",
    "Projects": "projects",
    "Threads": "threads",
    "Helicone's sessions": "helicone sessions",
    "Revalidated": "revalidated",
}
SLICES = {part["workload"] for part in MEASURED["speed"]["slices"]}
OURS = ("Locum", "Locum, 2 workers")


def rows(page: str, title: str = "") -> list[list[str]]:
    """The cells of the page's first table below a title in bold, without its head."""
    below = page[page.index(f"**{title}**") :] if title else page[page.index("<!--") :]
    table = re.search(r"^\|.*\n\|[ -:|]+\|\n((?:\|.*\n)+)", below, re.MULTILINE)
    assert table, title
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in table[1].splitlines()]


def figures(workload: str, server: str, name: str) -> dict[int, float]:
    """A figure of the server in each round."""
    return {
        part["round"]: part[name]
        for part in MEASURED["speed"]["slices"]
        if (part["workload"], part["server"]) == (workload, server)
    }


def ratio(workload: str, ours: str, its: str) -> str:
    """The median over the rounds of how many times as many requests a second ours answers."""
    if ours == its:
        return ""
    rates = figures(workload, its, "per_second")
    taken = figures(workload, ours, "per_second")
    return f"{median(taken[each] / rate for each, rate in rates.items()):.3g}"


def rate(workload: str, server: str) -> str:
    return f"{median(figures(workload, server, 'per_second').values()):,.0f}"


def milliseconds(value: float) -> str:
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


@pytest.mark.parametrize("title", [title for title, name in WORKLOADS.items() if name in SLICES])
def test_table_of_a_workload_is_what_was_measured(title: str) -> None:
    workload = WORKLOADS[title]
    servers = [server["name"] for server in MEASURED["speed"]["servers"]]
    asked = [name for name in servers if figures(workload, name, "per_second")]
    assert asked[:2] == [*OURS]
    p50, p99, cpu = (
        {name: median(figures(workload, name, figure).values()) for name in asked}
        for figure in ("p50_ms", "p99_ms", "cpu_us")
    )
    assert rows(PAGES["speed"], title) == [
        [
            name,
            rate(workload, name),
            *(ratio(workload, ours, name) for ours in OURS),
            milliseconds(p50[name]),
            milliseconds(p99[name]),
            f"{cpu[name]:,.0f}",
        ]
        for name in asked
    ]


def test_table_of_start_and_memory_is_what_was_measured() -> None:
    found = MEASURED["speed"]
    assert rows(PAGES["speed"], "Start and memory") == [
        [
            server["name"],
            server["version"],
            f"{median(found['cold_seconds'][server['name']]):.2f}",
            f"{found['idle_mb'][server['name']]:.0f}",
            f"{found['loaded_mb'][server['name']]:.0f}",
            f"{found['answer_bytes'][server['name']]:,}",
        ]
        for server in found["servers"]
    ]


def test_table_of_growth_is_what_was_measured() -> None:
    points: list[dict[str, Any]] = MEASURED["growth"]["points"]
    assert len(points) == 4
    assert rows(PAGES["growth"]) == [
        [
            f"{point['runs']:,}",
            f"{point['first_answer_seconds']:.2f}",
            *(f"{point[name]:,.0f}" for name in ("peak_mb", "loaded_mb", "used_mb")),
            *map(milliseconds, (point["stats_p50_ms"], point["stats_p99_ms"])),
            milliseconds(point["thread_p50_ms"]),
            *([milliseconds(point["page_p50_ms"])] if "page_p50_ms" in point else []),
        ]
        for point in points
    ]


@pytest.mark.parametrize("name", ["speed", "growth"])
def test_page_says_where_and_shows_the_picture(name: str) -> None:
    about = MEASURED[name]
    where = f"on {about['date']}: {about['cores']} cores, {about['memory_gb']} GB, "
    assert f"{where}{about['system']}, Python {about['python']}" in PAGES[name]
    assert f"]({name}.png)" in PAGES[name]


def test_page_says_how_busy_the_machine_was() -> None:
    before, after = MEASURED["speed"]["load_averages"]
    assert f", load average before and after {before:.1f} and {after:.1f};" in PAGES["speed"]


def test_readme_says_what_was_measured() -> None:
    """The rate of each workload is followed by what serves it, and by the ratios to Prism."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for workload, served in {
        "repeated": r"the response cache serves it \({} times as many as Prism's static mode, {} ",
        "distinct": r"the cache of selections \({} and {} times\)",
        "unseen": r"no cache serves it \({} and {} times\)",
    }.items():
        ratios = [ratio(workload, "Locum", f"Prism, {mode}") for mode in ("static", "dynamic")]
        said = rf" {rate(workload, 'Locum')} (requests a second )?where [^,()]*{served}"
        assert re.search(said.format(*map(re.escape, ratios)), readme), workload

"""The measurements as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from benchmark.comparison import Comparison
from benchmark.growth import Point
from benchmark.report import medians
from benchmark.servers import FIXED_BYTES

COLOURS = {"repeated": "#4c72b0", "distinct": "#dd8452", "unseen": "#55a868"}


def comparison(found: Comparison, file: Path) -> None:
    """Requests a second of each server, repeated, distinct and unseen, on a logarithmic scale."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    rates = {workload: medians(found, workload, "per_second") for workload in COLOURS}
    names = [server.name for server in reversed(found.servers) if server.name != FIXED_BYTES]
    for place, (workload, colour) in enumerate(COLOURS.items()):
        heights = [row + 0.27 - 0.27 * place for row in range(len(names))]
        values = [rates[workload][name] for name in names]
        bars = axes.barh(heights, values, height=0.26, color=colour, label=workload)
        axes.bar_label(bars, labels=[f"{value:,.0f}" for value in values], padding=3, fontsize=8)
    axes.set_yticks(range(len(names)), names)
    axes.set_xscale("log")
    axes.margins(x=0.15)
    axes.set_xlabel("requests a second (median of the rounds)")
    axes.legend(loc="best", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=130)


def growth(points: Sequence[Point], file: Path) -> None:
    """Latency, start and memory by the number of runs, on logarithmic scales."""
    measured = [point for point in points if not point.failure]
    runs = [point.runs for point in measured]
    figure = Figure(figsize=(10, 3.5), layout="constrained")
    latency, start, memory = figure.subplots(1, 3)
    latency.plot(runs, [p.stats_p50_ms for p in measured], "o-", label="group stats, p50")
    latency.plot(runs, [p.thread_p50_ms for p in measured], "s-", label="one thread, p50")
    latency.set_title("milliseconds a request")
    latency.legend(frameon=False)
    start.plot(runs, [p.first_answer_seconds for p in measured], "o-")
    start.set_title("seconds to the first answer")
    memory.plot(runs, [p.peak_mb for p in measured], "^-", label="while loading, at most")
    memory.plot(runs, [p.loaded_mb for p in measured], "o-", label="when loaded")
    memory.plot(runs, [p.used_mb for p in measured], "s-", label="after requests")
    memory.set_title("resident MB")
    memory.legend(frameon=False)
    for axes in (latency, start, memory):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("runs")
        axes.grid(visible=True, alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=130)


def memory(
    seconds: Sequence[float], megabytes: Sequence[float], *, settled: float, file: Path
) -> None:
    """Resident memory over time, and a tenth more than what it was after `settled` seconds."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(seconds, megabytes)
    start = next(mb for at, mb in zip(seconds, megabytes, strict=True) if at >= settled)
    axes.plot([settled, seconds[-1]], [1.1 * start] * 2, "--", label="a tenth more")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("seconds")
    axes.set_ylabel("resident MB")
    axes.legend(loc="lower right", frameon=False)
    axes.grid(visible=True, alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=130)

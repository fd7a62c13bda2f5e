"""Our server over more and more runs: how long it takes to load and to answer, and its memory."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
from attrs import frozen

from benchmark.load import load
from benchmark.reads import KINDS, Reads
from benchmark.servers import ServerError, first_answer, locum, running
from benchmark.workloads import Requests, check, facts
from locum.exceptions import StartError

GENERATE = Path(__file__).resolve().parent.parent / "generate_fixtures.py"
MOST_GENERATED = 1_000_000  # runs, which the generator holds in memory; what is larger is copied
PATIENCE_SECONDS = 1800.0  # for the first answer
SECONDS = 20.0  # of requests of one kind, at most
REQUESTS = 200  # of one kind, at most

# An id of the generator, a UUID of version 5, and its other names of threads. A copy's ids have
# another version, which no generated one has: joins hold within a copy, and copies share nothing.
_IDS = "'([0-9a-f]{8}-[0-9a-f]{4}-)5([0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})'"
_NAMES = "'\\b(chat-)(\\d+)\\b'"
_COPIED = {
    "langsmith/runs": ("id", "trace_id", "parent_run_id", "metadata", "share_token"),
    "langsmith/feedback": ("id", "run_id"),
    "helicone/requests": ("request_id", "cache_reference_id", "properties"),
    "helicone/session_tags": ("entity_id",),
}
_VERSIONS = "56789abcdef"  # the first is the original


@frozen
class Point:
    """What was measured over so many runs, or why nothing was. Resident megabytes at most while
    loading, when loaded, and after the requests."""

    runs: int
    first_answer_seconds: float = 0.0
    peak_mb: float = 0.0
    loaded_mb: float = 0.0
    used_mb: float = 0.0
    stats_p50_ms: float = 0.0
    stats_p99_ms: float = 0.0
    thread_p50_ms: float = 0.0
    page_p50_ms: float = 0.0
    failure: str = ""


def grow(sizes: Sequence[int], cache: Path) -> list[Point]:
    """Measure each size; datasets that are not in the cache folder are made first."""
    points = []
    for runs in sizes:
        folder = dataset(runs, cache)
        print(f"measuring {runs:,} runs …", file=sys.stderr, flush=True)
        try:
            points.append(_point(runs, folder))
        except ServerError as error:
            points.append(Point(runs, failure=str(error)))
    return points


def dataset(runs: int, cache: Path) -> Path:
    """The folder of a dataset of so many runs: the generator's `default` with that many, or, beyond
    what it generates, as many copies of that.

    Raises StartError for a size that is neither.
    """
    folder = cache / str(runs) / "default"
    if folder.exists():
        return folder
    copies, rest = divmod(runs, MOST_GENERATED)
    if runs > MOST_GENERATED and (rest or copies > len(_VERSIONS)):
        raise StartError(
            f"cannot make a dataset of {runs:,} runs",
            f"choose up to {MOST_GENERATED:,}, or up to {len(_VERSIONS)} times as many exactly",
        )
    print(f"making a dataset of {runs:,} runs …", file=sys.stderr, flush=True)
    if runs <= MOST_GENERATED:
        generate = [sys.executable, str(GENERATE), "default", "--runs", str(runs), "--out"]
        subprocess.run([*generate, str(folder.parent)], check=True, stdout=subprocess.DEVNULL)
        return folder
    original = dataset(MOST_GENERATED, cache)
    aside = folder.with_name("unfinished")
    shutil.rmtree(aside, ignore_errors=True)
    shutil.copytree(original, aside, ignore=shutil.ignore_patterns("manifest.json"))
    for table, columns in _COPIED.items():
        _copy(original / f"{table}.parquet", aside / f"{table}.parquet", columns, copies)
    return aside.rename(folder)


def _copy(source: Path, target: Path, columns: Sequence[str], copies: int) -> None:
    """Write the rows so many times, one copy after the other, with ids of each copy's own in
    these columns."""
    rows = " UNION ALL ".join(
        f"SELECT * REPLACE ({', '.join(_of_copy(column, version) for column in columns)}) "
        "FROM read_parquet($source)"
        for version in _VERSIONS[:copies]
    )
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(
            f"COPY ({rows}) TO $target (FORMAT parquet, COMPRESSION zstd)",
            {"source": str(source), "target": str(target)},
        )


def _of_copy(column: str, version: str) -> str:
    if column == "properties":
        texts = f"list_transform(map_values(properties), lambda text: {_renamed('text', version)})"
        return f"map(map_keys(properties), {texts}) AS properties"
    return f"{_renamed(column, version)} AS {column}"


def _renamed(text: str, version: str) -> str:
    ids = f"regexp_replace({text}, {_IDS}, '\\1{version}\\2', 'g')"
    return f"regexp_replace({ids}, {_NAMES}, '\\1{version}\\2', 'g')"


def _point(runs: int, folder: Path) -> Point:
    about = facts(folder)
    requests = Requests(about)
    began = time.perf_counter()
    with running(locum(folder)) as server:
        answer = first_answer(server, requests.repeated, PATIENCE_SECONDS)
        took = time.perf_counter() - began
        check(answer, about)
        loaded, peak = server.resident_bytes(), server.peak_bytes()
        pages = Reads(about).of(KINDS[0], REQUESTS)
        stats, thread, page = (
            load(server.port, asked, concurrency=1, seconds=SECONDS)
            for asked in (requests.distinct(REQUESTS), requests.threads[:REQUESTS], pages)
        )
        used = server.resident_bytes()
    return Point(
        runs=runs,
        first_answer_seconds=took,
        peak_mb=peak / 1e6,
        loaded_mb=loaded / 1e6,
        used_mb=used / 1e6,
        stats_p50_ms=stats.percentile(50) * 1e3,
        stats_p99_ms=stats.percentile(99) * 1e3,
        thread_p50_ms=thread.percentile(50) * 1e3,
        page_p50_ms=page.percentile(50) * 1e3,
    )

"""Growth in scripts/bench: datasets that are copies of another, and the table of sizes."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from benchmark import growth, report, workloads
from benchmark.servers import first_answer, locum, running
from benchmark.workloads import Requests
from locum.exceptions import StartError

ORPHANS = {
    "a root run": "{runs} AS r ANTI JOIN {runs} AS t ON r.trace_id = t.id AND t.trace_id = t.id",
    "a parent": """
        (FROM {runs} WHERE parent_run_id IS NOT NULL) AS r ANTI JOIN {runs} AS p
        ON r.parent_run_id = p.id AND r.trace_id = p.trace_id AND r.metadata[:50] = p.metadata[:50]
    """,
    "a run": """
        {feedback} AS f ANTI JOIN {runs} AS r ON f.run_id = r.id AND f.session_id = r.session_id
    """,
    "a call": """
        {requests} AS q ANTI JOIN (FROM {runs} WHERE run_type = 'llm') AS r
        ON q.request_id = r.id AND q.prompt_tokens IS NOT DISTINCT FROM r.prompt_tokens
    """,
}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A generated dataset of 1,300 runs, and one of three copies of it."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(growth, "MOST_GENERATED", 1300)
        cache = tmp_path_factory.mktemp("data")
        return growth.dataset(1300, cache), growth.dataset(3900, cache)


def tables(folder: Path) -> dict[str, str]:
    """The names of the tables in SQL."""
    names = {"runs": "langsmith", "feedback": "langsmith", "requests": "helicone"}
    return {name: f"'{folder}/{provider}/{name}.parquet'" for name, provider in names.items()}


def count(what: str, source: str) -> int:
    with duckdb.connect() as connection:
        found: int = connection.execute(f"SELECT count({what}) FROM {source}").fetchall()[0][0]
        return found


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("runs", "id"),
        ("runs", "trace_id"),
        ("runs", "parent_run_id"),
        ("feedback", "id"),
        ("feedback", "run_id"),
        ("requests", "request_id"),
        ("requests", "properties['Helicone-Session-Id']"),
    ],
)
def test_copies_of_a_dataset_have_rows_and_ids_of_their_own(
    copied: tuple[Path, Path], table: str, key: str
) -> None:
    once, thrice = (tables(folder)[table] for folder in copied)
    assert count("*", thrice) == 3 * count("*", once)
    assert count(f"DISTINCT {key}", thrice) == 3 * count(f"DISTINCT {key}", once) > 0


@pytest.mark.parametrize("lacking", ORPHANS)
def test_rows_of_a_copy_refer_to_rows_of_the_same_copy(
    copied: tuple[Path, Path], lacking: str
) -> None:
    for folder in copied:
        assert count("*", ORPHANS[lacking].format(**tables(folder))) == 0


def test_copies_hold_as_many_threads_more_and_are_served(copied: tuple[Path, Path]) -> None:
    once, thrice = (workloads.facts(folder) for folder in copied)
    assert (thrice.session, thrice.first, thrice.last) == (once.session, once.first, once.last)
    assert thrice.root_runs == 3 * once.root_runs
    assert len(thrice.threads) == 3 * len(once.threads)
    with running(locum(copied[1])) as server:
        workloads.check(first_answer(server, Requests(thrice).repeated), thrice)


def test_size_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="1,500,000 runs") as refusal:
        growth.dataset(1_500_000, tmp_path)
    assert refusal.value.fix == "choose up to 1,000,000, or up to 11 times as many exactly"


def test_size_that_was_not_measured_says_why() -> None:
    table = report.growth_markdown(
        [growth.Point(10_000, 0.5, 1, 2, 3, 4, 5, 6, 7), growth.Point(20_000, failure="x")]
    )
    *_, first, second = table.splitlines()
    assert first == "| 10,000 | 0.50 | 1 | 2 | 3 | 4.00 | 5.00 | 6.00 | 7.00 |"
    assert second == "| 20,000 | not measured: x |  |  |  |  |  |  |  |"

"""The engine answers any number of threads at once, each statement parsed once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from locum.datasets import dataset as datasets
from locum.engine import duckdb as engines
from locum.engine.duckdb import DuckDB, Parameters
from locum.langsmith.run_statistics import prepare, run_stats
from locum.stats.column_store import where
from tests.oracles.langsmith_rows import load, run

COUNT = "SELECT count(*), $name FROM runs WHERE name = $name"


@pytest.fixture
def engine(tmp_path: Path) -> DuckDB:
    """One run named 1, two named 2, up to 20."""
    names = [str(n) for n in range(1, 21) for _ in range(n)]
    return load(tmp_path, runs=[run(f"{place}", name=name) for place, name in enumerate(names)])


def test_threads_get_their_own_answers_to_one_statement(engine: DuckDB) -> None:
    def asked(place: int) -> bool:
        number = place % 20 + 1
        return engine.rows(COUNT, {"name": str(number)}) == [(number, str(number))]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(asked, range(800)))


def test_threads_make_a_deferred_table_once(engine: DuckDB) -> None:
    def asked(_: int) -> int:
        return int(engine.rows("SELECT count(*) FROM run_texts")[0][0])

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(asked, range(40))) == {210}


def test_a_statement_is_parsed_once(engine: DuckDB) -> None:
    for name in "1212":
        engine.rows(COUNT, {"name": name})
    found = engine._parsed.cache_info()
    assert (found.misses, found.hits) == (1, 3)


def test_a_long_statement_is_not_kept(engine: DuckDB) -> None:
    """Clients can make many, each another."""
    for _ in range(3):
        assert engine.rows(f"SELECT length('{'x' * 4000}')") == [(4000,)]
    assert engine._parsed.cache_info().currsize == 0


def test_an_error_leaves_the_thread_able_to_ask(engine: DuckDB) -> None:
    with pytest.raises(Exception, match="no_such_table"):
        engine.rows("SELECT 1 FROM no_such_table")
    assert engine.rows("SELECT 1") == [(1,)]


def test_what_is_large_is_loaded_by_more_threads_and_answers_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def loaded() -> DuckDB:
        engine = DuckDB(datasets.find("tiny"))
        prepare(engine)
        engine.rest()
        return engine

    small = loaded()
    monkeypatch.setattr(engines, "_SMALL_BYTES", 0)
    large = loaded()
    assert (small.is_small, large.is_small) == (True, False)
    fields = ("run_count", "latency_p99", "total_cost", "run_facets", "feedback_stats")
    of_small, of_large = (
        run_stats(engine, where(engine, "TRUE", Parameters()), fields) for engine in (small, large)
    )
    assert of_small == of_large
    assert of_small["run_count"] == 250
    setting = "SELECT current_setting('{}')"
    usual = duckdb.connect().execute(setting.format("threads")).fetchall()
    assert large.rows(setting.format("threads")) == usual
    assert small.rows(setting.format("threads")) == [(1,)]
    flush = setting.format("allocator_bulk_deallocation_flush_threshold")
    assert small.rows(flush) == large.rows(flush)

"""The engine answers any number of threads at once, each statement parsed once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from langsmith_rows import load, run
from understudy.engine import DuckDB

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

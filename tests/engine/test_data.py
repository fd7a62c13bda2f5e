"""What handlers see of a dataset: its rows, columns as arrays, and what is computed of it once."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from locum.engine.data import Cancelled, Data, Parameters, TakesLong, Unprepared, Work
from locum.engine.tables import Derived, Table
from locum.provider import BOOLEAN, INTEGER, TEXT
from tests.oracles.small_tables import Rows, data_of

TABLES = {"small/items": Table({"name": TEXT, "number": INTEGER, "is_new": BOOLEAN})}
ROWS: Rows = {
    "small/items": [
        {"name": "a", "number": 1, "is_new": True},
        {"name": "b", "number": None, "is_new": False},
        {"number": 3},
    ]
}


@pytest.fixture
def data(tmp_path: Path) -> Data:
    """Three rows: a is 1 and new, b has no number and is not new, and 3 has nothing else."""
    return data_of(tmp_path / "shelf", TABLES, ROWS)


def test_data_have_the_name_of_their_folder(data: Data) -> None:
    assert data.name == "shelf"


@pytest.mark.parametrize(
    ("said", "now"), [("1970-01-03T00:00:01Z", 172_801_000_000), ("soon", None), (None, None)]
)
def test_data_know_what_is_now(tmp_path: Path, said: str | None, now: int | None) -> None:
    data = data_of(tmp_path / "shelf", TABLES, ROWS)
    (tmp_path / "shelf" / "manifest.json").write_text(json.dumps({"now": said}))
    assert data.now_us is None
    assert data_of(tmp_path / "shelf", TABLES, {}).now_us == now


# Rows.


def test_rows_are_tuples_of_values(data: Data) -> None:
    """NULL is None, numbers are ints, and the order is the statement's."""
    assert data.rows("SELECT name, number, is_new FROM small_items ORDER BY row") == [
        ("a", 1, True),
        ("b", None, False),
        (None, 3, None),
    ]
    assert data.rows("SELECT name FROM small_items WHERE false") == []


@pytest.mark.parametrize(
    "value",
    ["a", "'; DROP TABLE small_items; --", "$other", "ü", "\0", 7, 2**62, 2.5, True, None, [1, 2]],
)
def test_a_parameter_is_a_value(data: Data, value: Any) -> None:
    """And never becomes part of the statement."""
    assert data.rows("SELECT $value", value=value) == [(value,)]
    assert data.rows("SELECT count(*) FROM small_items") == [(3,)]


def test_a_parameter_may_have_any_name_and_come_again(data: Data) -> None:
    assert data.rows("SELECT $statement, $self, $self", statement=1, self=2) == [(1, 2, 2)]


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        ("SELECT $n", {}),
        ("SELECT 1", {"n": 1}),
        ("SELECT * FROM nothing", {}),
        ("SELEC 1", {}),
        ("SELECT 1; SELECT 2", {}),
    ],
)
def test_a_statement_that_cannot_be_run_is_an_error(
    data: Data, statement: str, parameters: dict[str, int]
) -> None:
    """A fault of the handler's; the data answer on."""
    with pytest.raises((duckdb.Error, ValueError)):
        data.rows(statement, **parameters)
    assert data.rows("SELECT 1") == [(1,)]


# Arrays.


def test_arrays_mask_what_is_null(data: Data) -> None:
    """A column without NULL is an array as others are."""
    found = data.arrays("SELECT number, row FROM small_items ORDER BY row")
    assert isinstance(found["number"], np.ma.MaskedArray)
    assert found["number"].mask.tolist() == [False, True, False]
    assert found["number"].compressed().tolist() == [1, 3]
    assert not isinstance(found["row"], np.ma.MaskedArray)
    assert found["row"].tolist() == [1, 2, 3]


def test_columns_are_arrays_by_name_with_what_is_there(data: Data) -> None:
    """Of a column without NULL there is nothing to tell."""
    columns = data.columns("SELECT number, row FROM small_items ORDER BY row")
    assert list(columns) == ["number", "row"]
    numbers, is_there = columns["number"]
    assert is_there is not None
    assert is_there.tolist() == [True, False, True]
    assert numbers[is_there].tolist() == [1, 3]
    assert (str(numbers.dtype), str(is_there.dtype)) == ("int64", "bool")
    rows, is_there = columns["row"]
    assert (rows.tolist(), is_there) == ([1, 2, 3], None)


def test_columns_of_texts_hold_objects(data: Data) -> None:
    ((names, is_there),) = data.columns("SELECT name FROM small_items ORDER BY row").values()
    assert is_there is not None
    assert (names[is_there].tolist(), str(names.dtype)) == (["a", "b"], "object")


@pytest.mark.parametrize(("where", "length"), [("number IS NULL", 1), ("false", 0)])
def test_columns_may_have_nothing_in_them(data: Data, where: str, length: int) -> None:
    numbers, is_there = data.columns(f"SELECT number FROM small_items WHERE {where}")["number"]
    assert len(numbers) == length
    assert is_there is None or is_there.tolist() == [False] * length
    assert (is_there is None) == (length == 0)


def test_columns_take_parameters(data: Data) -> None:
    found = data.columns("SELECT number FROM small_items WHERE number > $least", least=1)
    assert found["number"][0].tolist() == [3]


# Once.


class Counting:
    """What is to be made once: counts its calls, and gives a new object each time."""

    def __init__(self, value: Any = None) -> None:
        self.calls, self.value = 0, value

    def __call__(self, data: Data) -> Any:
        self.calls += 1
        return (data, self.value)


def test_what_is_made_once_is_the_very_same(data: Data) -> None:
    make, other = Counting(), Counting()
    first = data.once(make)
    assert first[0] is data
    assert data.once(make) is first
    assert data.once(other) is not first
    assert (make.calls, other.calls) == (1, 1)


def test_none_is_made_once_too(data: Data) -> None:
    calls: list[Data] = []
    for _ in range(2):
        assert data.once(calls.append) is None
    assert calls == [data]


def test_each_data_has_its_own(tmp_path: Path) -> None:
    """They may be of one dataset, loaded twice."""
    make = Counting()
    one, two = (data_of(tmp_path, TABLES, ROWS) for _ in range(2))
    assert one.once(make)[0] is one
    assert two.once(make)[0] is two
    assert make.calls == 2


def test_what_is_made_once_may_ask_for_what_others_make(data: Data) -> None:
    inner = Counting()

    def outer(given: Data) -> tuple[Any, Any]:
        return given.once(inner), given.once(inner)

    first, second = data.once(outer)
    assert first is second is data.once(inner)
    assert inner.calls == 1


def test_what_could_not_be_made_is_made_when_it_is_next_asked_for(data: Data) -> None:
    outcomes: list[Any] = [ValueError("not yet"), "made", "not asked"]

    def make(_data: Data) -> Any:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with pytest.raises(ValueError, match="not yet"):
        data.once(make)
    assert [data.once(make) for _ in range(2)] == ["made", "made"]
    assert outcomes == ["not asked"]


def test_threads_that_ask_at_once_wait_for_the_one_that_makes(data: Data) -> None:
    began, may_end = threading.Event(), threading.Event()
    calls: list[int] = []

    def make(_data: Data) -> object:
        calls.append(1)
        began.set()
        assert may_end.wait(timeout=10)
        return object()

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(data.once, make) for _ in range(8)]
        assert began.wait(timeout=10)
        assert not any(each.done() for each in waiting)
        may_end.set()
        made = {id(each.result(timeout=10)) for each in waiting}
    assert (len(calls), len(made)) == (1, 1)


def test_a_thread_that_makes_one_thing_holds_up_no_other(data: Data) -> None:
    """The slow one waits for what only another `once` sets."""
    asked = threading.Event()

    def slow(_data: Data) -> bool:
        return asked.wait(timeout=10)

    def quick(_data: Data) -> str:
        asked.set()
        return "quick"

    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(data.once, slow)
        assert pool.submit(data.once, quick).result(timeout=10) == "quick"
        assert waiting.result(timeout=10)


# Versions, and lazy tables.


def test_data_that_are_loaded_again_have_another_version(tmp_path: Path) -> None:
    """Every key of a cache holds it: an answer of the one is none of the other."""
    versions = [data_of(tmp_path, TABLES, ROWS).version for _ in range(3)]
    assert len(set(versions)) == 3


def test_a_lazy_table_is_made_when_it_is_asked_for(tmp_path: Path) -> None:
    doubled = Derived("doubled", "SELECT number * 2 AS n FROM small_items", lazy=True)
    data = data_of(tmp_path, TABLES, ROWS, [doubled])
    with pytest.raises(duckdb.Error, match="doubled"):
        data.rows("SELECT n FROM doubled")
    for _ in range(2):
        assert data.rows(f"SELECT sum(n) FROM {data.table('doubled')}") == [(8,)]


@pytest.mark.parametrize("name", ["nothing", "small_items", "eager"])
def test_only_a_lazy_table_can_be_asked_for(tmp_path: Path, name: str) -> None:
    data = data_of(tmp_path, TABLES, ROWS, [Derived("eager", "SELECT 1 AS one")])
    with pytest.raises(LookupError):
        data.table(name)


# A statement that is put together.


def test_values_have_names_of_their_own(data: Data) -> None:
    """However often a value comes."""
    parameters = Parameters()
    least, names = parameters.add(1), parameters.list(["a", "b", "a"])
    assert (least, names) == ("$p0", "$p1, $p2, $p3")
    assert parameters.values == {"p0": 1, "p1": "a", "p2": "b", "p3": "a"}
    statement = f"SELECT name FROM small_items WHERE number >= {least} AND name IN ({names})"
    assert data.rows(statement, **parameters.values) == [("a",)]


def test_no_value_is_in_an_empty_list(data: Data) -> None:
    parameters = Parameters()
    statement = f"SELECT name FROM small_items WHERE name IN ({parameters.list([])})"
    assert data.rows(statement, **parameters.values) == []


def test_the_lazy_tables_of_a_statement_are_noted() -> None:
    parameters = Parameters()
    assert [parameters.table(name) for name in ("one", "two", "one")] == ["one", "two", "one"]
    assert parameters.tables == {"one", "two"}


def test_a_statement_costs_so_much_for_each_row_and_value(data: Data) -> None:
    """Without parameters of its own, one unit for each row."""
    parameters = Parameters()
    names = parameters.add("a", 10), parameters.add("b")
    statement = f"SELECT count(*) FROM small_items WHERE name IN ({', '.join(names)})"
    work = Work()
    assert work.run(lambda: data.rows(statement, parameters)) == [(2,)]
    assert work.spent == 3 * (1 + 10 + 1) + 3_000 * 2
    work.run(lambda: data.columns("SELECT 1"))
    assert work.spent == 3 * (1 + 10 + 1) + 3_000 * 2 + 3


def test_the_size_of_data_is_that_of_their_rows_or_texts(tmp_path: Path) -> None:
    assert data_of(tmp_path / "short", TABLES, ROWS).size == 3
    long = {"small/items": [{"name": "x" * 100_000, "number": 1, "is_new": True}]}
    assert data_of(tmp_path / "long", TABLES, long).size == 100


def test_a_work_that_is_cancelled_before_does_not_begin() -> None:
    work, begun = Work(), []
    work.cancel()
    with pytest.raises(Cancelled):
        work.run(lambda: begun.append(1))
    assert not begun


def test_a_cancelled_work_does_nothing_more(data: Data) -> None:
    work = Work()
    work.cancel()
    with pytest.raises(Cancelled):
        work.run(lambda: data.rows("SELECT 1"))


def test_work_asks_for_a_lazy_table_to_be_prepared(tmp_path: Path) -> None:
    data = data_of(tmp_path, TABLES, ROWS, [Derived("lazy", "SELECT 7 AS n", lazy=True)])
    parameters = Parameters()
    statement = f"SELECT n FROM {parameters.table('lazy')}"
    with pytest.raises(Unprepared) as raised:
        Work().run(lambda: data.rows(statement, parameters))
    assert raised.value.table == "lazy"
    data.prepare("lazy")
    assert Work().run(lambda: data.rows(statement, parameters)) == [(7,)]


def test_what_is_made_once_is_made_to_its_end(data: Data) -> None:
    """Whatever becomes of the work that asked first; the event loop leaves it to a thread."""
    work = Work(0)

    def make(data: Data) -> Any:
        work.cancel()
        return data.rows("SELECT 7")

    with pytest.raises(TakesLong):
        Work(in_loop=True).run(lambda: data.once(make))
    assert work.run(lambda: data.once(make)) == [(7,)]
    assert Work(in_loop=True).run(lambda: data.once(make)) == [(7,)]

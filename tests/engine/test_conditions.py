"""Constraints on the rows of a table by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.oracles.small_checks import found, told


def test_nothing_is_found_where_all_is_right(tmp_path: Path) -> None:
    sale = {
        "kind": "boy's toy",
        "cents": 5,
        "parts": {"a": 0, "b": 2**53},
        "opened_at": "1970-01-01",
        "closed_at": "1970-01-01",
        "notes": {"a": 1},
        "tags": ["a"],
    }
    nulls = dict.fromkeys((*sale, "parent"))
    assert told(tmp_path, sale, nulls, {"parent": "0", "root": "0", "kind": "toy"}, {}) == []


@pytest.mark.parametrize(
    ("sale", "expected"),
    [
        ({"id": None}, "error small/sales.jsonl:2: id is null, expected a value"),
        ({"id": "0", "root": "0"}, "error small/sales.jsonl:2: id is '0', expected each id once"),
        ({"cents": 13}, "error small/sales.jsonl:2: cents is '13', expected no 13"),
        ({"shop": None}, "doubt small/sales.jsonl:2: shop is null, expected a value"),
        (
            {"shop": "s"},
            "doubt small/sales.jsonl:2: shop is 's', expected the id of a row of small/shops",
        ),
        (
            {"owner": "bob"},
            (
                "doubt small/sales.jsonl:2: owner is 'bob', expected that of the row of "
                "small/shops with its shop"
            ),
        ),
        ({"kind": "x"}, "doubt small/sales.jsonl:2: kind is 'x', expected one of toy, boy's toy"),
        (
            {"cents": -1},
            (
                "doubt small/sales.jsonl:2: cents is '-1', expected an integer from 0 to "
                "9,007,199,254,740,992"
            ),
        ),
        (
            {"parts": {"a": 1, "b": -1}},
            (
                "doubt small/sales.jsonl:2: parts is '{a=1, b=-1}', expected integers from 0 to "
                "9,007,199,254,740,992"
            ),
        ),
        (
            {"closed_at": "1969-12-31T23:59:59.5Z"},
            (
                "doubt small/sales.jsonl:2: closed_at is '1969-12-31T23:59:59.500000Z', expected a "
                "time from 1970 to 2200-01-01T00:00:00.000000Z, the end of the dataset"
            ),
        ),
        (
            {"closed_at": "2000-01-01", "opened_at": "2000-01-02"},
            (
                "doubt small/sales.jsonl:2: closed_at is '2000-01-01T00:00:00.000000Z', expected "
                "none before opened_at"
            ),
        ),
        ({"notes": [1]}, "error small/sales.jsonl:2: notes is '[1]', expected a JSON object"),
        (
            {"parent": "1", "root": "1"},
            "error small/sales.jsonl:2: parent is '1', expected no row that is its own ancestor",
        ),
    ],
)
def test_a_row_that_breaks_a_constraint_is_told(
    tmp_path: Path, sale: Mapping[str, Any], expected: str
) -> None:
    assert told(tmp_path, {}, sale) == [expected]
    assert told(tmp_path, {}, sale, days=5) == [expected]


def test_rows_that_are_equal_in_columns_that_should_differ_are_told(tmp_path: Path) -> None:
    toy = {"kind": "toy"}
    assert told(tmp_path, toy, toy, {"kind": None}, {}, toy) == [
        (
            "doubt small/sales.jsonl:2: shop is 'n', expected each shop and kind and owner once "
            "(and in 5)"
        )
    ]


def test_a_sum_that_no_double_holds_is_told_of_the_whole_table(tmp_path: Path) -> None:
    half = {"cents": 2**52}
    assert told(tmp_path, half, half) == []
    assert told(tmp_path, half, half, {"cents": 1}) == [
        (
            "doubt small/sales.jsonl: cents is '9007199254740993', expected a sum of "
            "9,007,199,254,740,992 at most"
        )
    ]


def test_the_first_rows_with_a_fault_are_told_and_all_are_counted(tmp_path: Path) -> None:
    faults = [{}, *[{"cents": -1}] * 6, {}]
    (line,) = told(tmp_path, *faults)
    assert line.startswith("doubt small/sales.jsonl:2: cents is '-1', expected an integer from 0")
    assert line.endswith("(and in 3, 4, 5 and 2 more)")


def test_times_are_not_after_the_end_that_the_manifest_tells(tmp_path: Path) -> None:
    sales = [{"closed_at": "2026-06-30T12:00:00Z"}, {"closed_at": "2026-06-30T12:00:00.000001Z"}]
    for now in ("2026-06-30T12:00:00Z", "2026-06-30T14:00:00+02:00", "2026-06-30T12:00:00"):
        (line,) = told(tmp_path, *sales, manifest={"now": now})
        assert line.startswith("doubt small/sales.jsonl:2: closed_at is '2026-06-30T12:00:00.00000")
        assert line.endswith("to 2026-06-30T12:00:00.000000Z, the end of the dataset")
    assert told(tmp_path, *sales, manifest={}) == []


# What only Parquet can hold.


def test_items_and_numbers_that_json_has_not_are_told(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    values = """
        ('a', ['x', NULL], MAP {'a': 1}, '{"a": "NaN, [Infinity]", "\\"": "NaN"}'),
        ('b', ['x'], MAP {'a': NULL}, '{"a": [1, NaN]}'),
        ('c', [], MAP {}, '{"a": {"b": -Infinity}}'),
        ('d', NULL, NULL, '{"NaN": 1}')
    """
    select = f"SELECT id, id AS root, 'n' AS shop, * EXCLUDE (id) FROM (VALUES {values}) "
    file = tmp_path / "small" / "sales.parquet"
    columns = "every(id, tags, parts, notes)"
    duckdb.execute(f"COPY ({select} {columns}) TO '{file}'")
    rows = {"small/shops": [{"id": "n"}]}
    every = [str(each).replace(f"{file}: ", "") for each in found(tmp_path, rows)]
    assert every == [
        "row 2: parts is '{a=NULL}', expected no null in it",
        "row 2: notes is '{\"a\": [1, NaN]}', expected JSON, which has no such number (and in 3)",
        "row 1: tags is '[x, NULL]', expected no null in it",
    ]

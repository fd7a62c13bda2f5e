"""Results of SQL statements have the columns that were asked for, and rows that fit them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from locum.generator import recipe_loader
from locum.generator.dialogues import example_talks
from locum.generator.query_results import in_words, table


@pytest.mark.parametrize(
    ("statement", "columns"),
    [
        ("SELECT sum(amount) FROM orders WHERE city = 'Oslo'", ["sum"]),
        ("SELECT c.id FROM customers c JOIN orders o ON o.customer_id = c.id", ["id"]),
        ("SELECT shop, rank() OVER (ORDER BY growth DESC) FROM shops", ["shop", "rank"]),
        ("SELECT * FROM orders WHERE company = 'A' AND amount > 100", ["id", "company", "amount"]),
        ("select date_trunc('week', d), count(*) from t group by 1", ["date_trunc", "count"]),
        ("SELECT avg(x) AS mean, round(y, 2) as y FROM t", ["mean", "y"]),
        ('SELECT "合計" FROM "売上"', ["合計"]),
        ("SELECT\n  a,\n  b\nFROM t", ["a", "b"]),
        ("SELECT 'text' FROM t", ["?column?"]),
    ],
)
def test_columns_are_those_of_the_statement(statement: str, columns: list[str]) -> None:
    """Named as PostgreSQL names them; those of `*` are an id and what is compared."""
    assert table(statement, 0)["columns"] == columns


@pytest.mark.parametrize(
    ("statement", "number", "rows"),
    [
        # 100,000 cents and 3 times 1,237.
        ("SELECT sum(amount) FROM orders", 3, [[1037.11]]),
        # Two rows: 1 + 5 % 4. In cents: 20,050 and 37 times 5, then 37 times 5 + 211.
        (
            "SELECT * FROM orders WHERE company = 'O'Hara Inc' AND amount > 100",
            5,
            [[1005, "O'Hara Inc", 202.35], [1042, "O'Hara Inc", 280.42]],
        ),
        # 2024-02-01 is a Thursday. 41 = 40 + 1, and 1 + 287 % 90 = 18, 1 + 318 % 90 = 49.
        (
            "SELECT date_trunc('week', d), count(*) FROM t WHERE d >= '2024-02-01' GROUP BY 1",
            41,
            [["2024-01-29", 18], ["2024-02-05", 49]],
        ),
        (
            "SELECT date_trunc('quarter', a_at) FROM t WHERE a_at >= '2024-11-01' GROUP BY 1",
            1,
            [["2024-10-01"], ["2025-01-01"]],
        ),
        (
            "SELECT date_trunc('month', a_at) FROM t WHERE a_at >= '2024-12-01' GROUP BY 1",
            1,
            [["2024-12-01"], ["2025-01-01"]],
        ),
        ("SELECT date_trunc('day', a_at) FROM t GROUP BY 1", 41, [["2024-01-02"], ["2024-01-03"]]),
        # 900 euros, 10,050 cents and 37 times 4.
        ("SELECT * FROM orders WHERE amount > 900", 4, [[1004, 1001.98]]),
        ("SELECT avg(amount) FROM orders WHERE amount > 900", 4, [[910.52]]),
        (
            "SELECT sold_at FROM t WHERE sold_at >= '2024-02-28'",
            41,
            [["2024-02-29"], ["2024-03-01"]],
        ),
        (
            "SELECT shop, rank() OVER (ORDER BY g DESC) FROM t ORDER BY shop <> 'Rome', rank",
            1,
            [["Rome", 1], ["Lisbon", 2]],
        ),
        ("SELECT name FROM customers", 8, [["Adler"]]),
        (
            "SELECT shop, rank() OVER (ORDER BY growth DESC) FROM shops",
            2,
            [["Nairobi", 1], ["Osaka", 2], ["Lisbon", 3]],
        ),
    ],
)
def test_rows_have_values_of_their_columns(
    statement: str, number: int, rows: list[list[Any]]
) -> None:
    assert table(statement, number)["rows"] == rows


@pytest.mark.parametrize("text", ["", "SELECT", "SELECT 1", "Σσς", "DROP TABLE orders"])
def test_what_is_no_select_finds_nothing(text: str) -> None:
    assert table(text, 7) == {"columns": [], "rows": []}


def test_rows_are_told_in_words() -> None:
    assert in_words({"columns": ["sum"], "rows": [[1037.11]]}) == "1037.11"
    assert in_words({"columns": ["a", "b"], "rows": [["x", 1], ["y", 2]]}) == "x 1; y 2"
    assert in_words({"columns": [], "rows": []}) == "nothing"


def test_every_statement_of_the_base_world_finds_whole_rows() -> None:
    """Whatever the number: one row for a total, else one to four that differ, amounts above what is
    asked for."""
    seen = set()
    for talk in example_talks(recipe_loader.find("tiny"), 60):
        least = int(bound[1]) if (bound := re.search(r"amount > (\d+)", talk.statement)) else 0
        for number in range(0, 1000, 7):
            found = table(talk.statement, number)
            columns, rows = found["columns"], found["rows"]
            total = len(columns) == 1
            assert 1 <= len(rows) <= (1 if total else 4)
            assert {len(row) for row in rows} == {len(columns)}
            assert len({tuple(row) for row in rows}) == len(rows)
            if "amount" in columns:
                assert min(row[columns.index("amount")] for row in rows) > least
            seen.add(tuple(columns))
    assert len(seen) >= 7

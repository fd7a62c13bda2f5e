"""Results of SQL statements have the columns that were asked for, and rows that fit them."""

from __future__ import annotations

from typing import Any

import pytest

from locum.generator import recipe_loader
from locum.generator.query_results import table


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
        # Two rows: 1 + 5 % 4. In cents: 10,050 and 37 times 5, then 37 times 5 + 211.
        (
            "SELECT * FROM orders WHERE company = 'O'Hara Inc' AND amount > 100",
            5,
            [[1005, "O'Hara Inc", 102.35], [1042, "O'Hara Inc", 180.42]],
        ),
        # 2024-01-01 is a Monday; 41 = 40 + 1, and 1 + 287 % 90 = 18, 1 + 318 % 90 = 49.
        (
            "SELECT date_trunc('week', sold_at), count(*) FROM sales GROUP BY 1",
            41,
            [["2024-01-08", 18], ["2024-01-15", 49]],
        ),
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


def test_every_statement_of_the_base_world_finds_whole_rows() -> None:
    """Whatever the number: one row for a total, else one to four that differ, amounts above 100."""
    for _, _, answer in recipe_loader.find("tiny").projects["sql-copilot"].talks:
        statement = answer.format(city="Oslo", company="Birch", product="kettle")
        for number in range(1000):
            found = table(statement, number)
            columns, rows = found["columns"], found["rows"]
            assert 1 <= len(rows) <= (1 if columns == ["sum"] else 4)
            assert {len(row) for row in rows} == {len(columns)}
            assert len({tuple(row) for row in rows}) == len(rows)
            if "amount" in columns:
                assert min(row[columns.index("amount")] for row in rows) > 100

"""Each example in the tables of docs/filters.md selects what plain Python selects from `tiny`."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from locum.engine.data import Data, Parameters
from locum.langsmith.filters import ast as expression
from locum.langsmith.filters import parser as reading
from locum.langsmith.filters.fields import RUNS
from tests.conftest import ROOT, Rows
from tests.oracles.bundled import data_of, find
from tests.oracles.run_evaluator import selected

PAGE = (ROOT / "docs" / "filters.md").read_text(encoding="utf-8")
TABLES = re.findall(r"\n\| form \| example \| meaning \|\n\|---\|---\|---\|\n((?:\|.*\n)+)", PAGE)
ROWS = [row for table in TABLES for row in table.splitlines()]
EXAMPLES = [re.split(r"(?<!\\)\|", row)[2].strip().strip("`") for row in ROWS]
CONSTANTS = {"true": True, "false": False, "null": None}


@pytest.fixture(scope="module")
def engine() -> Data:
    return data_of(find("tiny"))


def nested(text: str) -> list[Any]:
    """The example as nested lists, read by Python's own parser: ["eq", "name", "x"]."""
    python = re.sub(r"\b(and|or|not|in)\(", r"\1_(", text)

    def value(node: ast.expr) -> Any:
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name)
            return [node.func.id.rstrip("_"), *map(value, node.args)]
        if isinstance(node, ast.Name):
            return CONSTANTS.get(node.id, node.id)
        return ast.literal_eval(node)

    parsed: list[Any] = value(ast.parse(python, mode="eval").body)
    return parsed


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_selects_what_plain_python_selects(engine: Data, tiny: Rows, example: str) -> None:
    parameters = Parameters()
    condition = RUNS.where(reading.parse(example), parameters)
    for table in parameters.tables:
        engine.table(table)
    found = engine.rows(f"SELECT run FROM runs WHERE {condition}", **parameters.values)
    expected = selected(nested(example), tiny("langsmith/runs"), tiny("langsmith/feedback"))
    assert {run for (run,) in found} == expected
    assert 0 < len(expected) < len(tiny("langsmith/runs")), "an example that shows nothing"


def test_the_tables_have_a_row_for_each_comparator() -> None:
    assert len(TABLES) == 3
    assert len(EXAMPLES) > 20
    forms = "".join(row.split("|")[1] + row.split("|")[2] for row in ROWS)
    for comparator in expression.COMPARATORS:
        assert f"`{comparator}`" in forms or f"`{comparator}(" in forms, comparator

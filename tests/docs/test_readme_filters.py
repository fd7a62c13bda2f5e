"""Each example in README's table of filters selects what plain Python selects from `tiny`."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from locum.datasets import dataset as datasets
from locum.engine.duckdb import DuckDB, Parameters
from locum.langsmith.filters import ast as expression
from locum.langsmith.filters import parser as reading
from locum.langsmith.filters import sql as runs
from tests.conftest import ROOT, Rows
from tests.oracles.run_evaluator import selected

README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE = README.partition("\n| form | example | meaning |\n")[2].partition("\n\n")[0]
EXAMPLES = [re.split(r"(?<!\\)\|", line)[2].strip().strip("`") for line in TABLE.splitlines()[1:]]
CONSTANTS = {"true": True, "false": False, "null": None}


@pytest.fixture(scope="module")
def engine() -> DuckDB:
    return DuckDB(datasets.find("tiny"))


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
def test_example_selects_what_plain_python_selects(
    engine: DuckDB, tiny: Rows, example: str
) -> None:
    parameters = Parameters()
    condition = runs.where(reading.parse(example), parameters)
    found = engine.rows(f"SELECT run FROM runs WHERE {condition}", parameters.values)
    expected = selected(nested(example), tiny("langsmith/runs"), tiny("langsmith/feedback"))
    assert {run for (run,) in found} == expected
    assert 0 < len(expected) < len(tiny("langsmith/runs")), "an example that shows nothing"


def test_the_table_has_a_row_for_each_comparator() -> None:
    assert len(EXAMPLES) > 20
    for comparator in expression.COMPARATORS:
        assert f"`{comparator}`" in TABLE, comparator

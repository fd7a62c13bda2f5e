"""What is found in a whole dataset: its rows, and its manifest."""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.datasets.constraints import Constraints, Value
from locum.engine.tables import Table
from locum.exceptions import ProviderError
from locum.provider import TEXT
from tests.oracles.small_checks import KEYS, SHOP, found


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({"keys": 1, "small/shops": 1}, []),
        (None, []),
        ({"keys": 1, "small/shops": 1, "small/sales": 0, "other/table": 0}, []),
        ({"keys": 2, "small/shops": 1}, ["rows of keys are 2, found 1 in its file"]),
        ({"keys": 1}, ["rows of small/shops are 0, found 1 in its file"]),
        (
            {"keys": 1, "small/shops": 1, "small/sales": 1000},
            ["rows of small/sales are 1,000, found no file"],
        ),
        ({"keys": 1, "small/shops": "1"}, ["rows of small/shops are '1', found 1 in its file"]),
        (5, ["rows is 5, expected an object: a number for each table"]),
    ],
)
def test_rows_are_as_many_as_the_manifest_tells(
    tmp_path: Path, rows: object, expected: list[str]
) -> None:
    manifest = {"name": "mine", **({} if rows is None else {"rows": rows})}
    every = found(tmp_path, {"keys": KEYS, "small/shops": [SHOP]}, manifest)
    assert [each.message for each in every] == expected
    assert {(each.file, each.is_error) for each in every} <= {(tmp_path / "manifest.json", False)}


def test_a_now_that_is_no_time_is_told(tmp_path: Path) -> None:
    for now in ("soon", 5, ["2026-06-30"]):
        (finding,) = found(tmp_path, {"keys": KEYS, "small/shops": [SHOP]}, {"now": now})
        assert str(finding).startswith(f"{tmp_path}/manifest.json: now is {now!r}, expected a time")


def test_constraints_that_are_no_sql_are_the_providers_fault(tmp_path: Path) -> None:
    wrong = Value("id", "nothing", "no_such_column > 1")
    table = Table({"id": TEXT}, constraints=Constraints(values=(wrong,)))
    with pytest.raises(ProviderError, match=r"the constraints of a table: .*no_such_col"):
        found(tmp_path, {"small/a": [{"id": "1"}]}, tables={"small/a": table})

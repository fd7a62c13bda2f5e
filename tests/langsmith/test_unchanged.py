"""What is made of few rows is kept while these are as they were."""

from __future__ import annotations

from pathlib import Path

from locum.engine.change import Change, Rows
from locum.engine.data import Data, extension_of
from locum.langsmith.unchanged import unless_changed
from tests.oracles.langsmith_rows import load, session


@unless_changed("langsmith_sessions", "runs")
def names(data: Data) -> list[str]:
    return [name for (name,) in data.rows("SELECT name FROM langsmith_sessions ORDER BY name")]


def test_it_is_made_anew_where_a_row_of_its_tables_has_changed(tmp_path: Path) -> None:
    data = load(tmp_path, sessions=[session("a"), session("b")])
    extend = extension_of(names)
    assert extend is not None
    before = ["a"]
    assert extend(before, data, Change({"feedback": Rows(range(1, 2))})) is before
    assert extend(before, data, Change({"langsmith_sessions": Rows(range(2, 3))})) == ["a", "b"]
    assert extend(before, data, Change({"runs": Rows(changed=(0,))})) == ["a", "b"]

"""Facets: by which values runs are counted, on runs so few that they are counted by hand."""

from __future__ import annotations

from pathlib import Path

from locum.engine.duckdb import Parameters
from locum.langsmith.run_statistics import run_stats
from locum.stats.column_store import where
from locum.stats.facet_index import Facet
from tests.oracles.langsmith_rows import Row, load, run


def facets(folder: Path, runs: list[Row]) -> list[tuple[Facet, int]]:
    engine = load(folder, runs=runs)
    found = run_stats(engine, where(engine, "TRUE", Parameters()), ("run_facets",))
    listed: list[tuple[Facet, int]] = found["run_facets"]
    return listed


def test_facets_count_runs_by_each_of_their_values(tmp_path: Path) -> None:
    """A list in the metadata counts by its elements; 5, "5" and 5.0 are the texts 5, 5 and 5.0;
    null counts for nothing, and a text that looks like a list is a text."""
    runs = [
        run("a", tags=["x", "y", "x"], metadata={"n": 5, "in": {"side": [True, "z", "z"]}}),
        run("b", tags=["x"], metadata={"n": "5", "in": None}),
        run("c", metadata={"n": 5.0, "doc": "[1]", "in": {"side": True}}),
    ]
    found = facets(tmp_path, runs)
    assert found == [
        (("name", "", "agent"), 3),
        (("run_type", "", "chain"), 3),
        (("status", "", "success"), 3),
        (("tag", "", "x"), 2),
        (("tag", "", "y"), 1),
        (("metadata", "doc", "[1]"), 1),
        (("metadata", "in.side", "true"), 2),
        (("metadata", "in.side", "z"), 1),
        (("metadata", "n", "5"), 2),
        (("metadata", "n", "5.0"), 1),
    ]


def test_facets_show_the_ten_most_frequent_values_of_a_key(tmp_path: Path) -> None:
    """Eleven names once each, and one of them a second time: it comes first, and the last of the
    others by their text falls out."""
    runs = [run(str(n), name=f"name {n:02}") for n in range(11)] + [run("again", name="name 07")]
    listed = [(value, n) for (kind, _, value), n in facets(tmp_path, runs) if kind == "name"]
    others = [f"name {n:02}" for n in range(10) if n != 7]
    assert listed == [
        ("name 07", 2),
        *((name, 1) for name in others),
    ]

"""A version of a dataset as files would have it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from locum.datasets import logical_hash
from locum.engine.as_files import AsFiles
from locum.engine.layer import Layer
from locum.engine.snapshots import Outdated
from locum.engine.tables import Table
from locum.provider import INTEGER, JSON, TEXT, TEXTS, TIME, Constraints, Reference, Tree
from tests.oracles import bundled
from tests.oracles.small_tables import data_of

ITEMS, NOTES = "small/items", "small/notes"
TABLES = {
    ITEMS: Table(
        {"id": TEXT, "over": TEXT, "root": TEXT, "n": INTEGER, "made_at": TIME, "tags": TEXTS},
        constraints=Constraints(unique=(("id",),), tree=Tree("id", "over", "root")),
    ),
    NOTES: Table(
        {"id": TEXT, "item": TEXT, "about": JSON},
        constraints=Constraints(
            unique=(("id",),),
            references=(Reference("item", ITEMS, where="id <> 'free'"),),
        ),
    ),
}
# As nobody's engine would write it.
ROWS: Any = {
    ITEMS: [
        {"id": "a", "n": 1, "made_at": "2026-01-01T01:00:00+01:00", "tags": []},
        {"id": "b", "n": None, "tags": ["x"]},
    ],
    NOTES: [{"id": "1", "item": "a", "about": {"b": 1.0, "a": None}}],
}


@pytest.fixture
def layer(tmp_path: Path) -> Iterator[Layer]:
    layer = Layer(data_of(tmp_path / "shelf", TABLES, ROWS))
    yield layer
    layer.close()


def as_files(layer: Layer) -> AsFiles:
    files, _ = layer.as_files(lambda _: None)
    return files


def put(layer: Layer, *rows: Any) -> None:
    layer.write(lambda transaction: transaction.put(ITEMS, rows))
    layer.data()


def test_tables_that_nothing_was_written_to_are_those_of_the_files(layer: Layer) -> None:
    files = as_files(layer)
    assert list(files.tables) == [ITEMS, NOTES]
    assert list(files.rows(ITEMS)) == [
        {"id": "a", "n": 1, "made_at": "2026-01-01T01:00:00+01:00", "tags": []},
        {"id": "b", "tags": ["x"]},
    ]
    assert files.missing() == []
    assert files.now() == "2026-01-01T00:00:00.000000Z"
    assert files.manifest({}, "x")["description"] == ""


def test_rows_of_a_table_that_was_written_to_mean_the_same(layer: Layer) -> None:
    layer.write(lambda t: t.put(ITEMS, [{"id": "c", "tags": ["y"], "n": 3}, {"id": "b", "n": 2}]))
    files = as_files(layer)
    assert list(files.rows(ITEMS)) == [
        {"id": "a", "n": 1, "made_at": "2026-01-01T00:00:00.000000Z"},
        {"id": "b", "n": 2},
        {"id": "c", "n": 3, "tags": ["y"]},
    ]
    assert list(files.rows(NOTES)) == ROWS[NOTES]


def test_what_is_deleted_is_gone(layer: Layer) -> None:
    layer.write(lambda t: t.delete(ITEMS, ["a"]))
    assert [row["id"] for row in as_files(layer).rows(ITEMS)] == ["b"]


def test_one_version_stays_what_it_is_while_it_is_read(layer: Layer) -> None:
    layer.write(lambda t: t.put(ITEMS, ({"id": f"i{n:04}"} for n in range(2_500))))
    rows = as_files(layer).rows(ITEMS)
    first = next(rows)
    for n in range(3):
        put(layer, {"id": "a", "n": 10 + n}, {"id": f"new{n}"})
    layer.write(lambda t: t.delete(ITEMS, ["i2400"]))
    layer.data()
    found = [first, *rows]
    assert len(found) == 2_502
    assert found[0]["n"] == 1
    assert found[-1]["id"] == "i2499"
    assert sum(1 for _ in as_files(layer).rows(ITEMS)) == 2_504


def test_a_version_that_ends_is_outdated(layer: Layer) -> None:
    layer.write(lambda t: t.put(ITEMS, ({"id": f"i{n:04}"} for n in range(2_500))))
    rows = as_files(layer).rows(ITEMS)
    next(rows)
    layer.close()
    with pytest.raises(Outdated):
        list(rows)


def test_files_that_are_others_by_now_are_not_read(tmp_path: Path) -> None:
    data = data_of(tmp_path / "shelf", TABLES, ROWS)
    file = tmp_path / "shelf" / f"{ITEMS}.jsonl"
    file.write_text(json.dumps({"id": "other"}), encoding="utf-8")
    assert [row["id"] for row in AsFiles(data).rows(ITEMS)] == ["a", "b"]
    file.unlink()
    assert [row["id"] for row in AsFiles(data).rows(ITEMS)] == ["a", "b"]


def test_times_are_those_that_are_served(tmp_path: Path) -> None:
    files = AsFiles(data_of(tmp_path / "shelf", TABLES, ROWS, days=2))
    assert next(files.rows(ITEMS))["made_at"] == "2026-01-03T00:00:00.000000Z"
    assert files.now() == "2026-01-03T00:00:00.000000Z"


def test_now_is_the_latest_time_that_was_written(tmp_path: Path) -> None:
    folder = tmp_path / "shelf"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"now": "2026-02-01T00:00:00Z"}', encoding="utf-8")
    layer = Layer(data_of(folder, TABLES, ROWS))
    assert as_files(layer).now() == "2026-02-01T00:00:00.000000Z"
    layer.write(lambda t: t.put(ITEMS, [{"id": "c", "made_at": "2026-01-05T00:00:00Z"}]))
    assert as_files(layer).now() == "2026-02-01T00:00:00.000000Z"
    layer.write(lambda t: t.put(ITEMS, [{"id": "d", "made_at": "2026-03-01T00:00:00.5Z"}]))
    assert as_files(layer).now() == "2026-03-01T00:00:00.500000Z"
    layer.close()


def test_rows_that_name_others_which_are_not_there_are_counted(layer: Layer) -> None:
    orphans = [{"id": "c", "over": "nobody", "root": "c"}, {"id": "d", "over": "c", "root": "c"}]
    layer.write(lambda t: t.put(ITEMS, orphans))
    notes = [{"id": n, "item": "gone"} for n in ("2", "3", "free")]
    layer.write(lambda t: t.put(NOTES, notes))
    found = sorted(each.sentence for each in as_files(layer).missing())
    assert found == [
        "1 rows of small/items are saved with an unknown over: it names no row of small/items",
        "2 rows of small/notes are saved with an unknown item: it names no row of small/items",
    ]


@pytest.mark.parametrize("name", ["tiny", "unicode", "extreme-values"])
def test_rows_of_vendors_tables_survive_the_engine(name: str) -> None:
    """But for lists and maps that are empty, which are as good as none."""
    dataset = bundled.find(name)
    files = AsFiles(bundled.data_of(dataset), frozenset(dataset.files))
    for table, file in dataset.files.items():
        stored = logical_hash.stored(file, table, dataset.tables[table])
        expected = sorted(map(logical_hash.line, map(_without_empty, stored)))
        assert sorted(map(logical_hash.line, files.rows(table))) == expected


def _without_empty(row: dict[str, Any]) -> dict[str, Any]:
    is_listed = ("tags", "scores", "properties")
    return {n: v for n, v in row.items() if not (n in is_listed and v in ([], {}))}

"""A dataset that is written to is the dataset of the same rows: however they came, and whatever
stood there before."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from locum.engine.data import Data
from locum.engine.duckdb import Engine
from locum.engine.layer import Layer, Transaction
from locum.engine.tables import KEYS_TABLE
from locum.helicone import tables as helicone
from locum.langsmith import derived_tables
from locum.langsmith import tables as langsmith
from tests.conftest import rows_of_tiny
from tests.oracles.small_tables import dataset_of

Json = dict[str, Any]

TABLES = {"keys": KEYS_TABLE, **langsmith.TABLES, **helicone.TABLES}
DERIVED = (*derived_tables.DERIVED, *helicone.DERIVED)
LAZY = [each.name for each in DERIVED if each.lazy and each.name != helicone.SESSION_NUMBERS]
OF_RUNS = "FROM {} its JOIN runs ON runs.run = its.run"
# What there is, but for the numbers of rows.
STATEMENTS = [
    "SELECT * EXCLUDE (run) FROM runs",
    "SELECT feedback.* EXCLUDE (row, run), runs.id FROM feedback LEFT JOIN runs USING (run)",
    "SELECT * EXCLUDE (row) FROM langsmith_sessions",
    "SELECT * EXCLUDE (row) FROM langsmith_datasets",
    "SELECT * EXCLUDE (row) FROM langsmith_examples",
    "SELECT * EXCLUDE (row) FROM langsmith_attachments",
    "SELECT * EXCLUDE (row, session_number) FROM helicone_requests",
    "SELECT min(request_id), count(*) FROM helicone_requests GROUP BY session_number",
    "SELECT * EXCLUDE (row) FROM helicone_session_tags",
    f"SELECT runs.id, its.* EXCLUDE (run) {OF_RUNS.format('run_entries')}",
    f"SELECT runs.id, its.* EXCLUDE (run) {OF_RUNS.format('run_contents')}",
    f"SELECT runs.id, its.execution_order {OF_RUNS.format('run_orders')}",
    f"SELECT runs.id, list_sort(string_split(text, chr(10))) {OF_RUNS.format('run_texts')}",
    "SELECT id, e.* EXCLUDE (row) FROM example_entries e JOIN langsmith_examples USING (row)",
    *(
        f"SELECT runs.id, entries.* EXCLUDE (document) {OF_RUNS.format('run_documents')} "
        f"JOIN entries ON entries.document = its.{kind}"
        for kind in derived_tables.DOCUMENTS
    ),
]


def everything(data: Data) -> dict[str, list[str]]:
    """The rows of each statement, sorted."""
    for name in LAZY:
        data.table(name)
    return {each: sorted(map(repr, data.rows(each))) for each in STATEMENTS}


def loaded(folder: Path, rows: Mapping[str, list[Json]]) -> Data:
    return Data(Engine(dataset_of(folder, TABLES, rows), TABLES, DERIVED))


def key_of(table: str, row: Json) -> tuple[Any, ...]:
    return tuple(row[column] for column in TABLES[table].keys)


def other(table: str, row: Json, chance: random.Random) -> Json:
    """A row of the same key with values of its own."""
    changed = dict(row)
    for column, kind in TABLES[table].columns.items():
        if column not in (*TABLES[table].keys, "score") and chance.random() < 0.3:
            changed[column] = {"text": "another", "integer": 5, "json": {"a": [1, "b"]}}.get(kind)
    return changed


def strange(table: str, row: Json, number: int) -> Json:
    """A row of a key that no other has."""
    return row | dict.fromkeys(TABLES[table].keys, f"strange{number}")


@pytest.fixture(scope="module")
def rows() -> dict[str, list[Json]]:
    found = {name: rows_of_tiny(name) for name in TABLES}
    found["langsmith/attachments"] = [
        {"run_id": run["id"], "name": name, "mime_type": "text/plain", "content": "YQ=="}
        for run in found["langsmith/runs"][:10]
        for name in ("one", "two")
    ]
    return found


Step = tuple[str, str, Any]  # put or delete, the table, and the row or its key


def steps_of(
    table: str, every: list[Json], chance: random.Random, *, deletes: bool
) -> tuple[list[Json], list[Step]]:
    """Rows that are there, some of them otherwise than in the end and some that go, and what leads
    to the others, in any order."""
    there = [row for row in every if chance.random() < 0.5]
    base = [other(table, row, chance) if chance.random() < 0.2 else row for row in there]
    extra = [strange(table, row, n) for n, row in enumerate(every[:5])] if deletes else []
    last = {key_of(table, row): row for row in base}
    drawn: list[Step] = [
        ("put", table, row) for row in every if last.get(key_of(table, row)) != row
    ]
    drawn += [("put", table, other(table, row, chance)) for row in every if chance.random() < 0.2]
    chance.shuffle(drawn)
    last |= {key_of(table, row): row for _, _, row in drawn}
    steps = [*drawn, *(("put", table, r) for r in every if last[key_of(table, r)] != r)]
    steps += [("put", table, row) for row in every if chance.random() < 0.05]
    for row in extra:
        steps.insert(chance.randrange(len(steps) + 1), ("delete", table, key_of(table, row)))
    return base + extra, steps


def mixed(parts: list[list[Step]], chance: random.Random) -> Iterator[Step]:
    """The steps of all parts, those of each in its order."""
    turns = [part for part in parts for _ in part]
    chance.shuffle(turns)
    iterators = {id(part): iter(part) for part in parts}
    for part in turns:
        yield next(iterators[id(part)])


@pytest.mark.parametrize("seed", range(4))
def test_what_is_written_in_any_order_is_what_is_loaded(
    tmp_path: Path, rows: dict[str, list[Json]], seed: int
) -> None:
    """Rows come in batches, of all tables; somebody looks now and then, by some seeds at all."""
    chance = random.Random(seed)  # noqa: S311 - the same steps every time
    base, parts = {"keys": rows["keys"]}, []
    for table in rows.keys() - base.keys():
        base[table], steps = steps_of(table, rows[table], chance, deletes=seed % 2 == 0)
        parts.append(steps)
    layer = Layer(loaded(tmp_path / "base", base))
    if seed > 1:
        everything(layer.base)
    for batch in batches(list(mixed(parts, chance)), chance):
        layer.write(partial(write, batch))
        if chance.random() < 0.4:
            layer.data()
        if chance.random() < 0.1:
            everything(layer.data())
    expected, found = everything(loaded(tmp_path / "whole", rows)), everything(layer.data())
    assert {name: found[name] for name in found if found[name] != expected[name]} == {}


def write(batch: list[Step], transaction: Transaction) -> None:
    for what, table, row in batch:
        if what == "delete":
            transaction.delete(table, [row])
        else:
            transaction.put(table, [row])


def batches(steps: list[Step], chance: random.Random) -> Iterator[list[Step]]:
    while steps:
        size = chance.choice([1, 3, 50, 200, 500])
        yield steps[:size]
        steps = steps[size:]

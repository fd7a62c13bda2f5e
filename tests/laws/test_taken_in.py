"""However payloads of runs come in, the same rows become of them: in any order, twice, updates
before creates, children before parents, in requests of any size. The other side is plain code,
tests/oracles/taken_in.py."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import orjson
import pytest

from locum.datasets import prices
from locum.langsmith.ingestion.merging import Outcome
from locum.langsmith.ingestion.payloads import Payload
from locum.langsmith.ingestion.pending import Pending
from locum.langsmith.ingestion.runs import Intake
from locum.langsmith.run_schema import run_schemas
from tests.oracles.langsmith_rows import load
from tests.oracles.taken_in import PRICES, TENANT, Fields, World, project_id, requests

Row = dict[str, Any]


class Projects:
    """Every project is there, under the id of its name."""

    def check(self, session_id: str) -> None:
        assert session_id == project_id("given")

    def named(self, name: str, start_time: str) -> str:  # noqa: ARG002
        return project_id(name)


class Table:
    """A table of runs that keeps rows as texts."""

    def __init__(self, listed: prices.Prices, *, is_batch: bool = True) -> None:
        self.texts: dict[str, bytes] = {}
        self.pending = Pending()
        self.intake = Intake(
            tenant=TENANT,
            projects=Projects(),
            pending=self.pending,
            find=self.find,
            prices=listed,
            is_batch=is_batch,
        )

    def find(self, ids: Collection[str]) -> dict[str, Row]:
        return {each: orjson.loads(self.texts[each]) for each in ids if each in self.texts}

    def take(self, payloads: list[tuple[str, str, Fields]]) -> list[Outcome]:
        made = [Payload(kind, run, fields) for kind, run, fields in payloads]  # type: ignore[arg-type]
        ingested = self.intake.take(made)
        self.texts |= {row["id"]: orjson.dumps(row) for row in ingested.rows}
        ingested.keep()
        return ingested.outcomes

    def rows(self) -> dict[str, Row]:
        """The rows without what only the table itself needs."""
        rows = {run: orjson.loads(text) for run, text in self.texts.items()}
        for row in rows.values():
            del row["received"]
            row.pop("usage", None)
        return rows


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> prices.Prices:
    file: Path = tmp_path_factory.mktemp("prices") / prices.FILE
    content = [
        {"match": f"^{model}$", "input": f"{float(given):f}", "output": f"{float(made):.7f}"}
        for model, (given, made) in PRICES.items()
    ]
    file.write_text(json.dumps(content), encoding="utf-8")
    found, findings = prices.read(file)
    assert findings == []
    return found


@pytest.mark.parametrize("seed", range(40))
def test_any_order_gives_the_rows_of_the_world(seed: int, listed: prices.Prices) -> None:
    world, table = World(seed), Table(listed)
    for request in requests(world.chance, world.payloads()):
        table.take(request)
    expected = world.rows()
    assert table.rows() == expected
    assert not expected.keys() & table.pending.incomplete.keys()
    assert not expected.keys() & table.pending.below.keys()
    assert set(table.pending.incomplete) == set(world.creates | world.updates) - set(expected)


@pytest.mark.parametrize("seed", range(10))
def test_what_is_kept_is_the_same_in_any_order(seed: int, listed: prices.Prices) -> None:
    """What a row keeps for what may still come, too: order leaves no trace."""
    world = World(seed)
    found = []
    for shuffled in (False, True):
        table = Table(listed)
        payloads = world.payloads()
        if shuffled:
            world.chance.shuffle(payloads)
        for payload in payloads:
            assert table.take([payload]) == [Outcome.NEW]
        rows = {run: orjson.loads(text) for run, text in table.texts.items()}
        found.append((rows, table.pending))
    assert found[0] == found[1]


@pytest.mark.parametrize("seed", range(20))
def test_runs_find_their_places_by_their_parents(seed: int, listed: prices.Prices) -> None:
    """POST /runs and PATCH /runs/{id} need tell no place: it is the parent's, whenever that
    comes."""
    world = World(seed)
    for run_id in world.orders:
        whole = world.updates.get(run_id, {}) | world.creates.get(run_id, {})
        filled = {"name": "n", "run_type": "llm", "start_time": "2026-06-01T12:00:00Z"}
        world.creates[run_id] = filled | whole
        world.creates[run_id].pop("dotted_order")
        world.creates[run_id].pop("trace_id")
        update = world.updates.get(run_id)
        if update is not None:
            del update["dotted_order"]
            for name in filled:
                update.pop(name, None)
    table = Table(listed, is_batch=False)
    for request in requests(world.chance, world.payloads()):
        table.take(request[:1])
        for payload in request[1:]:
            table.take([payload])
    expected = world.rows()
    for run_id, row in expected.items():
        time = row["start_time"].translate(str.maketrans("", "", "-:."))
        above = row.get("parent_run_id")
        if above is None:
            row["dotted_order"] = time + run_id
        else:  # whose place is there already: parents are drawn before their children
            order = expected[above]["dotted_order"]
            row["dotted_order"] = f"{order}.{max(time, order.rpartition('.')[2][:22])}{run_id}"
    assert table.rows() == expected
    assert table.pending == Pending()


@pytest.mark.parametrize("seed", range(3))
def test_the_rows_are_a_dataset(seed: int, listed: prices.Prices, tmp_path: Path) -> None:
    """They are loaded, and shown with their places and what they report."""
    world, table = World(seed), Table(listed)
    for request in requests(world.chance, world.payloads()):
        table.take(request)
    rows = [orjson.loads(text) for text in table.texts.values()]
    shown = run_schemas(load(tmp_path, runs=rows), range(len(rows)))
    expected = world.rows()
    for run in shown:
        row = expected[run["id"]]
        assert run["dotted_order"] == world.orders[run["id"]]
        assert run["total_tokens"] == row.get("total_tokens", 0)
        assert run["prompt_token_details"] == row.get("prompt_token_details")
        assert run["start_time"] == row["start_time"]
        assert run["extra"]["metadata"] == row["metadata"]
    assert len(shown) == len(expected)

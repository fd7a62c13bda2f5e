"""Random filters: the engine's selection is the plain-Python evaluator's, and the laws of logic
hold. Over `tiny`, and over a few runs that are as odd as the data dictionary allows."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from locum.engine.data import Data, Parameters
from locum.langsmith.filters.ast import render
from locum.langsmith.filters.fields import RUNS
from locum.langsmith.filters.parser import parse
from tests.oracles import run_evaluator
from tests.oracles.bundled import TABLES, data_of, find
from tests.oracles.run_evaluator import Expression, Run, paths, write

ODD_DOCUMENTS: list[Any] = [
    None,
    {},
    {"a": None, "thread_id": None, "": "", "a.b": 1},
    {"a": {"b": {"c": [1, [2, {"d": "x"}], "1"]}}, "list": [], "object": {}},
    {"a": 1, "b": 1.0, "c": 12.5, "d": -0.0, "e": 9007199254740993, "f": "1", "g": True},
    {"a": "É\n%_\\ \"'Σ ΟΔΟΣ", "b": "{}", "c": "null", "d": "true", "e": "[1]", "f": "İ"},
    {"a": ["x", "x", "y"], "b": [{"k": 1, "l": 2}, {"k": 2}], "c": [None], "d": [True, "true"]},
    {"thread_id": "t", "session_id": "s", "a/b~c": {"*": "$"}, "0": "zero"},
]
ODD_TIMES = ["2024-02-29T23:59:59.999999Z", "2024-03-01T00:00:00Z", "1969-12-31T23:59:59.5Z", None]


def odd_rows() -> tuple[list[Run], list[dict[str, Any]]]:
    """Every document in every place, every pair of times, and feedback of every type."""
    runs: list[Run] = []
    columns = dict.fromkeys(TABLES["langsmith/runs"])
    for number in range(48):
        metadata, inputs, outputs = (ODD_DOCUMENTS[number * step % 8] for step in (1, 3, 5))
        start, end = ODD_TIMES[number % 3], ODD_TIMES[number // 3 % 4]
        runs.append(
            columns
            | {"id": f"r{number}", "trace_id": "r0", "parent_run_id": f"r{number - 1}"}
            | {"name": ["", "n", "N%", "a_b"][number % 4], "run_type": "llm", "status": "error"}
            | {"start_time": start, "end_time": end, "error": [None, "", "E\n1"][number % 3]}
            | {"tags": [None, [], ["x", "x"], ["", "Ä"]][number // 2 % 4]}
            | {"metadata": metadata, "inputs": inputs, "outputs": outputs}
            | {"total_tokens": [None, 0, 2**62, 7][number % 4]}
            | {"total_cost_nano": [None, 1, 10**9][number % 3]}
        )
        if number % 5 == 0:
            runs[-1]["parent_run_id"] = None
    scores: list[Any] = [None, 0, 1, True, False, 0.1, -2.5]
    values: list[Any] = [None, "", "good", "Good"]
    feedback = [
        {"run_id": f"r{n % 40}", "key": ["k", "K", ""][n % 3], "score": scores[n % 7]}
        | {"value": values[n // 3 % 4]}
        for n in range(100)
    ]
    return runs, [*feedback, {"run_id": None, "key": "k", "score": 1, "value": "good"}]


@frozen
class World:
    """A dataset in the engine, and its rows for the evaluator."""

    engine: Data
    runs: list[Run]
    feedback: list[dict[str, Any]]

    def select(self, expression: Expression) -> set[int]:
        parameters = Parameters()
        condition = RUNS.where(parse(write(expression)), parameters)
        statement = f"SELECT run FROM runs WHERE {condition}"
        for table in parameters.tables:
            self.engine.table(table)
        return {run for (run,) in self.engine.rows(statement, **parameters.values)}


@pytest.fixture(scope="module", params=["tiny", "odd"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    if request.param == "tiny":
        tiny = find("tiny")
        tables = (tiny.files[f"langsmith/{table}"] for table in ("runs", "feedback"))
        runs, feedback = (
            [json.loads(line) for line in file.read_text("utf-8").splitlines()] for file in tables
        )
        return World(data_of(tiny), runs, feedback)
    runs, feedback = odd_rows()
    folder: Path = tmp_path_factory.mktemp("odd")
    (folder / "langsmith").mkdir()
    for table, rows in (("runs", runs), ("feedback", feedback)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"langsmith/{table}.jsonl").write_text(lines, "utf-8")
    return World(data_of(find(str(folder))), runs, feedback)


KINDS = {"metadata": "metadata", "input": "inputs", "output": "outputs"}


class Author:
    """Writes random filters out of what the runs hold, so that most select some and not all."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)  # noqa: S311 - the same filters every time
        self.texts: dict[str, list[Any]] = {}
        for field in ("id", "name", "run_type", "status", "trace_id", "parent_run_id", "error"):
            self.texts[field] = [run[field] for run in world.runs]
        self.texts["feedback_key"] = [f["key"] for f in world.feedback]
        self.texts["feedback_value"] = [f["value"] for f in world.feedback]
        self.documents = {
            kind: [entry for run in world.runs for entry in paths(run[column])]
            for kind, column in (
                ("metadata", "metadata"),
                ("input", "inputs"),
                ("output", "outputs"),
            )
        }
        self.texts["thread_id"] = [v for k, v in self.documents["metadata"] if "_id" in k and v]

    def expression(self, depth: int = 3) -> Expression:
        shape = self.random.random()
        if depth == 0 or shape < 0.35:
            return self.clause()
        if shape < 0.5:
            return ["not", self.expression(depth - 1)]
        operands = [self.expression(depth - 1) for _ in range(self.random.randint(1, 3))]
        if shape < 0.7:
            return ["or", *operands]
        return ["and", *operands, *self.paired()]

    def paired(self) -> list[Expression]:
        """Up to five clauses about one kind of entries, in any order."""
        kind = self.random.choice(["metadata", "input", "output", "feedback"])
        sides = [f"{kind}_key", f"{kind}_key", f"{kind}_value"]
        sides += ["feedback_score"] if kind == "feedback" else []
        return [self.entry(self.random.choice(sides)) for _ in range(self.random.randint(0, 5))]

    def clause(self) -> Expression:
        pick = self.random.choice
        write_one = pick(
            [self.text, self.text, self.number, self.time, self.document, self.search]
            + [lambda: pick(self.paired() or [["eq", "is_root", pick([True, False])]])] * 4
        )
        return write_one()

    def text(self, field: str | None = None) -> Expression:
        pick = self.random.choice
        field = field or pick([f for f in self.texts if not f.startswith("feedback")])
        name = pick(["eq", "neq", "in", "like", "notlike", "search"])
        found = pick(self.texts[field] or [None])
        if name in ("eq", "neq"):
            return [name, field, found if field != "error" or found else pick([None, True, False])]
        if name == "in":
            return [
                name,
                field,
                self.random.choices(self.texts[field] or [None], k=pick([0, 1, 4])),
            ]
        return [name, field, self.part(found, as_pattern=name != "search")]

    def part(self, value: Any, *, as_pattern: bool) -> str:
        """Some of the value's characters, with wildcards in place of others."""
        text: str = value if isinstance(value, str) else json.dumps(value)
        start, end = sorted(self.random.choices(range(len(text) + 1), k=2))
        if not as_pattern:
            return self.random.choice([text, text[start:end], text[start:end].swapcase()[:1]])
        middle = "".join(self.random.choice([c, c, c, "_", "\\" + c, "%"]) for c in text[start:end])
        pick = self.random.choice
        return pick([text, "%", ""]) if pick([0, 0, 1]) else f"%{middle[:40]}{pick(['%', ''])}"

    def number(self) -> Expression:
        pick = self.random.choice
        field = pick(["total_tokens", "total_cost", "latency", "execution_order", "is_root"])
        if field == "is_root":
            return [pick(["eq", "neq"]), field, pick([True, False])]
        if field == "execution_order":
            return self.compared(field, pick([1, 2, 3, 5]))
        run = pick(self.world.runs)
        value: Any = run["total_tokens"] or 0
        if field == "total_cost":
            value = (run["total_cost_nano"] or 0) / 10**9
        if field == "latency":
            micro = run_evaluator.column("latency", run)
            value = pick([float(micro), f"{micro:f}s", f"{micro * 1000:f}ms"]) if micro else 0
        value = value if isinstance(value, str) else value + pick([0, 0, 0.5, -1, 1e-10])
        return self.compared(field, value)

    def compared(self, field: str, value: Any) -> Expression:
        name = self.random.choice(["eq", "neq", "gt", "gte", "lt", "lte", "in"])
        if name == "in":
            return [name, field, [value, None]]
        return [name, field, self.random.choice([value, value, None]) if name[-1] == "q" else value]

    def time(self) -> Expression:
        field = self.random.choice(["start_time", "end_time"])
        value = self.random.choice(self.world.runs)[field] or "2026-01-01"
        return self.compared(field, self.random.choice([value, value[:19], value[:10]]))

    def entry(self, field: str) -> Expression:
        pick = self.random.choice
        if field in self.texts:
            return self.text(field)
        if field == "feedback_score":
            value = pick([f["score"] for f in self.world.feedback])
            return self.compared(field, 0.7 if value is None else value)
        kind, side = field.split("_")
        key, value = pick(self.documents[kind])
        name = pick(["eq", "neq", "in", "like", "notlike", "search"])
        if side == "value" and pick([True, False]) and isinstance(value, str | int | float):
            order = self.compared(field, value)
            return ["eq", field, value] if isinstance(value, bool) else order
        found = key if side == "key" else value
        if name in ("eq", "neq", "in"):
            plain = json.dumps(found) if isinstance(found, dict | list) else found
            return [name, field, [plain, "x"] if name == "in" else plain]
        return [name, field, self.part(found, as_pattern=name != "search")]

    def document(self) -> Expression:
        pick = self.random.choice
        field = pick(["metadata", "inputs", "outputs", "tags"])
        run = pick(self.world.runs)
        if field == "tags":
            return ["has", field, pick(run["tags"] or ["none"])]
        entries = list(paths(run[field])) or [("none", None)]
        if pick([True, False]):
            return ["exists", field, pick(entries)[0]]
        needle = self.thinned(run[field] or {})
        return ["has", field, json.dumps(needle)]

    def thinned(self, value: Any) -> Any:
        """The JSON value with some members and items left out."""
        if isinstance(value, dict):
            kept = [key for key in value if self.random.random() < 0.5]
            return {key: self.thinned(value[key]) for key in kept}
        if isinstance(value, list):
            return [self.thinned(item) for item in value if self.random.random() < 0.6][:5]
        return value

    def search(self) -> Expression:
        pick = self.random.choice
        run = pick(self.world.runs)
        field = pick(["metadata", "inputs", "outputs", "tags"])
        values = run["tags"] if field == "tags" else [v for e in paths(run[field]) for v in e]
        texts = [v for v in values or [] if isinstance(v, str)] or [run["name"]]
        if pick([True, False]):
            return ["search", field, self.part(pick(texts), as_pattern=False)]
        words = f"{pick(texts)} {run['name']} {self.part(pick(texts), as_pattern=False)}".split()
        return ["search", " ".join(self.random.sample(words, min(len(words), 3)))]


SEEDS = [pytest.param(seed, marks=[pytest.mark.long] * (seed >= 5)) for seed in range(20)]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_engine_and_plain_python_select_the_same_runs(world: World, seed: int) -> None:
    """5,000 random filters over `tiny` in all, half of them long; each also reads the same when
    written again."""
    author = Author(world, seed)
    for _ in range(250 if len(world.runs) >= 250 else 50):
        expression = author.expression()
        expected = run_evaluator.selected(expression, world.runs, world.feedback)
        assert world.select(expression) == expected, write(expression)
        tree = parse(write(expression))
        assert parse(render(tree)) == tree, write(expression)


def test_random_filters_are_worth_comparing(world: World) -> None:
    """Most select some runs and not all; otherwise the tests above would show little."""
    author = Author(world, 0)
    sizes = [len(world.select(author.expression())) for _ in range(200)]
    assert sum(0 < size < len(world.runs) for size in sizes) > 100


def test_the_laws_of_logic_hold(world: World) -> None:
    """For complete expressions: a bare key or value clause is half of one, so each is wrapped."""
    author = Author(world, 99)
    every = set(range(len(world.runs)))
    for _ in range(40):
        x, y = (["and", author.expression(1)] for _ in range(2))
        one, other = world.select(x), world.select(y)
        assert world.select(["and", x, x]) == one, write(x)
        assert world.select(["or", x, x]) == one, write(x)
        assert world.select(["not", ["not", x]]) == one, write(x)
        assert world.select(["not", x]) == every - one, write(x)
        assert world.select(["and", x, y]) == world.select(["and", y, x]) == one & other
        assert world.select(["or", x, y]) == world.select(["or", y, x]) == one | other
        assert world.select(["not", ["and", x, y]]) == (every - one) | (every - other)


def test_a_pair_selects_no_more_than_its_clauses_alone(world: World) -> None:
    """In all sign combinations, but for one by its meaning: a key with another value than V says
    nothing of V under other keys, whereas neq(value, V) alone says that V is nowhere."""
    author = Author(world, 7)
    for _ in range(100):
        kind = author.random.choice(["metadata", "input", "output", "feedback"])
        key, value = author.entry(f"{kind}_key"), author.entry(f"{kind}_value")
        pair = world.select(["and", key, value])
        assert pair <= world.select(key), write(["and", key, value])
        if key[0] in ("neq", "notlike") or value[0] not in ("neq", "notlike"):
            assert pair <= world.select(value), write(["and", key, value])

"""Random small worlds of LangSmith's rows that grow: as they are at first, and after each change,
in which rows are added and some of those before are replaced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from attrs import define, field

from locum.engine.change import Change, Rows
from locum.engine.data import Data
from tests.oracles.bundled import data_of, find
from tests.oracles.langsmith_rows import Row, at

RELATIONS = {
    "runs": "runs",
    "feedback": "feedback",
    "sessions": "langsmith_sessions",
    "examples": "langsmith_examples",
    "datasets": "langsmith_datasets",
}
FIRST = {"runs": 0}  # the number of the first row; 1 where it is not said
TEXTS = ("a", "b", "Z", "é", "日本", "\U0001f600", "z\u0301", "", "null", "10", "9")
TENANTS, PROJECTS = ("t1", "t2"), ("p1", "p2", "P3", "p4")


@define
class World:
    """The rows of each table, in the order in which they came."""

    random: Random
    tables: dict[str, list[Row]] = field(factory=lambda: {name: [] for name in RELATIONS})

    def grow(self, runs: int) -> Change:
        """Add so many runs and what belongs to them, and replace some of the rows before."""
        before = {name: len(rows) for name, rows in self.tables.items()}
        ids = [row["id"] for row in self.tables["runs"]]
        ids += [f"{self.random.choice('abXé')}{n}" for n in range(len(ids), len(ids) + runs)]
        missing = [f"later{n}" for n in range(3)]
        changed = {
            "runs": self._replace("runs", lambda row: self._run(row["id"], ids + missing)),
            "feedback": self._replace("feedback", lambda row: self._feedback(row["id"], ids)),
            "examples": self._replace("examples", lambda row: self._example(row["id"], ids)),
            "sessions": self._replace("sessions", lambda row: self._session(row["id"])),
            "datasets": [],
        }
        for id_ in ids[before["runs"] :]:
            self.tables["runs"].append(self._run(id_, ids + missing))
        if self.random.random() < 0.5 and missing[0] not in ids:
            self.tables["runs"].append(self._run(missing[0], ids))
        for _ in range(self.random.randrange(runs)):
            new = f"f{len(self.tables['feedback'])}"
            self.tables["feedback"].append(self._feedback(new, ids + missing))
        for _ in range(self.random.randrange(4)):
            self.tables["examples"].append(
                self._example(f"e{len(self.tables['examples'])}", ids + missing)
            )
        if len(self.tables["sessions"]) < len(PROJECTS):
            self.tables["sessions"].append(self._session(PROJECTS[before["sessions"]]))
        if not self.tables["datasets"]:
            self.tables["datasets"] = [{"id": "d", "tenant_id": "t1", "name": "d"}]
        return Change(
            {
                relation: Rows(
                    range(first + before[name], first + len(self.tables[name])),
                    tuple(first + place for place in changed[name]),
                )
                for name, relation in RELATIONS.items()
                for first in (FIRST.get(name, 1),)
            }
        )

    def _replace(self, name: str, other: Any) -> list[int]:
        """Replace a few rows; return their places."""
        rows = self.tables[name]
        few = self.random.randrange(4)
        places = sorted(self.random.sample(range(len(rows)), min(few, len(rows))))
        for place in places:
            rows[place] = {**rows[place], **self._part(other(rows[place]))}
        return places

    def _part(self, row: Row) -> Row:
        """Some of its columns, as a patch has them."""
        return {name: value for name, value in row.items() if self.random.random() < 0.5}

    def _maybe(self, value: Any, share: float = 0.7) -> Any:
        return value if self.random.random() < share else None

    def _time(self) -> str:
        return at(self.random.randrange(6))

    def _amounts(self) -> dict[str, int] | None:
        names = self.random.sample(("audio", "cache_read", "reasoning", "é"), 2)
        amounts = {name: self.random.randrange(9) for name in names}
        return amounts if self.random.random() < 0.3 else None

    def _run(self, id_: str, ids: list[str]) -> Row:
        draw = self.random
        metadata = {
            draw.choice(("env", "é", "thread_id", "session_id")): draw.choice(TEXTS),
            "nested": {"list": [draw.choice(TEXTS), draw.randrange(3), None, True]},
        }
        parent = self._maybe(draw.choice(ids), 0.6)
        return {
            "id": id_,
            "tenant_id": self._maybe(draw.choice(TENANTS), 0.95),
            "session_id": self._maybe(draw.choice(PROJECTS), 0.95),
            "trace_id": self._maybe(draw.choice(ids[:8]), 0.95),
            "parent_run_id": parent,
            "name": self._maybe(draw.choice(TEXTS), 0.9),
            "run_type": draw.choice(("chain", "llm", "tool")),
            "status": draw.choice(("success", "success", "error", "pending", None)),
            "start_time": self._maybe(self._time(), 0.9),
            "first_token_time": self._maybe(self._time(), 0.3),
            "end_time": self._maybe(self._time()),
            "tags": self._maybe(draw.sample(TEXTS, 2)),
            "metadata": self._maybe(metadata),
            "total_tokens": self._maybe(draw.randrange(10 ** draw.randrange(1, 6))),
            "prompt_tokens": self._maybe(draw.randrange(100)),
            "total_cost_nano": self._maybe(draw.randrange(2**62), 0.2),
            "prompt_token_details": self._amounts(),
            "completion_cost_details_nano": self._amounts(),
            "reference_example_id": self._maybe("e0", 0.2),
        }

    def _feedback(self, id_: str, ids: list[str]) -> Row:
        draw = self.random
        on_project = draw.random() < 0.2
        return {
            "id": id_,
            "run_id": None if on_project else draw.choice(ids),
            "session_id": draw.choice(PROJECTS),
            "key": draw.choice(("k", "Key", "é", "日本")),
            "score": draw.choice((None, 0, 1, True, False, 0.5, -3, 0.25)),
            "value": draw.choice((None, 5, "good", "bad", "é")),
            "comment": draw.choice((None, "", *TEXTS)),
            "source": draw.choice((None, {"type": "api"}, {"type": "app"}, {"type": "model"})),
            "created_at": self._maybe(self._time(), 0.9),
        }

    def _example(self, id_: str, ids: list[str]) -> Row:
        return {
            "id": id_,
            "dataset_id": self._maybe(self.random.choice(("d", "d2"))),
            "inputs": {"q": self.random.choice(TEXTS)},
            "source_run_id": self._maybe(self.random.choice(ids), 0.3),
            "created_at": self._maybe(self._time()),
        }

    def _session(self, id_: str) -> Row:
        return {
            "id": id_,
            "tenant_id": "t1",
            "name": self.random.choice(TEXTS),
            "start_time": self._time(),
            "reference_dataset_id": self._maybe("d", 0.5),
        }

    def load(self, folder: Path) -> Data:
        """An engine over the rows as they are."""
        (folder / "langsmith").mkdir(parents=True)
        for name, rows in self.tables.items():
            text = "".join(json.dumps(row) + "\n" for row in rows)
            (folder / "langsmith" / f"{name}.jsonl").write_text(text, encoding="utf-8")
        return data_of(find(str(folder)))


def versions(folder: Path, seed: int, sizes: tuple[int, ...]) -> Iterator[tuple[Data, Change]]:
    """A world as it grows: each version's data, and what has changed since the one before."""
    world = World(Random(seed))  # noqa: S311 - not for secrets
    for number, size in enumerate(sizes):
        change = world.grow(size)
        yield world.load(folder / str(number)), change

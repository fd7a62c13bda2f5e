"""Random filters over the values of a World's runs, each beside a plain Python test of a run, so
that nothing needs to read the text."""

from __future__ import annotations

import json
import operator
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.oracles.run_oracle import Passes, Run, World, entries, exactly, facets, latency, micros

Filter = tuple[str, Passes]
ORDERS: dict[str, Callable[[Any, Any], bool]]
ORDERS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


class Filters:
    """The filters over the runs of a pool."""

    def __init__(self, world: World, pool: list[Run]) -> None:
        self.world, self.pool = world, pool

    def true_of(self, chance: random.Random, run: Run, depth: int = 2) -> Filter:
        """A filter that the run passes."""
        one, is_one = self.any(chance, depth)
        if is_one(run):
            return one, is_one
        return f"not({one})", lambda other: not is_one(other)

    def any(self, chance: random.Random, depth: int = 2) -> Filter:
        """A filter; what it names is of some run of the pool."""
        if depth and chance.random() < 0.3:
            one, is_one = self.any(chance, depth - 1)
            two, is_two = self.any(chance, depth - 1)
            return chance.choice(
                [
                    (f"and({one}, and({two}))", lambda run: is_one(run) and is_two(run)),
                    (f"or({one}, {two})", lambda run: is_one(run) or is_two(run)),
                    (f"not({one})", lambda run: not is_one(run)),
                ]
            )
        kinds = (_text, _texts, _part, _number, _time, _state, _tag, _entry, _key, self._feedback)
        return chance.choice(kinds)(chance, chance.choice(self.pool))

    def _feedback(self, chance: random.Random, run: Run) -> Filter:
        given = self.world.feedback[run["id"]]
        if not given:
            return 'eq(feedback_key, "none")', lambda _: False
        key, score, label = (chance.choice(given)[name] for name in ("key", "score", "value"))
        text = f'eq(feedback_key, "{key}")'
        if score is None or (label is not None and chance.random() < 0.5):
            if label is None:
                return text, lambda other: self._says(other, key, lambda _: True)
            clause = f"eq(feedback_value, {json.dumps(label)})"
            return f"and({text}, {clause})", lambda other: self._says(
                other, key, lambda f: bool(f["value"] == label)
            )
        name, limit = chance.choice(list(ORDERS)), exactly(score)
        return f"and({text}, {name}(feedback_score, {float(score)}))", lambda other: self._says(
            other,
            key,
            lambda f: f["score"] is not None and ORDERS[name](exactly(f["score"]), limit),
        )

    def _says(self, run: Run, key: str, fits: Callable[[dict[str, Any]], bool]) -> bool:
        return any(f["key"] == key and fits(f) for f in self.world.feedback[run["id"]])


def _text(chance: random.Random, run: Run) -> Filter:
    field = chance.choice(["name", "run_type", "status", "trace_id", "id", "thread_id"])
    column = "thread" if field == "thread_id" else field
    value = run[column]
    if chance.random() < 0.4:
        return f"neq({field}, {json.dumps(value)})", lambda other: other[column] != value
    return f"eq({field}, {json.dumps(value)})", lambda other: other[column] == value


def _texts(chance: random.Random, run: Run) -> Filter:
    field = chance.choice(["name", "run_type", "status"])
    values = [run[field], chance.choice(["llm", "error", "support-agent", "nothing"])]
    return f"in({field}, {json.dumps(values)})", lambda other: other[field] in values


def _part(chance: random.Random, run: Run) -> Filter:
    part = run["name"][: chance.randint(1, 6)]
    if chance.random() < 0.5:
        return f"like(name, {json.dumps(part + '%')})", lambda other: other["name"].startswith(part)
    return (
        f"search(name, {json.dumps(part.upper())})",
        lambda other: part.lower() in other["name"].lower(),
    )


def _number(chance: random.Random, run: Run) -> Filter:
    name = chance.choice(list(ORDERS))
    if chance.random() < 0.4:
        took = latency(run)
        if took is None:
            return "eq(end_time, null)", lambda other: other["end_time"] is None
        seconds = Decimal(took).scaleb(-6)
        text = f"{seconds:f}" if chance.random() < 0.5 else f'"{seconds:f}s"'
        return f"{name}(latency, {text})", lambda other: _ordered(name, latency(other), took)
    field = chance.choice(["total_tokens", "prompt_tokens", "completion_tokens", "total_cost"])
    column = f"{field}_nano" if field.endswith("cost") else field
    value = run[column]
    if value is None:
        return f"eq({field}, null)", lambda other: other[column] is None
    text = f"{Decimal(value).scaleb(-9):f}" if field.endswith("cost") else str(value)
    return f"{name}({field}, {text})", lambda other: _ordered(name, other[column], value)


def _time(chance: random.Random, run: Run) -> Filter:
    field, name = chance.choice(["start_time", "end_time"]), chance.choice(list(ORDERS))
    value = run[field] or run["start_time"]
    limit = micros(value)
    return f'{name}({field}, "{value}")', lambda other: _ordered(name, micros(other[field]), limit)


def _ordered(name: str, mine: int | None, limit: int | None) -> bool:
    """Null has no place in an order."""
    return mine is not None and limit is not None and ORDERS[name](mine, limit)


def _state(chance: random.Random, run: Run) -> Filter:
    if chance.random() < 0.5:
        return "neq(error, null)", lambda other: other["error"] is not None
    is_root = run["parent_run_id"] is None
    text = f"eq(is_root, {json.dumps(is_root)})"
    return text, lambda other: (other["parent_run_id"] is None) == is_root


def _tag(chance: random.Random, run: Run) -> Filter:
    if not run["tags"]:
        return 'eq(status, "error")', lambda other: other["status"] == "error"
    tag = chance.choice(run["tags"])
    return f"has(tags, {json.dumps(tag)})", lambda other: tag in (other["tags"] or ())


def _entry(chance: random.Random, run: Run) -> Filter:
    found = [(key, value) for key, value in entries(run["metadata"] or {}) if '"' not in value]
    if not found:
        return "eq(is_root, false)", lambda other: other["parent_run_id"] is not None
    key, value = chance.choice(found)
    text = f'and(eq(metadata_key, "{key}"), eq(metadata_value, "{value}"))'
    return text, lambda other: (f"metadata.{key}", value) in facets(other)


def _key(chance: random.Random, run: Run) -> Filter:
    key = chance.choice([*(run["metadata"] or {}), "nothing"])
    text = chance.choice([f'eq(metadata_key, "{key}")', f'exists(metadata, "{key}")'])
    return text, lambda other: key in (other["metadata"] or {})

"""Runs as they are after payloads, by plain code: the union of a run's create and update, and what
it uses with all runs below it. Nothing of the package takes part.

A world is drawn as payloads: what is sent of each run, and in which order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

Fields = dict[str, Any]
Row = dict[str, Any]

TENANT = "11111111-1111-4111-8111-111111111111"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
# USD a million tokens, as in the file `prices.json` of the test.
PRICES = {
    "small": (Fraction(1, 4), Fraction(2)),
    "large": (Fraction("3.75"), Fraction("15.0000005")),
}
TYPES = ("chain", "llm", "tool")
_NAMES = (("input", "prompt"), ("output", "completion"))


def iso(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def project_id(name: str) -> str:
    """The id of the project of that name, in the tests' world."""
    return str(UUID(int=int.from_bytes(name.encode()[:8]), version=4))


def any_form(chance: Random, time: datetime) -> Any:
    """A time as one client or another writes it."""
    whole = time.replace(microsecond=time.microsecond // 1000 * 1000)
    if whole == time and chance.random() < 0.3:
        return round(time.timestamp() * 1000)
    return chance.choice(
        [
            iso(time),
            time.isoformat(),
            time.replace(tzinfo=None).isoformat(),
            time.astimezone(tz=None).isoformat(),
            (time + timedelta(hours=2)).replace(tzinfo=None).isoformat() + "+02:00",
        ]
    )


class World:
    """Traces of runs, each run with what is sent of it: `creates` and `updates` by id."""

    def __init__(self, seed: int, traces: int = 4) -> None:
        self.chance = Random(seed)  # noqa: S311 - a world that can be drawn again
        self.creates: dict[str, Fields] = {}
        self.updates: dict[str, Fields] = {}
        self.orders: dict[str, str] = {}
        for _ in range(traces):
            self._grow(None, 0)

    def _grow(self, parent: str | None, depth: int) -> None:
        chance = self.chance
        run_id = str(UUID(int=chance.getrandbits(128), version=4))
        start = NOON + timedelta(milliseconds=chance.randrange(10**6))
        time = start.strftime("%Y%m%dT%H%M%S%f") + "Z"
        if parent is None:
            self.orders[run_id] = time + run_id
        else:
            above = self.orders[parent]
            time = max(time, above.rpartition(".")[2][:22])
            self.orders[run_id] = f"{above}.{time}{run_id}"
        order = self.orders[run_id]
        place: Fields = {
            "trace_id": order[22:58],
            "dotted_order": order,
            "parent_run_id": parent,
        }
        whole = {
            "name": chance.choice(["agent", "call", "söök"]),
            "run_type": chance.choice(TYPES),
            "start_time": any_form(chance, start),
        }
        create = {**place, **whole, **self._said(start)}
        update = {**place, **self._said(start)}
        if chance.random() < 0.3:
            update |= whole | {"name": chance.choice(["renamed", "agent"])}
        missing = chance.random()
        if missing > 0.12 or "name" not in update:
            self.creates[run_id] = create
        if missing < 0.9:
            self.updates[run_id] = update
        if missing < 0.06:
            self.creates.pop(run_id, None)  # it may be that too little is known of it
        for _ in range(chance.choice([0, 1, 1, 2, 3]) if depth < 4 else 0):
            self._grow(run_id, depth + 1)

    def _said(self, start: datetime) -> Fields:
        chance = self.chance
        said: Fields = {}
        if chance.random() < 0.6:
            later = timedelta(microseconds=chance.randrange(10**7))
            said["end_time"] = any_form(chance, start + later)
        if chance.random() < 0.2:
            said["error"] = chance.choice(["boom", "", None])
        if chance.random() < 0.1:
            said["status"] = chance.choice(["success", "error", "pending", "odd"])
        if chance.random() < 0.3:
            said["tags"] = chance.choice([[], ["a"], ["b", "a"]])
        if chance.random() < 0.7:
            said["outputs"] = {"text": chance.randrange(9)} | self._used()
        if chance.random() < 0.6:
            said["extra"] = self._extra()
        if chance.random() < 0.3:
            times = [start + timedelta(milliseconds=chance.randrange(900)) for _ in range(2)]
            said["events"] = [
                {"name": chance.choice(["new_token", "start"]), "time": iso(time)} for time in times
            ]
        if chance.random() < 0.3:
            said["session_name"] = chance.choice(["shop", "desk"])
        if chance.random() < 0.1:
            said["session_id"] = project_id("given")
        return said

    def _extra(self) -> Fields:
        chance = self.chance
        metadata = {key: chance.choice([1, "x", None]) for key in "pqr" if chance.random() < 0.5}
        if chance.random() < 0.5:
            metadata["ls_model_name"] = chance.choice(["small", "large", "odd"])
        if chance.random() < 0.3:
            metadata |= self._used()
        extra: Fields = {key: chance.randrange(9) for key in ("k", "m") if chance.random() < 0.4}
        if chance.random() < 0.4:
            extra["runtime"] = {"sdk": chance.choice(["py", "js"])}
        return extra | {"metadata": metadata}

    def _used(self) -> Fields:
        chance = self.chance
        if chance.random() < 0.4:
            return {}
        usage: Fields = {}
        for side in ("input", "output"):
            if chance.random() < 0.8:
                usage[f"{side}_tokens"] = chance.choice([0, 7, 10**6 + 1])
            if chance.random() < 0.4:
                usage[f"{side}_token_details"] = {chance.choice("ab"): chance.choice([0, 3])}
            if chance.random() < 0.2:
                usage[f"{side}_cost"] = chance.choice([0.1, "0.0000000005", 2.5e-9, 0])
            if chance.random() < 0.2:
                usage[f"{side}_cost_details"] = {chance.choice("ab"): "0.0000000015"}
        if chance.random() < 0.3:
            usage["total_tokens"] = 11
        return {"usage_metadata": usage}

    def payloads(self) -> list[tuple[str, str, Fields]]:
        """Every payload in order: kind, id, fields."""
        return [
            *(("post", run_id, fields) for run_id, fields in self.creates.items()),
            *(("patch", run_id, fields) for run_id, fields in self.updates.items()),
        ]

    def rows(self) -> dict[str, Row]:
        """The rows of the runs of which enough is known, without what a table of them alone
        needs."""
        rows: dict[str, Row] = {}
        own: dict[str, dict[str, int]] = {}
        for run_id in self.orders:
            if (made := self._row(run_id)) is not None:
                rows[run_id], own[run_id] = made
        for run_id, row in rows.items():
            for other in rows:
                if run_id in self.orders[other]:
                    for name, amount in own[other].items():
                        column, dot, category = name.partition(".")
                        if dot:
                            amounts = row.setdefault(column, {})
                            amounts[category] = amounts.get(category, 0) + amount
                        else:
                            row[column] = row.get(column, 0) + amount
        return rows

    def _row(self, run_id: str) -> tuple[Row, dict[str, int]] | None:
        create = _known(self.creates.get(run_id, {}))
        update = _known(self.updates.get(run_id, {}))
        union = create | update
        if not {"name", "run_type", "start_time"} <= union.keys():
            return None
        order = self.orders[run_id]
        row: Row = {
            "id": run_id,
            "tenant_id": TENANT,
            "trace_id": order[22:58],
            "dotted_order": order,
            "start_time": iso(_instant(union["start_time"])),
            "metadata": {},
        }
        for name in ("parent_run_id", "name", "run_type", "error", "tags", "outputs", "events"):
            if name in union:
                row[name] = union[name]
        if "end_time" in union:
            row["end_time"] = iso(_instant(union["end_time"]))
        for each in (create, update):
            for name, value in each.get("extra", {}).items():
                if name == "metadata":
                    known = {k: v for k, v in value.items() if v is not None}
                    row["metadata"] = value | row["metadata"] | known
                elif name == "runtime":
                    row["runtime"] = value
                else:
                    row.setdefault("extra", {})[name] = value
        row["status"] = _status(create, update, row)
        tokens = [
            event["time"] for event in union.get("events", ()) if event["name"] == "new_token"
        ]
        if tokens:  # none comes before the start or after the end
            first = max(min(tokens), row["start_time"])
            row["first_token_time"] = min(first, row.get("end_time", first))
        named = union.get("session_name", "default")
        row["session_id"] = union.get("session_id") or project_id(named)
        return row, _own(row)


def _known(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _instant(value: Any) -> datetime:
    if isinstance(value, int):
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)
    read = datetime.fromisoformat(value)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _status(create: Fields, update: Fields, row: Row) -> str:
    three = ("success", "error", "pending")
    if update.get("status") in three:
        return str(update["status"])
    if create.get("status") in three and not {"end_time", "error"} & update.keys():
        return str(create["status"])
    if "error" in row:
        return "error"
    return "success" if "end_time" in row else "pending"


def _nano(usd: Fraction) -> int:
    return round(usd * 10**9)  # half to even


def _own(row: Row) -> dict[str, int]:
    """The usage that a run tells, and its cost by the prices where none is told."""
    usage = row.get("outputs", {}).get("usage_metadata") or row["metadata"].get("usage_metadata")
    own: dict[str, int] = {}
    if not usage:
        return own
    for side, name in _NAMES:
        if f"{side}_tokens" in usage:
            own[f"{name}_tokens"] = usage[f"{side}_tokens"]
        for category, amount in usage.get(f"{side}_token_details", {}).items():
            own[f"{name}_token_details.{category}"] = amount
    if "total_tokens" in usage:
        own["total_tokens"] = usage["total_tokens"]
    elif {"prompt_tokens", "completion_tokens"} & own.keys():
        own["total_tokens"] = own.get("prompt_tokens", 0) + own.get("completion_tokens", 0)
    return own | _costs(usage, own, row["metadata"].get("ls_model_name"))


def _costs(usage: Fields, own: dict[str, int], model: str | None) -> dict[str, int]:
    """The costs that are told, else those of the tokens by the price of the model."""
    costs: dict[str, Fraction] = {}
    details: dict[str, int] = {}
    for side, name in _NAMES:
        if f"{side}_cost" in usage:
            costs[f"{name}_cost_nano"] = Fraction(str(usage[f"{side}_cost"]))
        for category, amount in usage.get(f"{side}_cost_details", {}).items():
            details[f"{name}_cost_details_nano.{category}"] = _nano(Fraction(amount))
    if not costs and not details and model in PRICES:
        for (_, name), price in zip(_NAMES, PRICES[model], strict=True):
            if f"{name}_tokens" in own:
                costs[f"{name}_cost_nano"] = own[f"{name}_tokens"] * price / 10**6
    if costs:
        costs["total_cost_nano"] = sum(costs.values(), Fraction(0))
    return details | {name: _nano(usd) for name, usd in costs.items()}


def requests(
    chance: Random, payloads: Iterable[tuple[str, str, Fields]]
) -> Iterator[list[tuple[str, str, Fields]]]:
    """The payloads in any order, some of them twice, in requests of a few; a second, different
    create or update after the first of some."""
    each = list(payloads)
    each += chance.sample(each, len(each) // 3)
    chance.shuffle(each)
    others = [(kind, run, fields | {"name": "another"}) for kind, run, fields in each[::5]]
    each += others
    while each:
        size = chance.randint(1, 8)
        yield each[:size]
        each = each[size:]

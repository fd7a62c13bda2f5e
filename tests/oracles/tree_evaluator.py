"""Helicone filter trees, evaluated in plain Python over the rows of a dataset's files.

Written from the vendor's description of its filters, apart from the compiler that it tests: three
valued (None is unknown), one row at a time, no SQL. It knows no filter that the vendor refuses.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]
Outcome = bool | None

NOTHING = "00000000-0000-0000-0000-000000000000"
TEXTS = [
    "provider",
    "model",
    "user_id",
    "request_body",
    "response_body",
    "prompt_id",
    "prompt_version",
    "request_referrer",
]
NULLABLE = ["country_code", "target_url", "latency", "time_to_first_token", "prompt_tokens"]
NULLABLE += ["completion_tokens", "threat", "response_created_at"]
ZEROS = ["status", "cost", "prompt_cache_read_tokens", "prompt_cache_write_tokens"]
ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": operator.eq,
    "not-equals": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def holds(node: Any, row: Row, tags: list[Row]) -> Outcome:
    """Whether the row passes."""
    if node == "all":
        return True
    if "left" in node:
        left, right = holds(node["left"], row, tags), holds(node["right"], row, tags)
        return both(left, right) if node["operator"] == "and" else either(left, right)
    outcome: Outcome = True
    for table, columns in node.items():
        here = (
            request(columns, row)
            if table == "request_response_rmt"
            else session(columns, row, tags)
        )
        outcome = both(outcome, here)
    return outcome


def both(left: Outcome, right: Outcome) -> Outcome:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def either(left: Outcome, right: Outcome) -> Outcome:
    if left or right:
        return True
    return None if left is None or right is None else False


def only(mapping: dict[str, Any]) -> tuple[str, Any]:
    """The first entry."""
    return next(iter(mapping.items()))


def request(columns: dict[str, Any], row: Row) -> Outcome:
    for name in ("property_key", "properties", "scores", "cached", "cost"):
        if name in columns:
            break
    else:
        name = next(iter(columns))
    if name in ("properties", "scores"):
        return entry(row.get(name) or {}, *only(columns[name]), numeric=name == "scores")
    word, value = only(columns[name])
    if name.endswith("created_at"):
        return moment(row.get(name), word, value)
    special: dict[str, Callable[[], bool]] = {
        "property_key": lambda: value in (row.get("properties") or {}),
        "cached": lambda: ((row.get("cache_reference_id") or NOTHING) != NOTHING) is value,
        "cost": lambda: ORDERS[word](row.get("cost") or 0, math.floor(value * 1e9)),
        "helicone-score-feedback": lambda: (
            (row.get("scores") or {}).get(name, 0) == (1 if value else 0)
        ),
    }
    return special[name]() if name in special else column(name, row.get(name), word, value)


def entry(entries: dict[str, Any], key: str, test: dict[str, str], *, numeric: bool) -> bool:
    word, value = only(test)
    if numeric:
        return key in entries and ORDERS[word](entries[key], int(value))
    return text(entries.get(key, ""), word, value)


def column(name: str, here: Any, word: str, value: Any) -> Outcome:
    if here is None and name not in NULLABLE:
        here = "" if name in TEXTS else 0 if name in ZEROS else NOTHING if "_id" in name else False
    if isinstance(value, str):
        return plain_text(here, word, value)
    return None if here is None else ORDERS[word](here, value)


def plain_text(here: str | None, word: str, value: str) -> Outcome:
    if value == "null":
        return {"equals": here is None, "not-equals": here is not None}.get(word)
    if here is None:
        return None
    if value == "__empty__":
        return here in ("", NOTHING)
    return text(here, word, value)


def text(here: str, word: str, value: str) -> bool:
    if word in ORDERS:
        return ORDERS[word](here, value)
    if word == "like":
        return like(here, value)
    if word == "ilike":
        return like(here.lower(), value.lower())
    return like(here.lower(), f"%{value}%".lower()) is (word == "contains")


def like(here: str, pattern: str) -> bool:
    """`%` any text, `_` any character: the places of the text that each part can reach."""
    reached = {0}
    for part in pattern:
        if part == "%":
            reached = set(range(min(reached, default=len(here) + 1), len(here) + 1))
        else:
            reached = {
                place + 1 for place in reached if place < len(here) and part in ("_", here[place])
            }
    return len(here) in reached


def instant(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment(here: str | None, word: str, value: str) -> Outcome:
    """The filter's value in whole seconds against the row's milliseconds."""
    if here is None:
        return None
    return ORDERS[word](instant(here), instant(value).replace(microsecond=0))


def session(columns: dict[str, Any], row: Row, tags: list[Row]) -> bool:
    name, test = only(columns)
    if name != "session_tag":
        return True
    word, value = only(test)
    wanted = (row.get("properties") or {}).get("Helicone-Session-Id", "")
    if value == "null":
        return False
    return any(
        tag["entity_id"] == wanted
        and tag["organization_id"] == row["organization_id"]
        and (
            like(tag["tag"].lower(), value.lower()) is (word == "contains")
            if "contains" in word
            else text(tag["tag"], word, value)
        )
        for tag in tags
    )

"""Requests that are good but for one field, made by chance from good ones."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.oracles.requests_of_tiny import request

Fields = dict[str, Callable[[random.Random], Any]]  # each makes a wrong value of its field
Wrong = tuple[dict[str, Any], str]  # the request, and the name of its field at fault

TEXTS = ["", "x", "no-uuid", "2026-13-01T00:00:00Z", "DROP TABLE runs", "é" * 20, "\x00", "null"]
NO_TEXT = [[], {}, 5, 2.5, True, [{}], {"a": {}}]


def text(chance: random.Random) -> str:
    """A text that is no UUID, no time and no member of an enum."""
    return chance.choice(TEXTS) + "".join(chance.choices("abc 123", k=chance.randrange(8)))


def no_text(chance: random.Random) -> Any:
    return copy.deepcopy(chance.choice(NO_TEXT))


def no_number(chance: random.Random) -> Any:
    return chance.choice([text(chance) or "x", [], {}, True, [1], {"a": 1}])


def beyond(lowest: int, highest: int | None = None) -> Callable[[random.Random], Any]:
    """A number outside of the limits, or none."""

    def value(chance: random.Random) -> Any:
        distance = chance.randint(1, 10**6)
        wrong = [lowest - distance, lowest + 0.5, -(2**70), no_number(chance)]
        return chance.choice(wrong if highest is None else [*wrong, highest + distance, 2**70])

    return value


def no_uuid(chance: random.Random) -> Any:
    return chance.choice([text(chance), no_text(chance)])


def no_uuids(chance: random.Random) -> Any:
    return chance.choice([text(chance), 5, {"a": 1}, [text(chance)], [no_text(chance)]])


def no_boolean(chance: random.Random) -> Any:
    return chance.choice([text(chance) or "x", [], {}, 2, 2.5])


def no_texts(chance: random.Random) -> Any:
    return chance.choice([text(chance), 5, {"a": 1}, [5], [{}]])


def no_object(chance: random.Random) -> Any:
    return chance.choice([text(chance), 5, [], True])


NO_FILTERS = [
    "eq(",
    "eq(nothing, 1)",
    "and()",
    'eq(name "x")',
    "name = 1",
    "gt(latency, )",
    'search("x',
    "eq(name, 'x') extra",
    "☃",
    "",
]


def no_filter(chance: random.Random) -> Any:
    return chance.choice([*NO_FILTERS, no_text(chance)])


GROUP_STATS: Fields = {
    "session_id": no_uuid,
    "group_by": no_uuid,
    "filter": no_filter,
    "start_time": no_uuid,
    "end_time": no_uuid,
    "offset": beyond(0),
    "limit": beyond(1, 100),
}
SHARED_STATS: Fields = {
    **dict.fromkeys(["id", "session", "reference_example", "select"], no_uuids),
    **dict.fromkeys(["trace", "parent_run", "run_type", "data_source_type"], no_uuid),
    **dict.fromkeys(["start_time", "end_time"], no_uuid),
    **dict.fromkeys(["filter", "trace_filter", "tree_filter", "search_filter"], no_filter),
    **dict.fromkeys(["error", "is_root", "skip_pagination", "use_experimental_search"], no_boolean),
    "execution_order": beyond(1, 1),
    "query": no_text,
    "group_by": no_object,
    "groups": no_texts,
}
GROUP_RUNS: Fields = {
    "session_ids": no_uuids,
    "group_by": no_uuid,
    "metadata_key": no_text,
    "offset": beyond(0),
    "limit": beyond(1),
    "per_group_limit": beyond(1, 10),
    "preview": no_boolean,
    "filters": no_object,
}
SESSION_METRICS: Fields = {
    "nameContains": no_text,
    "timezoneDifference": lambda chance: chance.choice([text(chance) + "x", [], {}, True, None]),
    "pSize": no_uuid,
    "useInterquartile": no_boolean,
    "timeFilter": no_object,
    "filter": lambda chance: chance.choice([5, [], text(chance), {"left": {}}, {"runs": {}}]),
    "unknown": no_text,
}
BODIES = {
    "group_stats": GROUP_STATS,
    "shared_stats": SHARED_STATS,
    "group_runs": GROUP_RUNS,
    "session_metrics": SESSION_METRICS,
}
REQUIRED = {
    "group_stats": ["session_id", "group_by"],
    "shared_stats": [],
    "group_runs": ["session_ids", "group_by", "metadata_key"],
    "session_metrics": ["nameContains", "timezoneDifference"],
}


def wrong_requests(
    operation: str, world: dict[str, str], count: int, seed: int = 1
) -> Iterator[Wrong]:
    """So many requests of the operation with one field at fault; the same for the same seed."""
    chance = random.Random(f"{operation} {seed}")  # noqa: S311 - examples, no secrets
    for _ in range(count):
        asked = request(operation, world)
        if operation == "thread_stats":
            yield _wrong_query(asked, chance)
        else:
            yield _wrong_body(operation, asked, chance)


def _wrong_body(operation: str, asked: dict[str, Any], chance: random.Random) -> Wrong:
    fields = BODIES[operation]
    required = REQUIRED[operation]
    if required and chance.random() < 0.2:
        name = chance.choice(required)
        del asked["json"][name]
    else:
        name = chance.choice(list(fields))
        asked["json"][name] = fields[name](chance)
        if name == "groups":
            asked["json"]["group_by"] = {"attribute": "name"}
    return asked, name


def _wrong_query(asked: dict[str, Any], chance: random.Random) -> Wrong:
    name = chance.choice(["session_id", "selects"])
    params: dict[str, Any] = dict(asked["params"])
    if chance.random() < 0.2:
        del params[name]
    elif name == "selects":
        params[name] = ["TURNS", text(chance)]
    else:
        params[name] = chance.choice([text(chance), [params[name]] * 2])
    return asked | {"params": params}, name

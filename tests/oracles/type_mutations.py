"""Mutations of values and columns to other types, and what is taken though it is rare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.oracles.mutations import (
    ERROR,
    EXAMPLES,
    FEEDBACK,
    FINE,
    FORMATS,
    JSONL,
    KEYS,
    PARQUET,
    REQUESTS,
    RUNS,
    Mutation,
    Tables,
    put,
)


def _nothing(_: Tables) -> None:
    """Change nothing."""


def _left_out(table: str, column: str) -> Callable[[Tables], None]:
    def change(rows: Tables) -> None:
        for row in rows[table]:
            del row[column]

    return change


def _nulls(rows: Tables) -> None:
    for row in rows[REQUESTS]:
        row["request_referrer"] = None


def _quoted(rows: Tables) -> None:
    """As databases write it."""
    for row in rows[REQUESTS]:
        row["latency"] = row["latency"] and str(row["latency"])
        row["cache_enabled"] = int(row["cache_enabled"])


def _fine() -> Iterator[Mutation]:
    yield Mutation("nothing", _nothing, FINE)
    for table, column in ((REQUESTS, "target_url"), (REQUESTS, "prompt_id"), (REQUESTS, "threat")):
        change = _left_out(table, column)
        yield Mutation(f"no {column} of {table}", change, FINE, table, types={column: "NONE"})
    for table, column, kind in (
        (RUNS, "prompt_tokens", "INTEGER"),
        (RUNS, "total_tokens", "UINTEGER"),
        (RUNS, "id", "UUID"),
        (RUNS, "start_time", "TIMESTAMP"),
        (RUNS, "end_time", "TIMESTAMPTZ"),
        (REQUESTS, "request_created_at", "TIMESTAMP_NS"),
        (RUNS, "prompt_token_details", "MAP(VARCHAR, INTEGER)"),
    ):
        name = f"{column} of {table} as {kind}"
        yield Mutation(name, _nothing, FINE, table, types={column: kind}, formats=(PARQUET,))
    types = {"request_referrer": "INTEGER"}
    yield Mutation("a column of nulls of another type", _nulls, FINE, REQUESTS, types=types)

    yield Mutation("as databases write it", _quoted, FINE, formats=(JSONL,))
    longest = put(RUNS, "name", "x" * 1_000_000)
    yield Mutation("a name of a million characters", longest, FINE)
    nan = put(RUNS, "error", "NaN, Infinity")
    yield Mutation("NaN in a text", nan, FINE)
    nan = put(RUNS, "inputs", {"said": "x: NaN, and [Infinity]", "NaN": 1})
    yield Mutation("NaN in a text of JSON", nan, FINE)
    empty = put(RUNS, "tags", [])
    yield Mutation("no tags", empty, FINE)


def _values() -> Iterator[Mutation]:
    """What no column of its type holds: in Parquet, the type is another."""
    for table, column, value, kind, word in (
        (RUNS, "total_tokens", 1.5, "DOUBLE", "integer"),
        (RUNS, "total_tokens", "many", "VARCHAR", "integer"),
        (RUNS, "total_cost_nano", 12, "DECIMAL(18, 3)", ""),
        (RUNS, "prompt_tokens", True, "BOOLEAN", "integer"),
        (RUNS, "prompt_tokens", [1], "BIGINT[]", "integer"),
        (RUNS, "name", 5, "BIGINT", "text"),
        (RUNS, "id", {"a": 1}, "JSON", "text"),
        (RUNS, "tags", "a", "VARCHAR", "list of text"),
        (RUNS, "tags", [1, 2], "BIGINT[]", "list of text"),
        (RUNS, "start_time", 1782820800, "BIGINT", "time"),
        (RUNS, "prompt_token_details", {"audio": 1.5}, "MAP(VARCHAR, DOUBLE)", "map of integers"),
        (RUNS, "prompt_token_details", {"audio": "x"}, "MAP(VARCHAR, VARCHAR)", "map of integers"),
        (RUNS, "prompt_token_details", [1], "BIGINT[]", "map of integers"),
        (REQUESTS, "cache_enabled", 2, "INTEGER", "boolean"),
        (REQUESTS, "cache_enabled", "yes", "VARCHAR", "boolean"),
        (REQUESTS, "properties", {"a": 1}, "MAP(VARCHAR, INTEGER)", "map of text"),
        (REQUESTS, "properties", "a", "VARCHAR", "map of text"),
        (REQUESTS, "request_body", 1, "BIGINT", "text"),
        (KEYS, "key", 1, "BIGINT", "text"),
    ):
        is_json_type = kind in ("JSON", "DECIMAL(18, 3)")
        formats = (PARQUET,) if kind == "DECIMAL(18, 3)" else (JSONL,) if is_json_type else FORMATS
        name = f"{column} of {table} {value!r} as {kind}"
        change = put(table, column, value)
        types = {column: kind}
        yield Mutation(name, change, ERROR, table, column, word, types, formats)
    null = put(RUNS, "tags", ["a", None])
    yield Mutation("a tag null", null, ERROR, RUNS, "tags")
    null = put(RUNS, "prompt_token_details", {"audio": None})
    yield Mutation("an amount of a map null", null, ERROR, RUNS, "prompt_token_details")
    null = put(REQUESTS, "properties", {"app": None})
    yield Mutation("a property null", null, ERROR, REQUESTS, "properties")
    for value in (1e30, "abc", {"a": 1}, [1]):
        change = put(FEEDBACK, "score", value)
        word = "a number of 9,000,000,000 at most"
        yield Mutation(f"the score {value}", change, ERROR, FEEDBACK, "score", word)
    as_double = put(FEEDBACK, "score", 0.5)
    double = {"score": "DOUBLE"}
    yield Mutation(
        "scores of another type",
        as_double,
        ERROR,
        FEEDBACK,
        "score",
        "DOUBLE",
        double,
        (PARQUET,),
    )


def _json() -> Iterator[Mutation]:
    nan = float("nan")
    of_numbers: tuple[tuple[str, str, Any, str], ...] = (
        (RUNS, "total_tokens", nan, "DOUBLE"),
        (RUNS, "total_tokens", float("inf"), "DOUBLE"),
        (FEEDBACK, "score", nan, "JSON"),
        (RUNS, "metadata", {"thread_id": "a", "x": nan}, "JSON"),
        (RUNS, "inputs", {"x": [1, float("-inf")]}, "JSON"),
        (EXAMPLES, "outputs", nan, "JSON"),
    )
    for table, column, value, kind in of_numbers:
        change = put(table, column, value)
        name = f"{value} in {column} of {table}"
        yield Mutation(name, change, ERROR, table, None, "", {column: kind})
    for text in ('{"a": 1', "{'a': 1}", "", "nul", '{"a": 1} {}'):
        change = put(RUNS, "metadata", text)
        types = {"metadata": "VARCHAR"}
        name = f"{text!r} for JSON"
        yield Mutation(name, change, ERROR, RUNS, "metadata", "JSON", types, (PARQUET,))


def _unknown(rows: Tables) -> int:
    rows[RUNS][1]["colour"] = "red"
    return 2


def _capitals(rows: Tables) -> int:
    for row in rows[RUNS]:
        row["ID"] = row.pop("id")
    return 1


def _columns() -> Iterator[Mutation]:
    word, types = "unknown column 'colour'", {"colour": "VARCHAR"}
    yield Mutation("a column that is not known", _unknown, ERROR, RUNS, "colour", word, types)
    word, types = "unknown column", {"id": "NONE", "ID": "VARCHAR"}
    yield Mutation("a column in capitals", _capitals, ERROR, RUNS, "ID", word, types)
    for table, column, kind in (
        (RUNS, "prompt_tokens", "DOUBLE"),
        (RUNS, "prompt_tokens", "VARCHAR"),
        (RUNS, "prompt_token_details", "VARCHAR"),
        (RUNS, "tags", "VARCHAR"),
        (REQUESTS, "cache_enabled", "VARCHAR"),
    ):
        name = f"all {column} of {table} as {kind}"
        types = {column: kind}
        word = f"the type {kind}"
        yield Mutation(name, _nothing, ERROR, table, column, word, types, (PARQUET,))


TYPE_MUTATIONS = [*_fine(), *_values(), *_json(), *_columns()]

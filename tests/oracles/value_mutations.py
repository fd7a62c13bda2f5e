"""Mutations of single values that are odd: unknown ones, and those out of range or order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.oracles.mutations import (
    CREATED,
    DOUBT,
    ERROR,
    EXAMPLES,
    FEEDBACK,
    FINE,
    JSONL,
    KEYS,
    NOW,
    PROJECTS,
    REQUESTS,
    RUNS,
    TAGS,
    Mutation,
    Tables,
    put,
)


def _known() -> Iterator[Mutation]:
    for table, column, word in (
        (RUNS, "status", "one of success, error, pending"),
        (RUNS, "run_type", "one of tool, chain"),
        (KEYS, "provider", "one of "),
        (KEYS, "access", "one of rw, r"),
        (REQUESTS, "provider", "a provider of models"),
        (TAGS, "entity_type", "one of session"),
    ):
        yield Mutation(
            f"{column} of {table} unknown", put(table, column, "weird"), DOUBT, table, column, word
        )
    other = put(FEEDBACK, "source", {"type": "weird"})
    yield Mutation("an unknown kind of feedback", other, DOUBT, FEEDBACK, "source", "type")
    for status in (999, -99):
        change = put(REQUESTS, "status", status)
        yield Mutation(
            f"the status {status}", change, DOUBT, REQUESTS, "status", "a status of HTTP"
        )
    capitals = put(RUNS, "status", "Success")
    yield Mutation("a status in capitals", capitals, DOUBT, RUNS, "status", "one of success")
    for provider in ("CUSTOM", "openai", ""):
        change = put(REQUESTS, "provider", provider)
        if provider != "":
            yield Mutation(f"the provider {provider}", change, FINE)
    for table, column in (
        (PROJECTS, "extra"),
        (RUNS, "metadata"),
        (RUNS, "inputs"),
        (RUNS, "outputs"),
        (EXAMPLES, "inputs"),
        (EXAMPLES, "metadata"),
        (FEEDBACK, "source"),
    ):
        for value in (["a"], "a"):
            kind = "list" if isinstance(value, list) else "text"
            name, change = f"{column} of {table} a {kind}", put(table, column, value)
            yield Mutation(name, change, ERROR, table, column, "a JSON object")


def _amounts() -> Iterator[Mutation]:
    of_runs = [
        f"{kind}_{unit}"
        for kind in ("prompt", "completion", "total")
        for unit in ("tokens", "cost_nano")
    ]
    of_requests = ["latency", "time_to_first_token", "cost", "prompt_cache_read_tokens"]
    of_requests += ["prompt_tokens", "completion_tokens", "prompt_cache_write_tokens"]
    for table, columns in ((RUNS, of_runs), (REQUESTS, of_requests)):
        for column in columns:
            name, change = f"{column} of {table} negative", put(table, column, -1)
            yield Mutation(
                name, change, DOUBT, table, column, "is '-1', expected an integer from 0"
            )
    for value in (-(2**63), 2**63 - 1, 2**53 + 1):
        change = put(RUNS, "total_tokens", value)
        yield Mutation(f"{value} tokens", change, DOUBT, RUNS, "total_tokens", "an integer from 0")
    for value, word in ((10**400, "not JSON"), (2**63, "not integer")):
        change = put(RUNS, "total_tokens", value)
        name = f"tokens of {len(str(value))} digits"
        yield Mutation(name, change, ERROR, RUNS, None, word, formats=(JSONL,))

    def many(table: str, column: str) -> Callable[[Tables], None]:
        def change(rows: Tables) -> None:
            for row in rows[table][:2]:
                row[column] = 2**53

        return change

    for table, column in ((RUNS, "total_tokens"), (RUNS, "total_cost_nano"), (REQUESTS, "cost")):
        name, word = f"a sum of {column} that is not exact", "a sum of"
        yield Mutation(name, many(table, column), DOUBT, table, column, word)
    for column in (
        "prompt_token_details",
        "completion_token_details",
        "prompt_cost_details_nano",
        "completion_cost_details_nano",
    ):
        change = put(RUNS, column, {"cache_read": 1, "audio": -5})
        yield Mutation(f"{column} negative", change, DOUBT, RUNS, column, "integers from 0")


def _before(table: str, first: str, then: str) -> Any:
    """A year before the first of two times."""

    def value(rows: Tables) -> str:
        row = next(row for row in rows[table] if row[first] and row[then])
        return str(row[first]).replace("2026", "2025", 1)

    return put(table, then, value, lambda row: bool(row[first] and row[then]))


def _orders() -> Iterator[Mutation]:
    for table, first, then in (
        (PROJECTS, "start_time", "end_time"),
        (RUNS, "start_time", "end_time"),
        (RUNS, "start_time", "first_token_time"),
        (EXAMPLES, "created_at", "modified_at"),
        (FEEDBACK, "created_at", "modified_at"),
        (REQUESTS, "request_created_at", "response_created_at"),
    ):
        name, change = f"{then} of {table} too early", _before(table, first, then)
        yield Mutation(name, change, DOUBT, table, then, f"none before {first}")
    late = put(RUNS, "first_token_time", NOW, lambda row: bool(row["end_time"]))
    word = "none before first_token_time"
    yield Mutation("a first token after the end", late, DOUBT, RUNS, "end_time", word)


def _times() -> Iterator[Mutation]:
    for table, column in ((RUNS, "start_time"), (FEEDBACK, "created_at"), (REQUESTS, CREATED)):
        for time, expected, word in (
            ("9999-12-31T23:59:59Z", DOUBT, "a time from 1970"),
            ("2026-06-30T12:00:00.000001Z", DOUBT, "a time from 1970"),
            ("1969-12-31T23:59:59Z", DOUBT, "a time from 1970"),
            ("0001-01-01T00:00:00Z", DOUBT, "a time from 1970"),
            ("10000-01-01T00:00:00Z", ERROR, "of the years 1 to 9999"),
            ("0000-01-01T00:00:00Z", ERROR, "of the years 1 to 9999"),
            ("soon", ERROR, "time"),
            ("", ERROR, "time"),
            ("2026-02-30T00:00:00Z", ERROR, "a time such as"),
            ("infinity", ERROR, "time"),
        ):
            if table == REQUESTS and time.startswith("2026-06-30"):
                continue  # it has milliseconds
            change = put(table, column, time)
            yield Mutation(f"{column} of {table} {time!r}", change, expected, table, column, word)

    def written(form: str) -> Callable[[Tables], None]:
        def change(rows: Tables) -> None:
            for row in rows[RUNS]:
                row["start_time"] = form.format(row["start_time"][:10], row["start_time"][11:26])

        return change

    for form in ("{} {}", "{}T{}", "{}T{}+00:00", "{} {}+00"):
        yield Mutation(f"times as {form}", written(form), FINE)


VALUE_MUTATIONS = [*_known(), *_amounts(), *_orders(), *_times()]

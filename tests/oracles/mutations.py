"""Ways to break a dataset: one list, for both formats, of what is done and what must be said of it.

A mutation changes rows, or the files that were written of them. The dataset that is broken is a part
of `tiny`: whole traces with all that belongs to them.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import duckdb
from attrs import field, frozen

from tests.conftest import rows_of_tiny
from tests.oracles.bundled import TABLES

Row = dict[str, Any]
Tables = dict[str, list[Row]]

ERROR, DOUBT, FINE = "error", "doubt", "fine"
JSONL, PARQUET = FORMATS = ("jsonl", "parquet")
KEYS, PROJECTS, DATASETS = "keys", "langsmith/sessions", "langsmith/datasets"
EXAMPLES, RUNS, FEEDBACK = "langsmith/examples", "langsmith/runs", "langsmith/feedback"
REQUESTS, TAGS = "helicone/requests", "helicone/session_tags"
NOW = "2026-06-30T12:00:00.000000Z"
CREATED = "request_created_at"
ABSENT = "dddddddd-0000-4000-8000-00000000000d"
TRACES = 3  # of each project

_TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "time": "VARCHAR",
    "json": "JSON",
    "list of text": "VARCHAR[]",
    "map of text": "MAP(VARCHAR, VARCHAR)",
    "map of integers": "MAP(VARCHAR, BIGINT)",
}


@frozen
class Mutation:
    """What is done to the rows, and what is to be found in `table`: in its `column` (None: in the
    whole file), with a word of the message. `change` returns the number of the row at fault, from 1,
    None where no row is. `types` are those that columns of the table have in Parquet."""

    name: str
    change: Callable[[Tables], int | None]
    expected: str
    table: str = ""
    column: str | None = None
    word: str = ""
    types: Mapping[str, str] = field(factory=dict)
    formats: tuple[str, ...] = FORMATS


@frozen
class FileMutation:
    """What is done to the files in the folder, whose tables are written as files of a format; and
    the file about which something is to be said, with a word of that."""

    name: str
    change: Callable[[Path, str], object]
    expected: str
    file: str = ""
    word: str = ""
    formats: tuple[str, ...] = FORMATS


def base() -> Tables:
    """The first traces of each project of `tiny`, and what belongs to them."""
    rows: Tables = {table: rows_of_tiny(table) for table in TABLES}
    roots = [run for run in rows[RUNS] if run["parent_run_id"] is None]
    chosen = {
        run["id"]
        for project in rows[PROJECTS]
        for run in [root for root in roots if root["session_id"] == project["id"]][:TRACES]
    }
    rows[RUNS] = [run for run in rows[RUNS] if run["trace_id"] in chosen]
    ids = {run["id"] for run in rows[RUNS]}
    rows[FEEDBACK] = [each for each in rows[FEEDBACK] if each["run_id"] in ids]
    rows[REQUESTS] = [each for each in rows[REQUESTS] if each["request_id"] in ids]
    rows[EXAMPLES] = [each for each in rows[EXAMPLES] if each["source_run_id"] in {None, *ids}]
    sessions = {each["properties"].get("Helicone-Session-Id") for each in rows[REQUESTS]}
    rows[TAGS] = [each for each in rows[TAGS] if each["entity_id"] in sessions]
    return rows


def copied(rows: Tables) -> Tables:
    """The rows, to be changed."""
    return deepcopy(rows)


def write(folder: Path, rows: Tables, format_: str) -> None:
    """Write the rows as files of the format, and the manifest that tells of them."""
    for table, lines in rows.items():
        write_table(folder, table, lines, format_)
    write_manifest(folder, rows)


def write_manifest(folder: Path, rows: Tables) -> None:
    """Write the manifest of the rows."""
    counts = {table: len(lines) for table, lines in rows.items()}
    manifest = {"name": folder.name, "now": NOW, "rows": counts}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def write_table(
    folder: Path,
    table: str,
    rows: list[Row],
    format_: str,
    types: Mapping[str, str] | None = None,
) -> None:
    """Write the rows of a table; in Parquet, columns may have other `types` (NONE: no column)."""
    file = folder / f"{table}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    if format_ == JSONL:
        return
    known = {name: _TYPES[kind] for name, kind in TABLES[table].items()} | dict(types or {})
    known = {name: kind for name, kind in known.items() if kind != "NONE"}
    columns = ", ".join(f"\"{name}\": '{kind}'" for name, kind in known.items())
    chosen = ", ".join(
        f'CAST("{name}" AS VARCHAR) AS "{name}"' if kind == "JSON" else f'"{name}"'
        for name, kind in known.items()
    )
    # What is of another type than the column's new one becomes null.
    read = (
        f"read_json('{file}', format='newline_delimited', ignore_errors=true, "
        f"maximum_object_size={2**26}, columns={{{columns}}})"
    )
    duckdb.execute(f"COPY (SELECT {chosen} FROM {read}) TO '{file.with_suffix('.parquet')}'")
    file.unlink()


# Where what is changed stands.


def _place(rows: Tables, table: str, wanted: Callable[[Row], bool]) -> int:
    return next(place for place, row in enumerate(rows[table]) if wanted(row))


def _is_root(row: Row) -> bool:
    return row["parent_run_id"] is None


def _root(rows: Tables) -> int:
    """A root run with children."""
    return _place(rows, RUNS, lambda row: _is_root(row) and len(_children(rows, row["id"])) > 1)


def _children(rows: Tables, id_: str) -> list[int]:
    return [place for place, row in enumerate(rows[RUNS]) if row["parent_run_id"] == id_]


def _chain(rows: Tables) -> tuple[int, int, int]:
    """A run with a parent that is no root, that parent, and the root above both."""
    runs = {row["id"]: place for place, row in enumerate(rows[RUNS])}
    for place, row in enumerate(rows[RUNS]):
        middle = runs.get(row["parent_run_id"])
        top = None if middle is None else runs.get(rows[RUNS][middle]["parent_run_id"])
        if middle is not None and top is not None and _is_root(rows[RUNS][top]):
            return place, middle, top
    raise LookupError


# What is changed.


def put(table: str, column: str, value: Any, wanted: Callable[[Row], bool] | None = None) -> Any:
    """Put a value into a column of a row: the first that is wanted, else the second."""

    def change(rows: Tables) -> int:
        place = 1 if wanted is None else _place(rows, table, wanted)
        rows[table][place][column] = value(rows) if callable(value) else value
        return place + 1

    return change


def twice(table: str) -> Any:
    def change(rows: Tables) -> int:
        rows[table].append(deepcopy(rows[table][1]))
        return len(rows[table])

    return change


def remove(table: str, wanted: Callable[[Row], bool], at_fault: Callable[[Tables], int]) -> Any:
    def change(rows: Tables) -> int:
        del rows[table][_place(rows, table, wanted)]
        return at_fault(rows) + 1

    return change


def _id_of_another(table: str, column: str) -> Any:
    return lambda rows: rows[table][0][column]


def _ids() -> Iterator[Mutation]:
    for table, column in {
        PROJECTS: "id",
        DATASETS: "id",
        EXAMPLES: "id",
        RUNS: "id",
        FEEDBACK: "id",
        REQUESTS: "request_id",
        KEYS: "key",
    }.items():
        once = f"expected each {column}"
        yield Mutation(f"a row of {table} twice", twice(table), ERROR, table, column, once)
        null = "expected an id" if table == REQUESTS else "is null, expected a value"
        yield Mutation(
            f"{column} of {table} null", put(table, column, None), ERROR, table, column, null
        )
        if table not in (KEYS, PROJECTS):
            other = put(table, column, _id_of_another(table, column))
            yield Mutation(f"an id of {table} twice", other, ERROR, table, column, once)

    def every_id(rows: Tables) -> int:
        for row in rows[RUNS]:
            row["id"] = ABSENT
        return 2

    yield Mutation("all ids of runs equal", every_id, ERROR, RUNS, "id", "expected each id once")
    token = put(DATASETS, "share_token", "t", lambda row: True)

    def tokens(rows: Tables) -> int:
        token(rows)
        return int(put(DATASETS, "share_token", "t")(rows))

    yield Mutation("a share token twice", tokens, ERROR, DATASETS, "share_token", "expected each")
    yield Mutation("a tag twice", twice(TAGS), DOUBT, TAGS, "tag", "expected each tag and")


def _trees() -> Iterator[Mutation]:
    parent, circle = "parent_run_id", "its own ancestor"

    def itself(rows: Tables) -> int:
        low, *_ = _chain(rows)
        rows[RUNS][low][parent] = rows[RUNS][low]["id"]
        return low + 1

    def two(rows: Tables) -> int:
        low, middle, _ = _chain(rows)
        rows[RUNS][middle][parent] = rows[RUNS][low]["id"]
        return min(low, middle) + 1

    def three(rows: Tables) -> int:
        low, middle, top = _chain(rows)
        rows[RUNS][top][parent] = rows[RUNS][low]["id"]
        return min(low, middle, top) + 1

    for number, change in enumerate((itself, two, three), 1):
        name = f"a circle of {number} runs"
        yield Mutation(name, change, ERROR, RUNS, parent, circle)

    def elsewhere(rows: Tables) -> int:
        _, middle, top = _chain(rows)
        other = _place(rows, RUNS, lambda row: row["trace_id"] != rows[RUNS][top]["id"])
        rows[RUNS][middle][parent] = rows[RUNS][other]["id"]
        return middle + 1

    def of_child(column: str, value: Any) -> Callable[[Tables], int]:
        def change(rows: Tables) -> int:
            low, middle, top = _chain(rows)
            rows[RUNS][low][column] = value(rows, top) if callable(value) else value
            return low + 1

        return change

    def other_root(rows: Tables, top: int) -> Any:
        trace = rows[RUNS][top]["id"]
        return next(r["id"] for r in rows[RUNS] if _is_root(r) and r["id"] != trace)

    def of_leaf_root(value: Any) -> Callable[[Tables], int]:
        """Of a root run without children."""

        def change(rows: Tables) -> int:
            alone = {row["id"] for row in rows[RUNS]} - {r[parent] for r in rows[RUNS]}
            place = next(
                p for p, row in enumerate(rows[RUNS]) if _is_root(row) and row["id"] in alone
            )
            rows[RUNS][place]["trace_id"] = value(rows, place) if callable(value) else value
            return place + 1

        return change

    astray = "a parent in the same tree"
    yield Mutation("a parent in another trace", elsewhere, ERROR, RUNS, parent, astray)
    yield Mutation(
        "a parent that is not there", of_child(parent, ABSENT), DOUBT, RUNS, parent, "id"
    )
    yield Mutation("a parent that is empty", of_child(parent, ""), DOUBT, RUNS, parent, "''")
    yield Mutation(
        "a child in another trace", of_child("trace_id", other_root), ERROR, RUNS, parent
    )
    absent = of_child("trace_id", ABSENT)
    yield Mutation("a child in a trace that is not there", absent, ERROR, RUNS, parent, astray)
    null = of_child("trace_id", None)
    yield Mutation("a trace id null", null, DOUBT, RUNS, "trace_id", "is null, expected a value")
    null = of_leaf_root(None)
    yield Mutation("a root's trace id null", null, DOUBT, RUNS, "trace_id", "null")
    absent = of_leaf_root(ABSENT)
    yield Mutation("a root in a trace that is not there", absent, DOUBT, RUNS, "trace_id", "root")
    other = of_leaf_root(other_root)
    yield Mutation("a root in another's trace", other, ERROR, RUNS, "trace_id", "own id")
    second = of_child(parent, None)
    yield Mutation("a trace with two roots", second, ERROR, RUNS, "trace_id", "own id")

    def without_root(rows: Tables) -> int:
        top = _root(rows)
        id_ = rows[RUNS].pop(top)["id"]
        return _children(rows, id_)[0] + 1

    yield Mutation("a root that is left out", without_root, DOUBT, RUNS, parent, "null in a root")
    yield Mutation("a trace without its root", without_root, DOUBT, RUNS, "trace_id", "the root")

    def middle_left_out(rows: Tables) -> int:
        _, middle, _ = _chain(rows)
        id_ = rows[RUNS].pop(middle)["id"]
        return _children(rows, id_)[0] + 1

    yield Mutation("a run amid a trace left out", middle_left_out, DOUBT, RUNS, parent, "the id of")

    def upside_down(rows: Tables) -> None:
        rows[RUNS].reverse()

    yield Mutation("children before their parents", upside_down, FINE)


def _references() -> Iterator[Mutation]:
    for table, column, expected in (
        (PROJECTS, "reference_dataset_id", "a row of langsmith/datasets"),
        (EXAMPLES, "dataset_id", "a row of langsmith/datasets"),
        (EXAMPLES, "source_run_id", "a row of langsmith/runs"),
        (RUNS, "session_id", "a row of langsmith/sessions"),
        (RUNS, "reference_example_id", "a row of langsmith/examples"),
        (FEEDBACK, "run_id", "a row of langsmith/runs"),
        (FEEDBACK, "session_id", "a row of langsmith/sessions"),
        (TAGS, "entity_id", "session_id of a row of helicone/requests"),
    ):
        change = put(table, column, ABSENT)
        name = f"{column} of {table} that is not there"
        yield Mutation(name, change, DOUBT, table, column, expected)
    for table, column in (
        (PROJECTS, "tenant_id"),
        (DATASETS, "tenant_id"),
        (EXAMPLES, "dataset_id"),
        (RUNS, "session_id"),
        (RUNS, "tenant_id"),
        (RUNS, "run_type"),
        (RUNS, "status"),
        (RUNS, "start_time"),
        (FEEDBACK, "session_id"),
        (FEEDBACK, "key"),
        (FEEDBACK, "created_at"),
        (KEYS, "provider"),
        (KEYS, "tenant_id"),
        (TAGS, "organization_id"),
        (TAGS, "entity_type"),
        (TAGS, "entity_id"),
        (TAGS, "tag"),
    ):
        change = put(table, column, None)
        yield Mutation(f"{column} of {table} null", change, DOUBT, table, column, "is null")
    null = put(REQUESTS, "organization_id", None)
    yield Mutation("a request of nobody", null, DOUBT, REQUESTS, "organization_id", "a key of")
    null = put(REQUESTS, "request_created_at", None)
    yield Mutation("a request of no time", null, DOUBT, REQUESTS, "request_created_at", "a time")

    def other_project(rows: Tables) -> str:
        return next(str(r["id"]) for r in rows[PROJECTS] if r["id"] != rows[RUNS][1]["session_id"])

    child = put(RUNS, "session_id", other_project, lambda row: not _is_root(row))
    name, word = "a run in another project than its parent", "that of its parent"
    yield Mutation(name, child, DOUBT, RUNS, "session_id", word)
    other = put(FEEDBACK, "session_id", lambda rows: rows[PROJECTS][-1]["id"])
    word = "that of the row of langsmith/runs"
    yield Mutation("feedback in another project", other, DOUBT, FEEDBACK, "session_id", word)
    other = put(RUNS, "tenant_id", lambda rows: _other_tenant(rows))
    word = "that of the row of langsmith/sessions"
    yield Mutation("a run of another tenant", other, DOUBT, RUNS, "tenant_id", word)
    for table, column in (
        (PROJECTS, "tenant_id"),
        (DATASETS, "tenant_id"),
        (REQUESTS, "organization_id"),
        (TAGS, "organization_id"),
    ):
        nobody = put(table, column, ABSENT)
        name = f"a tenant of {table} that no key opens"
        yield Mutation(name, nobody, DOUBT, table, column, "a tenant that a key of")
    nobody = put(KEYS, "tenant_id", ABSENT)
    yield Mutation("a key of no tenant", nobody, DOUBT, KEYS, "tenant_id", "a tenant of some row")
    yield Mutation(
        "a project left out",
        remove(PROJECTS, lambda row: row["reference_dataset_id"] is None, lambda rows: 0),
        DOUBT,
        RUNS,
        "session_id",
    )

    def more_tenants(rows: Tables) -> None:
        other = dict(rows[KEYS][0]) | {"tenant_id": _other_tenant(rows), "access": "r"}
        rows[KEYS].append(other)

    yield Mutation("a key that opens two tenants", more_tenants, FINE)

    def upper(rows: Tables) -> None:
        for row in rows[RUNS]:
            row["tenant_id"] = row["tenant_id"].upper()

    yield Mutation("tenants in capitals", upper, FINE)


def _other_tenant(rows: Tables) -> str:
    return next(
        str(row["tenant_id"])
        for row in rows[KEYS]
        if row["tenant_id"] != rows[RUNS][1]["tenant_id"]
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
            yield Mutation(name, change, DOUBT, table, column, "a JSON object")


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


def _times() -> Iterator[Mutation]:
    def before(table: str, first: str, then: str) -> Any:
        def value(rows: Tables) -> str:
            row = next(row for row in rows[table] if row[first] and row[then])
            return str(row[first])[:4].replace("2026", "2025") + str(row[first])[4:]

        return put(table, then, value, lambda row: bool(row[first] and row[then]))

    for table, first, then in (
        (PROJECTS, "start_time", "end_time"),
        (RUNS, "start_time", "end_time"),
        (RUNS, "start_time", "first_token_time"),
        (EXAMPLES, "created_at", "modified_at"),
        (FEEDBACK, "created_at", "modified_at"),
        (REQUESTS, "request_created_at", "response_created_at"),
    ):
        name, change = f"{then} of {table} too early", before(table, first, then)
        yield Mutation(name, change, DOUBT, table, then, f"none before {first}")
    late = put(RUNS, "first_token_time", NOW, lambda row: bool(row["end_time"]))
    word = "none before first_token_time"
    yield Mutation("a first token after the end", late, DOUBT, RUNS, "end_time", word)
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
    nan = float("nan")
    for table, column, value, kind in (
        (RUNS, "total_tokens", nan, "DOUBLE"),
        (RUNS, "total_tokens", float("inf"), "DOUBLE"),
        (FEEDBACK, "score", nan, "JSON"),
        (RUNS, "metadata", {"thread_id": "a", "x": nan}, "JSON"),
        (RUNS, "inputs", {"x": [1, float("-inf")]}, "JSON"),
        (EXAMPLES, "outputs", nan, "JSON"),
    ):
        change = put(table, column, value)
        name = f"{value} in {column} of {table}"
        yield Mutation(name, change, ERROR, table, None, "", {column: kind})
    for text in ('{"a": 1', "{'a': 1}", "", "nul", '{"a": 1} {}'):
        change = put(RUNS, "metadata", text)
        types = {"metadata": "VARCHAR"}
        name = f"{text!r} for JSON"
        yield Mutation(name, change, ERROR, RUNS, "metadata", "JSON", types, (PARQUET,))

    def unknown(rows: Tables) -> int:
        rows[RUNS][1]["colour"] = "red"
        return 2

    word = "unknown column 'colour'"
    kind = {"colour": "VARCHAR"}
    yield Mutation("a column that is not known", unknown, ERROR, RUNS, "colour", word, kind)

    def capitals(rows: Tables) -> int:
        for row in rows[RUNS]:
            row["ID"] = row.pop("id")
        return 1

    types = {"id": "NONE", "ID": "VARCHAR"}
    yield Mutation("a column in capitals", capitals, ERROR, RUNS, "ID", "unknown column", types)


def _fine() -> Iterator[Mutation]:
    def nothing(_: Tables) -> None:
        """Change nothing."""

    def left_out(table: str, column: str) -> Callable[[Tables], None]:
        def change(rows: Tables) -> None:
            for row in rows[table]:
                del row[column]

        return change

    yield Mutation("nothing", nothing, FINE)
    for table, column in ((REQUESTS, "target_url"), (REQUESTS, "prompt_id"), (REQUESTS, "threat")):
        change = left_out(table, column)
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
        yield Mutation(name, nothing, FINE, table, types={column: kind}, formats=(PARQUET,))
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
        yield Mutation(name, nothing, ERROR, table, column, word, types, (PARQUET,))

    def nulls(rows: Tables) -> None:
        for row in rows[REQUESTS]:
            row["request_referrer"] = None

    types = {"request_referrer": "INTEGER"}
    yield Mutation("a column of nulls of another type", nulls, FINE, REQUESTS, types=types)

    def quoted(rows: Tables) -> None:
        for row in rows[REQUESTS]:
            row["latency"] = row["latency"] and str(row["latency"])
            row["cache_enabled"] = int(row["cache_enabled"])

    yield Mutation("as databases write it", quoted, FINE, formats=(JSONL,))
    longest = put(RUNS, "name", "x" * 1_000_000)
    yield Mutation("a name of a million characters", longest, FINE)
    nan = put(RUNS, "error", "NaN, Infinity")
    yield Mutation("NaN in a text", nan, FINE)
    nan = put(RUNS, "inputs", {"said": "x: NaN, and [Infinity]", "NaN": 1})
    yield Mutation("NaN in a text of JSON", nan, FINE)
    empty = put(RUNS, "tags", [])
    yield Mutation("no tags", empty, FINE)


# What is done to files.


def _table(folder: Path, table: str, format_: str) -> Path:
    return folder / f"{table}.{format_}"


def on(table: str, change: Callable[[Path], object]) -> Callable[[Path, str], object]:
    """Change the file of a table."""
    return lambda folder, format_: change(_table(folder, table, format_))


def with_bytes(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    """Change what is in a file."""
    return lambda file: file.write_bytes(change(file.read_bytes()))


def instead(make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Make something else in a file's place."""

    def change(file: Path) -> None:
        file.unlink()
        make(file)

    return change


def _socket(path: Path) -> None:
    """A path of a socket has about a hundred characters."""
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    finally:
        os.chdir(here)


def _manifest(change: Callable[[Row], object]) -> Callable[[Path, str], object]:
    def changed(folder: Path, _: str) -> None:
        file = folder / "manifest.json"
        manifest = json.loads(file.read_bytes())
        change(manifest)
        file.write_text(json.dumps(manifest), encoding="utf-8")

    return changed


def _said(text: bytes) -> Callable[[Path, str], object]:
    return lambda folder, _: (folder / "manifest.json").write_bytes(text)


def _beside(name: str, text: bytes = b"") -> Callable[[Path, str], object]:
    return lambda folder, _: (folder / name).write_bytes(text)


def _packed(file: Path) -> None:
    packed = file.with_name(f"{file.name}.gz")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()


def _moved(file: Path, suffix: str) -> None:
    file.rename(file.with_suffix(suffix))


def _linked_folder(folder: Path, _: str) -> None:
    """The tables of a vendor somewhere else, with a link to them."""
    elsewhere = folder.parent / "elsewhere"
    (folder / "langsmith").rename(elsewhere)
    (folder / "langsmith").symlink_to(elsewhere)


def _dead_folder(folder: Path, _: str) -> None:
    shutil.rmtree(folder / "langsmith")
    (folder / "langsmith").symlink_to("nowhere")


def _broken_line(text: bytes) -> bytes:
    """With the beginning of a row in the last line."""
    return text[: text.rstrip().rfind(b"\n") + 20]


def _shift(text: bytes) -> bytes:
    return text.replace(b'{"id"', b'{"id\x00"', 1)


_RUNS_TABLE = "langsmith/runs."
_FILES = [
    FileMutation(
        "a cut line", on(RUNS, with_bytes(_broken_line)), ERROR, RUNS, "not JSON", (JSONL,)
    ),
    FileMutation(
        "a file that is cut", on(RUNS, with_bytes(lambda b: b[: len(b) // 2])), ERROR, RUNS, ""
    ),
    FileMutation(
        "a last line that is lost",
        on(RUNS, with_bytes(lambda text: text[: text.rstrip().rfind(b"\n") + 1])),
        DOUBT,
        "manifest.json",
        "rows of langsmith/runs are 51, found 50",
        (JSONL,),
    ),
    FileMutation(
        "an empty file",
        on(FEEDBACK, with_bytes(lambda _: b"")),
        DOUBT,
        "manifest.json",
        "rows of langsmith/feedback are 32, found 0",
        (JSONL,),
    ),
    FileMutation(
        "a file of no bytes",
        on(RUNS, with_bytes(lambda _: b"")),
        ERROR,
        RUNS,
        "Parquet",
        (PARQUET,),
    ),
    FileMutation(
        "a table left out",
        on(FEEDBACK, Path.unlink),
        DOUBT,
        "manifest.json",
        "rows of langsmith/feedback are 32, found no file",
    ),
    FileMutation(
        "a table packed by gzip", on(RUNS, _packed), ERROR, f"{RUNS}.{{}}.gz", "is no table"
    ),
    FileMutation("packed by gzip inside", on(RUNS, with_bytes(gzip.compress)), ERROR, RUNS, ""),
    FileMutation("a folder", on(RUNS, instead(Path.mkdir)), ERROR, RUNS, "found a folder"),
    FileMutation(
        "a dead link",
        on(RUNS, instead(lambda file: file.symlink_to("nowhere"))),
        ERROR,
        RUNS,
        "a link that leads to no file",
    ),
    FileMutation(
        "a link to itself",
        on(RUNS, instead(lambda file: file.symlink_to(file.name))),
        ERROR,
        RUNS,
        "a link that leads to no file",
    ),
    FileMutation("a pipe", on(RUNS, instead(os.mkfifo)), ERROR, RUNS, "found a pipe"),
    FileMutation("a pipe of keys", on(KEYS, instead(os.mkfifo)), ERROR, KEYS, "found a pipe"),
    FileMutation("a socket", on(RUNS, instead(_socket)), ERROR, RUNS, "found a socket"),
    FileMutation(
        "a device",
        on(RUNS, instead(lambda file: file.symlink_to(os.devnull))),
        ERROR,
        RUNS,
        "found a device",
    ),
    FileMutation("a folder that is a link", _linked_folder, FINE),
    FileMutation("a folder that is a dead link", _dead_folder, ERROR, "langsmith", "a link"),
    FileMutation(
        "a link in a circle",
        lambda folder, _: (folder / "langsmith" / "again").symlink_to(".."),
        ERROR,
        "langsmith/again",
        "found a folder",
    ),
    FileMutation(
        "a link in a circle elsewhere",
        lambda folder, _: (folder / "again").symlink_to("."),
        DOUBT,
        "again",
        "is no table",
    ),
    FileMutation(
        "a mistyped table",
        lambda folder, format_: _table(folder, RUNS, format_).rename(
            folder / "langsmith" / f"run.{format_}"
        ),
        ERROR,
        "langsmith/run.{}",
        "did you mean langsmith/runs?",
    ),
    FileMutation(
        "a table of nobody", _beside("notes.jsonl"), ERROR, "notes.jsonl", "no provider declares"
    ),
    FileMutation(
        "another file of a vendor", _beside("langsmith/x.txt"), ERROR, "langsmith/x.txt", "no table"
    ),
    FileMutation("a table of another kind", _beside("keys.csv"), ERROR, "keys.csv", "is no table"),
    FileMutation("capitals", _beside("keys.JSONL"), ERROR, "keys.JSONL", "is no table"),
    FileMutation("another file", _beside("notes.txt"), DOUBT, "notes.txt", "it is not read"),
    FileMutation("a hidden file", _beside("langsmith/.swp"), FINE),
    FileMutation(
        "a table in two files",
        lambda folder, format_: (
            folder / f"keys.{'parquet' if format_ == JSONL else JSONL}"
        ).touch(),
        ERROR,
        "keys.parquet",
        "two files",
    ),
    FileMutation(
        "JSONL in a Parquet file",
        lambda folder, _: _moved(folder / f"{RUNS}.jsonl", ".parquet"),
        ERROR,
        f"{RUNS}.parquet",
        "no whole Parquet file",
        (JSONL,),
    ),
    FileMutation(
        "Parquet in a JSONL file",
        lambda folder, _: _moved(folder / f"{RUNS}.parquet", ".jsonl"),
        ERROR,
        f"{RUNS}.jsonl",
        "found a Parquet file",
        (PARQUET,),
    ),
    FileMutation(
        "a byte order mark",
        on(RUNS, with_bytes(lambda text: b"\xef\xbb\xbf" + text)),
        FINE,
        formats=(JSONL,),
    ),
    FileMutation(
        "UTF-16",
        on(RUNS, with_bytes(lambda text: text.decode().encode("utf-16"))),
        ERROR,
        RUNS,
        "found UTF-16",
        (JSONL,),
    ),
    FileMutation(
        "UTF-16 without a mark",
        on(RUNS, with_bytes(lambda text: text.decode().encode("utf-16-le"))),
        ERROR,
        RUNS,
        "not JSON",
        (JSONL,),
    ),
    FileMutation(
        "Latin-1",
        on(
            RUNS,
            with_bytes(
                lambda text: text.replace(b'"agent"', b'"\xe4gent"', 1) + b'{"name": "\xe4"}'
            ),
        ),
        ERROR,
        RUNS,
        "not JSON",
        (JSONL,),
    ),
    FileMutation("NUL in a name", on(RUNS, with_bytes(_shift)), ERROR, RUNS, "not JSON", (JSONL,)),
    FileMutation(
        "NUL at the end",
        on(RUNS, with_bytes(lambda text: text + b"\x00" * 512)),
        ERROR,
        RUNS,
        "not JSON",
        (JSONL,),
    ),
    FileMutation(
        "a huge line",
        on(RUNS, with_bytes(lambda text: text + b'{"name": "' + b"x" * 2**24 + b'"}')),
        ERROR,
        RUNS,
        "found a line of more than",
        (JSONL,),
    ),
    FileMutation(
        "an array of rows",
        on(RUNS, with_bytes(lambda text: b"[" + b",".join(text.splitlines()) + b"]")),
        ERROR,
        RUNS,
        "not a JSON object",
        (JSONL,),
    ),
    FileMutation(
        "a column twice in a row",
        on(RUNS, with_bytes(lambda text: text.replace(b'{"id"', b'{"name": "a", "id"', 1))),
        ERROR,
        RUNS,
        "stands there twice",
        (JSONL,),
    ),
    FileMutation(
        "lines that end as in Windows",
        on(RUNS, with_bytes(lambda text: text.replace(b"\n", b"\r\n"))),
        FINE,
        formats=(JSONL,),
    ),
    FileMutation(
        "empty lines",
        on(RUNS, with_bytes(lambda text: b"\n" + text.replace(b"\n", b"\n \t\n\n"))),
        FINE,
        formats=(JSONL,),
    ),
    FileMutation(
        "no end of the last line",
        on(RUNS, with_bytes(bytes.rstrip)),
        FINE,
        formats=(JSONL,),
    ),
    FileMutation("no manifest", lambda folder, _: (folder / "manifest.json").unlink(), FINE),
    FileMutation("a manifest that is cut", _said(b'{"name": "a"'), ERROR, "manifest.json", "JSON"),
    FileMutation("a manifest that is a list", _said(b"[]"), ERROR, "manifest.json", "JSON object"),
    FileMutation("an empty manifest", _said(b""), ERROR, "manifest.json", "JSON"),
    FileMutation("a manifest with a mark", _said(b"\xef\xbb\xbf{}"), FINE),
    FileMutation(
        "a manifest in UTF-16", _said("{}".encode("utf-16")), ERROR, "manifest.json", "JSON"
    ),
    FileMutation(
        "a manifest that is a folder",
        lambda folder, _: instead(Path.mkdir)(folder / "manifest.json"),
        ERROR,
        "manifest.json",
        "found a folder",
    ),
    FileMutation(
        "other numbers of rows",
        _manifest(lambda said: said["rows"].update({RUNS: 7})),
        DOUBT,
        "manifest.json",
        "rows of langsmith/runs are 7, found 51",
    ),
    FileMutation(
        "a number of rows that is none",
        _manifest(lambda said: said["rows"].update({RUNS: "many"})),
        DOUBT,
        "manifest.json",
        "rows of langsmith/runs are 'many'",
    ),
    FileMutation(
        "rows that are no numbers",
        _manifest(lambda said: said.update(rows=5)),
        DOUBT,
        "manifest.json",
        "rows is 5, expected an object",
    ),
    FileMutation(
        "rows of a table that is nowhere",
        _manifest(lambda said: said["rows"].update({"acme/widgets": 3})),
        DOUBT,
        "manifest.json",
        "rows of acme/widgets are 3, found no file",
    ),
    FileMutation(
        "a now that is no time",
        _manifest(lambda said: said.update(now="soon")),
        DOUBT,
        "manifest.json",
        "now is 'soon'",
    ),
    FileMutation(
        "a now before the rows",
        _manifest(lambda said: said.update(now="2026-06-29T00:00:00Z")),
        DOUBT,
        RUNS,
        "the end of the dataset",
    ),
]

FILE_MUTATIONS = _FILES
MUTATIONS = [
    *_fine(),
    *_ids(),
    *_trees(),
    *_references(),
    *_known(),
    *_amounts(),
    *_times(),
    *_values(),
]

"""Mutations of what rows are to each other: ids, trees and references."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.oracles.mutations import (
    ABSENT,
    DATASETS,
    DOUBT,
    ERROR,
    EXAMPLES,
    FEEDBACK,
    FINE,
    KEYS,
    PROJECTS,
    REQUESTS,
    RUNS,
    TAGS,
    Mutation,
    Row,
    Tables,
    place_of,
    put,
    twice,
)


def _is_root(row: Row) -> bool:
    return row["parent_run_id"] is None


def _root(rows: Tables) -> int:
    """A root run with children."""
    return place_of(rows, RUNS, lambda row: _is_root(row) and len(_children(rows, row["id"])) > 1)


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


def remove(table: str, wanted: Callable[[Row], bool], at_fault: Callable[[Tables], int]) -> Any:
    def change(rows: Tables) -> int:
        del rows[table][place_of(rows, table, wanted)]
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

    null = put(FEEDBACK, "key", None)
    yield Mutation(
        "key of feedback null", null, ERROR, FEEDBACK, "key", "is null, expected a value"
    )

    def every_id(rows: Tables) -> int:
        for row in rows[RUNS]:
            row["id"] = ABSENT
        return 2

    yield Mutation("all ids of runs equal", every_id, ERROR, RUNS, "id", "expected each id once")
    token = put(DATASETS, "share_token", "t", lambda _: True)

    def tokens(rows: Tables) -> int:
        token(rows)
        return int(put(DATASETS, "share_token", "t")(rows))

    yield Mutation("a share token twice", tokens, ERROR, DATASETS, "share_token", "expected each")
    yield Mutation("a tag twice", twice(TAGS), DOUBT, TAGS, "tag", "expected each tag and")


PARENT = "parent_run_id"


def _circle(length: int) -> Callable[[Tables], int]:
    """So many of a run, its parent and the root above both: the last of them is below the first."""

    def change(rows: Tables) -> int:
        chain = _chain(rows)[:length]
        rows[RUNS][chain[-1]][PARENT] = rows[RUNS][chain[0]]["id"]
        return min(chain) + 1

    return change


def _of_child(column: str, value: Any) -> Callable[[Tables], int]:
    """Of a run that is no root, and has children neither."""

    def change(rows: Tables) -> int:
        low, _, top = _chain(rows)
        rows[RUNS][low][column] = value(rows, top) if callable(value) else value
        return low + 1

    return change


def _of_leaf_root(value: Any) -> Callable[[Tables], int]:
    """The trace of a root run without children."""

    def change(rows: Tables) -> int:
        parents = {row[PARENT] for row in rows[RUNS]}
        place = place_of(rows, RUNS, lambda row: _is_root(row) and row["id"] not in parents)
        rows[RUNS][place]["trace_id"] = value(rows, place) if callable(value) else value
        return place + 1

    return change


def _other_root(rows: Tables, top: int) -> Any:
    trace = rows[RUNS][top]["id"]
    return next(row["id"] for row in rows[RUNS] if _is_root(row) and row["id"] != trace)


def _parent_elsewhere(rows: Tables) -> int:
    _, middle, top = _chain(rows)
    rows[RUNS][middle][PARENT] = _other_root(rows, top)
    return middle + 1


def _without_root(rows: Tables) -> int:
    id_ = rows[RUNS].pop(_root(rows))["id"]
    return _children(rows, id_)[0] + 1


def _without_middle(rows: Tables) -> int:
    id_ = rows[RUNS].pop(_chain(rows)[1])["id"]
    return _children(rows, id_)[0] + 1


def _trees() -> Iterator[Mutation]:
    circle, astray = "its own ancestor", "a parent in the same tree"
    null, trace, absent = "is null, expected a value", "trace_id", "the id of a row"
    cases: tuple[tuple[str, Callable[[Tables], int], str, str, str], ...] = (
        ("a run that is its own parent", _circle(1), ERROR, PARENT, circle),
        ("a circle of two runs", _circle(2), ERROR, PARENT, circle),
        ("a circle of three runs", _circle(3), ERROR, PARENT, circle),
        ("a parent in another trace", _parent_elsewhere, ERROR, PARENT, astray),
        ("a parent that is not there", _of_child(PARENT, ABSENT), DOUBT, PARENT, absent),
        ("a parent that is empty", _of_child(PARENT, ""), DOUBT, PARENT, "''"),
        ("a child in another trace", _of_child(trace, _other_root), ERROR, PARENT, astray),
        ("a child in a trace that is not there", _of_child(trace, ABSENT), ERROR, PARENT, astray),
        ("a trace id null", _of_child(trace, None), DOUBT, trace, null),
        ("a root's trace id null", _of_leaf_root(None), DOUBT, trace, null),
        ("a root in a trace that is not there", _of_leaf_root(ABSENT), DOUBT, trace, absent),
        ("a root in another's trace", _of_leaf_root(_other_root), ERROR, trace, "own id"),
        ("a trace with two roots", _of_child(PARENT, None), ERROR, trace, "own id"),
        ("a root that is left out", _without_root, DOUBT, PARENT, "null in a root"),
        ("a trace without its root", _without_root, DOUBT, trace, absent),
        ("a run amid a trace left out", _without_middle, DOUBT, PARENT, absent),
    )
    for name, change, expected, column, word in cases:
        yield Mutation(name, change, expected, RUNS, column, word)
    yield Mutation("children before their parents", lambda rows: rows[RUNS].reverse(), FINE)


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
        (FEEDBACK, "created_at"),
        (KEYS, "tenant_id"),
        (TAGS, "organization_id"),
        (TAGS, "entity_type"),
        (TAGS, "entity_id"),
        (TAGS, "tag"),
    ):
        change = put(table, column, None)
        yield Mutation(f"{column} of {table} null", change, DOUBT, table, column, "is null")
    yield Mutation("a key of every provider", put(KEYS, "provider", None), FINE)
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
    other = put(RUNS, "tenant_id", _other_tenant)
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
        remove(PROJECTS, lambda row: row["reference_dataset_id"] is None, lambda _: 0),
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


ROW_MUTATIONS = [*_ids(), *_trees(), *_references()]

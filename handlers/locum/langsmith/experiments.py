"""Experiments compared: the examples that several projects ran, in groups by a metadata value.

A row is a root run, in one of the named projects, whose reference_example_id is an example of the
dataset. It has a value where the metadata of the run (or of its example) has a text, a number, true
or false under the key; a list, an object, null and nothing are no value, for a group_key is a
string or a number. true and false become the texts "true" and "false" (our choice).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from attrs import frozen

from locum.engine.duckdb import DuckDB, Parameters
from locum.exceptions import InvalidRequest, InvalidValue
from locum.langsmith.selection import filtered

Value = str | int | float


@frozen
class Row:
    """One run on one example, and the value that puts it into a group; times in microseconds."""

    run: int
    run_id: str
    session_id: str
    start_us: int
    example_id: str
    example_created_us: int | None
    value: Value


@frozen
class Group:
    """The rows that have one value, on the examples that every project ran with it.

    `examples` are their ids by creation, then id; `rows` stand in the order of the projects as they
    were named, then by start, then by id.
    """

    value: Value
    examples: tuple[str, ...]
    rows: tuple[Row, ...]


def groups(
    engine: DuckDB, dataset_id: str, session_ids: Sequence[str], body: Mapping[str, Any]
) -> list[Group]:
    """The groups of a QueryGroupedExamplesWithRuns, numbers before texts; none without examples.

    Raises FilterError, and InvalidRequest where `filters` names a project not in session_ids.
    """
    by_value: dict[Value, list[Row]] = {}
    for row in _rows(engine, dataset_id, session_ids, body):
        by_value.setdefault(row.value, []).append(row)
    found = [_group(value, rows, session_ids) for value, rows in by_value.items()]
    found.sort(key=lambda group: (isinstance(group.value, str), group.value))
    return [group for group in found if group.examples]


def _group(value: Value, rows: Iterable[Row], session_ids: Sequence[str]) -> Group:
    ran = {session_id: set[str]() for session_id in session_ids}
    created: dict[str, tuple[bool, int, str]] = {}
    for row in rows:
        ran[row.session_id].add(row.example_id)
        since = row.example_created_us
        created[row.example_id] = (since is None, since or 0, row.example_id)
    shared = set.intersection(*ran.values())
    return Group(
        value,
        tuple(sorted(shared, key=created.__getitem__)),
        tuple(
            sorted(
                (row for row in rows if row.example_id in shared),
                key=lambda row: (session_ids.index(row.session_id), row.start_us, row.run_id),
            )
        ),
    )


def _rows(
    engine: DuckDB, dataset_id: str, session_ids: Sequence[str], body: Mapping[str, Any]
) -> list[Row]:
    parameters = Parameters()
    filters = _filters(body, session_ids)
    chosen = []
    for session_id in session_ids:
        conditions = [f"runs.session_id = {parameters.add(session_id)}"]
        conditions += [
            filtered(text, parameters, "filters") for text in filters.get(session_id.lower(), ())
        ]
        chosen.append(f"({' AND '.join(conditions)})")
    found = engine.rows(
        "SELECT run, id, session_id, start_us, reference_example_id, CAST(metadata AS VARCHAR) "
        "FROM runs WHERE is_root AND reference_example_id IS NOT NULL "
        f"AND ({' OR '.join(chosen)}) ORDER BY run",
        parameters.values,
    )
    examples = engine.once(_examples).get(dataset_id, {})
    rows = []
    for run, run_id, session_id, start_us, example_id, metadata in found:
        example = examples.get(example_id)
        if example is not None:
            by = metadata if body["group_by"] == "run_metadata" else example.metadata
            value = _value(by and orjson.loads(by), body["metadata_key"])
            if value is not None:
                created = example.created_us
                rows.append(Row(run, run_id, session_id, start_us, example_id, created, value))
    return rows


@frozen
class _Example:
    """When an example was made, in microseconds, and its metadata, a JSON text."""

    created_us: int | None
    metadata: str | None


def _examples(engine: DuckDB) -> dict[str, dict[str, _Example]]:
    """The examples of each dataset by id. They are few: a join takes longer, and more memory."""
    examples: dict[str, dict[str, _Example]] = {}
    for dataset_id, own_id, created_us, metadata in engine.rows(
        "SELECT dataset_id, id, created_us, CAST(metadata AS VARCHAR) FROM langsmith_examples"
    ):
        examples.setdefault(dataset_id, {})[own_id] = _Example(created_us, metadata)
    return examples


def _filters(body: Mapping[str, Any], session_ids: Sequence[str]) -> dict[str, list[str]]:
    filters = {key.lower(): texts for key, texts in (body.get("filters") or {}).items()}
    for key in filters.keys() - {session_id.lower() for session_id in session_ids}:
        fault = InvalidValue(("body", "filters", key), "Not one of session_ids", "value_error", key)
        raise InvalidRequest((fault,))
    return filters


def _value(metadata: Any, key: str) -> Value | None:
    """What stands under a key, or under a path of keys joined by dots, if it makes a group."""
    if not isinstance(metadata, dict):
        return None
    if key in metadata:
        value = metadata[key]
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str | int | float) else None
    for first in sorted((name for name in metadata if key.startswith(f"{name}.")), key=len):
        value = _value(metadata[first], key[len(first) + 1 :])
        if value is not None:
            return value
    return None

"""Examples with the runs on them, as the API lists them (ExampleWithRunsCH)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from locum.engine.duckdb import DuckDB
from locum.langsmith import runs
from locum.langsmith import timestamps as times
from locum.langsmith.experiments import Row


def listed(
    engine: DuckDB, groups: Sequence[tuple[Sequence[str], Sequence[Row]]], *, preview: bool
) -> list[list[dict[str, Any]]]:
    """For each group, given by its examples' ids and its rows, its examples with their runs.

    Rows on other examples are left out; runs stand in the order of the rows.
    """
    rows_of = engine.once(_examples)
    shown = runs.shown(
        engine,
        [row.run for ids, rows in groups for row in rows if row.example_id in ids],
        preview=preview,
    )
    return [
        [
            {
                **_example(*rows_of[example]),
                "runs": [shown[row.run] for row in rows if row.example_id == example],
            }
            for example in ids
        ]
        for ids, rows in groups
    ]


def _examples(engine: DuckDB) -> dict[str, tuple[Any, ...]]:
    """The rows of all examples by id. They are few."""
    rows = engine.rows(
        "SELECT id, dataset_id, name, inputs, outputs, metadata, source_run_id, created_us, "
        "modified_us FROM langsmith_examples"
    )
    return {row[0]: row for row in rows}


def _example(
    id_: str,
    dataset_id: str,
    name: str | None,
    inputs: str | None,
    outputs: str | None,
    metadata: str | None,
    source_run_id: str | None,
    created_us: int | None,
    modified_us: int | None,
) -> dict[str, Any]:
    example = {
        "id": id_,
        "dataset_id": dataset_id,
        "name": name or "",
        "inputs": {} if inputs is None else orjson.loads(inputs),
        "outputs": None if outputs is None else orjson.loads(outputs),
        "metadata": None if metadata is None else orjson.loads(metadata),
        "source_run_id": source_run_id,
        "modified_at": times.text(modified_us),
        "attachment_urls": None,
    }
    if created_us is not None:  # never null in the document
        example["created_at"] = times.text(created_us)
    return example

"""Orders, projects, turns and descendants of runs, and what is made of examples and projects, that
are extended when rows are added or replaced: as what is made anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from locum.engine.change import Change
from locum.engine.data import Data, extension_of
from locum.langsmith import dataset_rows, grown_runs, selection, serializers
from locum.langsmith.run_order import RunOrder, run_order
from locum.langsmith.run_rows import (
    Descendants,
    datasets_of_examples,
    every_descendant,
    source_runs,
)
from tests.oracles.grown_worlds import versions


def order(found: RunOrder) -> Any:
    return found.runs.tolist(), found.starts.tolist(), found.rank.tolist()


def projects(found: dict[Any, Any]) -> Any:
    return {key: runs.tolist() for key, runs in found.items()}


def turns(found: dict[Any, selection.Turns]) -> Any:
    return {key: (each.runs.tolist(), each.starts.tolist()) for key, each in found.items()}


def descendants(found: Descendants) -> Any:
    bounds = zip(found.offsets.starts.tolist(), found.offsets.ends.tolist(), strict=True)
    return [found.descendant[start:end].tolist() for start, end in bounds]


def examples(found: dict[Any, Any]) -> Any:
    return {dataset: of_it for dataset, of_it in found.items() if of_it}


def itself(found: Any) -> Any:
    return found


MADE: dict[str, tuple[Callable[[Data], Any], Callable[[Any], Any]]] = {
    "order": (run_order, order),
    "projects": (selection.runs_of_projects, projects),
    "turns": (selection.turns_of_projects, turns),
    "descendants": (every_descendant, descendants),
    "sources": (source_runs, itself),
    "datasets of examples": (datasets_of_examples, itself),
    "examples": (serializers.examples, examples),
    "project rows": (selection._projects, itself),
    "experiments": (selection._experiments, itself),
    "numbers": (selection._experiment_numbers, itself),
    "datasets": (dataset_rows._by_tenant, itself),
}


def extended(make: Callable[[Data], Any], before: Any, data: Data, change: Change) -> Any:
    extend = extension_of(make)
    assert extend is not None
    return extend(before, data, change)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_extended_is_what_is_made_anew(tmp_path: Path, seed: int) -> None:
    values: dict[str, Any] = {}
    for data, change in versions(tmp_path, seed + 100, (30, 10, 2, 8)):
        for name, (make, shown) in MADE.items():
            if name not in values:
                values[name] = make(data)
                continue
            before = values[name]
            was = shown(before)
            values[name] = extended(make, before, data, change)
            assert shown(values[name]) == shown(make(data)), name
            assert shown(before) == was, name


def test_everything_that_grows_with_runs_is_extended() -> None:
    """It is imported with the provider, by which it is found."""
    assert grown_runs.extended_order is extension_of(run_order)
    assert all(extension_of(make) is not None for make, _ in MADE.values())

"""LangSmith's operations asked, and how an answer is compared with what it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
import yaml

from locum.engine.data import Data
from locum.langsmith import group_runs, run_stats, threads
from tests.oracles.run_oracle import RUN_FIELDS, TOKEN_FIELDS

DOCUMENT = Path(__file__).parents[2] / "specs" / "langsmith.yaml"
# Each operation with its handler and the schema of its answer.
HANDLERS: dict[str, Callable[..., dict[str, Any]]] = {
    "group_stats": run_stats.group_stats,
    "shared_stats": run_stats.shared_dataset_stats,
    "group_runs": group_runs.dataset_group_runs,
    "thread_stats": threads.thread_stats,
}
FIELDS = (*RUN_FIELDS, *TOKEN_FIELDS)
SCHEMAS = {
    "group_stats": "RunGroupStats",
    "shared_stats": "RunStats",
    "group_runs": "GroupedExamplesWithRunsResponse",
    "thread_stats": "threads.QuerySingleThreadStatsResponseBody",
}


def ask(
    engine: Data, operation: str, tenant: str | None, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """The operation's answer to a request given by its documented arguments."""
    return HANDLERS[operation](engine, tenant, **arguments)


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    document = yaml.load(DOCUMENT.read_text(encoding="utf-8"), yaml.CSafeLoader)
    root = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(root, validate_formats=True)


def fits(operation: str, answer: object) -> None:
    """The answer is JSON and conforms to its schema in the published document."""
    found = _validator(SCHEMAS[operation]).iter_errors(answer)
    assert [f"{e.instance_path}: {e.message}"[:300] for e in found] == []
    orjson.dumps(answer)


def agree(operation: str, expected: Any, answer: Mapping[str, Any]) -> None:
    """The answer is what the oracle expects: integers, texts and keys equal, floats nearly.

    An answer of group_runs is compared in what the oracle knows of it: filters, and what a project,
    an example and a run have beside, are for other tests.
    """
    if operation == "group_runs":
        same(expected, [_known(*pair) for pair in _pairs(expected, answer["groups"])])
    elif any(isinstance(stats, dict) and "run_facets" in stats for stats in expected.values()):
        same(expected, {name: without_queries(stats) for name, stats in answer.items()})
    else:
        same(expected, without_queries(answer))
    if operation == "shared_stats":  # groups are in order
        assert list(expected) == list(answer) or not expected.keys().isdisjoint(FIELDS)


def _pairs(expected: list[Any], actual: list[Any]) -> Iterator[tuple[Any, Any]]:
    assert len(expected) == len(actual)
    return zip(expected, actual, strict=True)


def _known(expected: Any, actual: Any) -> Any:
    """The answer in the fields that are expected, feedback as ids and facets without queries."""
    if not isinstance(expected, dict):
        return actual
    shown = without_queries({name: actual[name] for name in expected})
    for name in ("sessions", "examples", "runs"):
        if name in expected:
            shown[name] = [_known(*pair) for pair in _pairs(expected[name], actual[name])]
    if "feedbacks" in expected:
        shown["feedbacks"] = [given["id"] for given in actual["feedbacks"]]
    return shown


def same(expected: Any, actual: Any, where: str = "$") -> None:
    """Integers, texts and keys are equal, floats to one in a billion."""
    if isinstance(expected, dict):
        assert isinstance(actual, dict), where
        assert sorted(expected, key=str) == sorted(actual, key=str), where
        for key, value in expected.items():
            same(value, actual[key], f"{where}.{key}")
    elif isinstance(expected, list | tuple):
        assert len(expected) == len(actual), where
        for place, value in enumerate(expected):
            same(value, actual[place], f"{where}[{place}]")
    elif isinstance(expected, float):
        assert isinstance(actual, float), where
        assert actual == pytest.approx(expected, rel=1e-9, abs=1e-15), where
    else:
        assert (expected, type(expected)) == (actual, type(actual)), where


def without_queries(stats: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(stats)
    if "run_facets" in shown:
        names = ("key", "value", "n")
        shown["run_facets"] = [{k: facet[k] for k in names} for facet in shown["run_facets"]]
    return shown


def narrowed(stats: dict[str, Any], select: list[str] | None) -> dict[str, Any]:
    if select is None:
        return stats
    wanted = set(select)
    wanted |= set(TOKEN_FIELDS) if "all_token_stats" in wanted else set()
    wanted |= set(RUN_FIELDS) if "all_run_stats" in wanted else set()
    return {name: value for name, value in stats.items() if name in wanted}

"""How an answer of LangSmith's operations is compared with what it should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import orjson
import pytest
from run_oracle import RUN_FIELDS, TOKEN_FIELDS


def fits(document: dict[str, Any], schema: str, answer: object) -> None:
    """The answer is JSON and conforms to the document's schema of that name."""
    root = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    validator = jsonschema_rs.Draft202012Validator(root, validate_formats=True)
    faults = [f"{e.instance_path}: {e.message}"[:300] for e in validator.iter_errors(answer)]
    assert faults == []
    orjson.dumps(answer)


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

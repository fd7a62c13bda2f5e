"""Metadata of many examples at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import NotFound
from locum.langsmith.writing.metadata import changed_metadata
from tests.oracles.written_rows import OTHER, TENANT, Written, uuid

UPDATE = "patch_v1_platform_datasets_dataset_id_examples_metadata"
DELETE = "delete_v1_platform_datasets_dataset_id_examples_example_id"
QUESTIONS, OTHERS, THEIRS = uuid(1), uuid(2), uuid(3)
SPLIT = "dataset_split"
ONE, TWO, ELSEWHERE, FOREIGN = uuid(10), uuid(11), uuid(12), uuid(13)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(
        tmp_path,
        datasets=[
            {"id": QUESTIONS, "tenant_id": TENANT, "name": "questions"},
            {"id": OTHERS, "tenant_id": TENANT, "name": "others"},
            {"id": THEIRS, "tenant_id": OTHER, "name": "theirs"},
        ],
        examples=[
            {"id": ONE, "dataset_id": QUESTIONS, "inputs": {}, "metadata": {"topic": "x"}},
            {"id": TWO, "dataset_id": QUESTIONS, "inputs": {}},
            {"id": ELSEWHERE, "dataset_id": OTHERS, "inputs": {}},
            {"id": FOREIGN, "dataset_id": THEIRS, "inputs": {}},
        ],
    )


def test_each_example_of_the_dataset_is_changed(written: Written) -> None:
    body = {
        "example_ids": [TWO.upper(), ELSEWHERE, ONE, FOREIGN, uuid(99)],
        "operations": [{"key": "n", "operation": "SET", "value": 1}],
    }
    found = written.write(UPDATE, dataset_id=QUESTIONS, body=body)["statuses"]
    assert [(each["id"], each["status"]) for each in found] == [
        (TWO.upper(), "UPDATED"),
        (ELSEWHERE, "NOT_FOUND"),
        (ONE, "UPDATED"),
        (FOREIGN, "NOT_FOUND"),
        (uuid(99), "NOT_FOUND"),
    ]
    rows = written.rows("examples")
    assert [row.get("metadata") for row in rows] == [{"topic": "x", "n": 1}, {"n": 1}, None, None]
    times = [row.get("modified_at") for row in rows]
    assert times == ["2026-06-01T12:00:00.000000Z"] * 2 + [None] * 2


def test_a_dataset_that_is_not_there_is_not_found(written: Written) -> None:
    for dataset in (uuid(99), THEIRS):
        with pytest.raises(NotFound, match="dataset"):
            written.write(UPDATE, dataset_id=dataset, body={"example_ids": [], "operations": []})


ADD, REMOVE = "ARRAY_ADD", "ARRAY_REMOVE"


def operation(key: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "operation": kind, **more}


@pytest.mark.parametrize(
    ("metadata", "operations", "expected"),
    [
        ({"a": 1}, [operation("a", "set", value={"b": []})], {"a": {"b": []}}),
        ({"a": 1}, [operation("a", "SET")], {"a": None}),
        ({"a": ["x"]}, [operation("a", "array_add", values=["y", "x", "y"])], {"a": ["x", "y"]}),
        ({"a": 1}, [operation("a", ADD, values=["x"])], {"a": ["x"]}),
        ({}, [operation("a", REMOVE, values=["x"])], {"a": []}),
        ({"a": ["x", 1, "x"]}, [operation("a", REMOVE, values=["x"])], {"a": [1]}),
        ({}, [operation(SPLIT, ADD, values=["dev"])], {SPLIT: ["base", "dev"]}),
        (
            {SPLIT: "dev"},
            [operation(SPLIT, ADD, values=["test"]), operation(SPLIT, REMOVE, values=["dev"])],
            {SPLIT: ["test"]},
        ),
    ],
)
def test_operations(
    metadata: dict[str, Any], operations: list[dict[str, Any]], expected: dict[str, Any]
) -> None:
    assert changed_metadata({"metadata": metadata}, operations) == expected


def test_an_example_is_deleted_of_its_dataset(written: Written) -> None:
    with pytest.raises(NotFound, match="example"):
        written.write(DELETE, dataset_id=QUESTIONS, example_id=ELSEWHERE)
    assert written.write(DELETE, dataset_id=QUESTIONS, example_id=ONE) is None
    assert [row["id"] for row in written.rows("examples")] == [TWO, ELSEWHERE, FOREIGN]
    with pytest.raises(NotFound, match="example"):
        written.write(DELETE, dataset_id=QUESTIONS, example_id=ONE)

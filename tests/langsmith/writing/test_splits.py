"""Splits: which examples are in which, after they were put there."""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.exceptions import NotFound
from tests.oracles.written_rows import OTHER, TENANT, Written, uuid

UPDATE = "update_dataset_splits_api_v1_datasets__dataset_id__splits_put"
READ = "get_dataset_splits_api_v1_datasets__dataset_id__splits_get"
QUESTIONS, THEIRS = uuid(1), uuid(2)
NONE, TEXT, SEVERAL, FOREIGN = uuid(10), uuid(11), uuid(12), uuid(13)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(
        tmp_path,
        datasets=[
            {"id": QUESTIONS, "tenant_id": TENANT, "name": "questions"},
            {"id": THEIRS, "tenant_id": OTHER, "name": "theirs"},
        ],
        examples=[
            {"id": NONE, "dataset_id": QUESTIONS, "inputs": {}},
            {"id": TEXT, "dataset_id": QUESTIONS, "inputs": {}}
            | {"metadata": {"dataset_split": "dev", "topic": "x"}},
            {"id": SEVERAL, "dataset_id": QUESTIONS, "inputs": {}}
            | {"metadata": {"dataset_split": ["dev", "test"]}},
            {"id": FOREIGN, "dataset_id": THEIRS, "inputs": {}},
        ],
    )


def splits(written: Written) -> list[object]:
    return [(row.get("metadata") or {}).get("dataset_split") for row in written.rows("examples")]


def test_examples_are_put_into_a_split_once(written: Written) -> None:
    body = {"split_name": "test", "examples": [NONE, TEXT.upper(), SEVERAL, NONE]}
    assert written.write(UPDATE, dataset_id=QUESTIONS, body=body) == [NONE, TEXT, SEVERAL]
    assert splits(written) == [["base", "test"], ["dev", "test"], ["dev", "test"], None]
    assert written.rows("examples")[1]["metadata"]["topic"] == "x"
    assert written.read(READ, dataset_id=QUESTIONS) == ["base", "dev", "test"]


def test_examples_are_taken_out_of_a_split(written: Written) -> None:
    body = {"split_name": "dev", "examples": [NONE, TEXT, SEVERAL], "remove": True}
    written.write(UPDATE, dataset_id=QUESTIONS, body=body)
    assert splits(written) == [["base"], [], ["test"], None]
    assert written.read(READ, dataset_id=QUESTIONS) == ["base", "test"]  # none is in none


def test_what_was_changed_is_a_new_version(written: Written) -> None:
    written.write(UPDATE, dataset_id=QUESTIONS, body={"split_name": "dev", "examples": [SEVERAL]})
    assert written.rows("examples")[2]["modified_at"] == "2026-06-01T12:00:00.000000Z"


@pytest.mark.parametrize(
    ("dataset", "example"), [(uuid(99), NONE), (THEIRS, FOREIGN), (QUESTIONS, FOREIGN)]
)
def test_what_is_not_there_is_not_found(written: Written, dataset: str, example: str) -> None:
    with pytest.raises(NotFound):
        written.write(UPDATE, dataset_id=dataset, body={"split_name": "dev", "examples": [example]})

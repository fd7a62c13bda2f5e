"""Datasets made, changed, copied and deleted: what is answered, and what is read then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import Conflict, InvalidRequest, NotFound, Refused
from tests.oracles.langsmith_rows import at
from tests.oracles.written_rows import OTHER, TENANT, Written, uuid

CREATE = "create_dataset_api_v1_datasets_post"
UPDATE = "update_dataset_api_v1_datasets__dataset_id__patch"
DELETE = "delete_dataset_api_v1_datasets__dataset_id__delete"
DELETE_ALL = "delete_datasets_api_v1_datasets_delete"
CLONE = "clone_dataset_api_v1_datasets_clone_post"
READ = "read_dataset_api_v1_datasets__dataset_id__get"
LIST = "read_datasets_api_v1_datasets_get"
EXAMPLE = "read_example_api_v1_examples__example_id__get"
QUESTIONS, EMPTY, THEIRS = uuid(1), uuid(2), uuid(3)
FIRST, SECOND, THIRD, FOREIGN = uuid(10), uuid(11), uuid(12), uuid(13)
NOON = "2026-06-01T12:00:00.000000Z"
MISSING = {"__missing__": "__missing__"}


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def example(id_: str, dataset: str, seconds: int, **columns: Any) -> dict[str, Any]:
        return {"id": id_, "dataset_id": dataset, "inputs": {"id": id_}, **columns} | {
            "created_at": at(seconds),
            "modified_at": at(seconds),
        }

    return Written(
        tmp_path,
        sessions=[
            {
                "id": uuid(5),
                "tenant_id": TENANT,
                "name": "attempt",
                "start_time": at(0),
                "reference_dataset_id": QUESTIONS,
            }
        ],
        datasets=[
            {
                "id": QUESTIONS,
                "tenant_id": TENANT,
                "name": "questions",
                "description": "All of them",
                "metadata": {"owner": "demo"},
                "created_at": at(-0),
            },
            {"id": EMPTY, "tenant_id": TENANT, "name": "empty", "created_at": at(1)},
            {"id": THEIRS, "tenant_id": OTHER, "name": "theirs", "created_at": at(2)},
        ],
        examples=[
            example(FIRST, QUESTIONS, 20, metadata={"dataset_split": ["test"]}),
            example(SECOND, QUESTIONS, 10, outputs={"a": 2}),
            example(THIRD, QUESTIONS, 30, metadata={"dataset_split": "dev"}),
            example(FOREIGN, THEIRS, 5),
        ],
    )


def test_a_dataset_as_the_sdk_makes_it(written: Written) -> None:
    body = {
        "name": "new",
        "description": "Newest",
        "data_type": "kv",
        "transformations": None,
        "extra": {"metadata": {"runtime": {"sdk": "x"}, "owner": "me"}, "source": "sdk"},
    }
    answer = written.write(CREATE, body=body)
    assert answer == {
        "id": uuid(9000),
        "tenant_id": TENANT,
        "name": "new",
        "description": "Newest",
        "data_type": "kv",
        "created_at": NOON,
        "modified_at": NOON,
        "example_count": 0,
        "session_count": 0,
        "last_session_start_time": None,
        "metadata": {"runtime": {"sdk": "x"}, "owner": "me"},
        "inputs_schema_definition": None,
        "outputs_schema_definition": None,
        "externally_managed": False,
        "transformations": None,
        "baseline_experiment_id": None,
    }
    assert written.read(READ, dataset_id=uuid(9000)) == answer
    assert [each["id"] for each in written.read(LIST, name="new")] == [uuid(9000)]


def test_what_is_given_is_kept(written: Written) -> None:
    body = {"id": uuid(7).upper(), "name": "old", "data_type": "chat", "created_at": at(-0)}
    answer = written.write(CREATE, body=body)
    assert (answer["id"], answer["data_type"], answer["created_at"]) == (uuid(7), "chat", at(0))
    assert written.read(READ, dataset_id=uuid(7)) == answer


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": "questions"}, Conflict),
        ({"name": "new", "id": QUESTIONS}, Conflict),
        ({"name": "new", "id": THEIRS}, Conflict),
        ({"name": ""}, InvalidRequest),
        ({"name": "new", "extra": {"metadata": 1}}, InvalidRequest),
        ({"name": "new", "inputs_schema_definition": {"type": "object"}}, Refused),
        ({"name": "new", "transformations": [{"path": ["inputs"]}]}, Refused),
        ({"name": "new", "externally_managed": True}, Refused),
    ],
)
def test_what_cannot_be_made(
    written: Written, given: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        written.write(CREATE, body=given)
    assert len(written.rows("datasets")) == 3


def test_names_of_another_tenant_are_free(written: Written) -> None:
    assert written.write(CREATE, body={"name": "theirs"})["name"] == "theirs"


def test_a_change_is_of_what_is_given(written: Written) -> None:
    body = {"name": MISSING, "description": None, "metadata": {"owner": "me"}}
    answer = written.write(UPDATE, dataset_id=QUESTIONS.upper(), body=body)
    assert answer == {
        "id": QUESTIONS,
        "tenant_id": TENANT,
        "name": "questions",
        "description": None,
        "data_type": "kv",
        "created_at": at(0),
        "inputs_schema_definition": None,
        "outputs_schema_definition": None,
        "externally_managed": False,
        "transformations": None,
    }
    read = written.read(READ, dataset_id=QUESTIONS)
    assert {name: read[name] for name in answer} == answer
    assert (read["metadata"], read["modified_at"]) == ({"owner": "me"}, NOON)
    assert (read["example_count"], read["session_count"]) == (3, 1)


def test_a_name_is_taken_once(written: Written) -> None:
    with pytest.raises(Conflict):
        written.write(UPDATE, dataset_id=EMPTY, body={"name": "questions"})
    assert written.write(UPDATE, dataset_id=EMPTY, body={"name": "empty"})["name"] == "empty"
    assert written.write(UPDATE, dataset_id=EMPTY, body={"name": None})["name"] == "empty"
    assert written.write(UPDATE, dataset_id=EMPTY, body={"name": "full"})["name"] == "full"


def test_a_change_of_a_dataset_may_be_of_its_examples(written: Written) -> None:
    written.write(UPDATE, dataset_id=QUESTIONS, body={"patch_examples": {FIRST: {"inputs": {}}}})
    assert written.read(EXAMPLE, example_id=FIRST)["inputs"] == {}
    with pytest.raises(NotFound):
        written.write(UPDATE, dataset_id=EMPTY, body={"patch_examples": {FIRST: {}}})


def test_a_baseline_is_refused(written: Written) -> None:
    with pytest.raises(Refused, match="baseline_experiment_id"):
        written.write(UPDATE, dataset_id=QUESTIONS, body={"baseline_experiment_id": uuid(5)})


def test_a_dataset_goes_with_its_examples_and_its_experiments_stay(written: Written) -> None:
    assert written.write(DELETE, dataset_id=QUESTIONS) == {"message": "Datasets deleted: 1"}
    assert [row["id"] for row in written.rows("examples")] == [FOREIGN]
    assert [row["reference_dataset_id"] for row in written.rows("sessions")] == [QUESTIONS]
    with pytest.raises(NotFound):
        written.read(READ, dataset_id=QUESTIONS)


@pytest.mark.parametrize("dataset", [uuid(99), THEIRS], ids=["nobody's", "another tenant's"])
def test_an_unknown_dataset_is_not_found(written: Written, dataset: str) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [
        (UPDATE, {"dataset_id": dataset, "body": {}}),
        (DELETE, {"dataset_id": dataset}),
        (DELETE_ALL, {"dataset_ids": [EMPTY, dataset]}),
        (CLONE, {"body": {"source_dataset_id": dataset, "target_dataset_id": EMPTY}}),
        (CLONE, {"body": {"source_dataset_id": EMPTY, "target_dataset_id": dataset}}),
    ]
    for name, arguments in asked:
        with pytest.raises(NotFound):
            written.write(name, **arguments)
    assert len(written.rows("datasets")) == 3


def test_several_go_at_once(written: Written) -> None:
    written.write(DELETE_ALL, dataset_ids=[EMPTY, QUESTIONS, EMPTY])
    assert [row["id"] for row in written.rows("datasets")] == [THEIRS]


def test_a_clone_has_copies_of_all_examples(written: Written) -> None:
    body = {"source_dataset_id": QUESTIONS, "target_dataset_id": EMPTY, "examples": []}
    answer = written.write(CLONE, body=body)
    assert [each["inputs"]["id"] for each in answer] == [SECOND, FIRST, THIRD]  # as created
    assert [each["id"] for each in answer] == [uuid(9000), uuid(9001), uuid(9002)]
    assert answer[0]["outputs"] == {"a": 2}
    for each in answer:
        assert (each["dataset_id"], each["created_at"]) == (EMPTY, NOON)
        assert written.read(EXAMPLE, example_id=each["id"]) == each
    assert written.read(READ, dataset_id=EMPTY)["example_count"] == 3
    assert written.read(READ, dataset_id=QUESTIONS)["example_count"] == 3


@pytest.mark.parametrize(
    ("given", "copied"),
    [
        ({"split": "test"}, [FIRST]),
        ({"split": ["dev", "base"]}, [SECOND, THIRD]),
        ({"examples": [THIRD, SECOND.upper()]}, [SECOND, THIRD]),
        ({"as_of": at(20)}, [SECOND, FIRST]),
        ({"as_of": "latest", "split": "test", "examples": [SECOND]}, []),
    ],
)
def test_a_clone_may_be_of_some(written: Written, given: dict[str, Any], copied: list[str]) -> None:
    body = {"source_dataset_id": QUESTIONS, "target_dataset_id": EMPTY, **given}
    assert [each["inputs"]["id"] for each in written.write(CLONE, body=body)] == copied


def test_a_clone_of_what_is_not_there(written: Written) -> None:
    for given in ({"examples": [FOREIGN]}, {"as_of": "prod"}):
        with pytest.raises(NotFound):
            written.write(
                CLONE,
                body={"source_dataset_id": QUESTIONS, "target_dataset_id": EMPTY, **given},
            )

"""Examples made, changed and deleted: what is answered, and what is read then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import Conflict, InvalidRequest, NotFound, Refused
from tests.oracles.langsmith_rows import at
from tests.oracles.written_rows import OTHER, TENANT, Written, uuid

CREATE = "create_example_api_v1_examples_post"
CREATE_ALL = "create_examples_api_v1_examples_bulk_post"
UPDATE = "update_example_api_v1_examples__example_id__patch"
UPDATE_ALL = "legacy_update_examples_api_v1_examples_bulk_patch"
DELETE = "delete_example_api_v1_examples__example_id__delete"
DELETE_ALL = "delete_examples_api_v1_examples_delete"
HARD = "POST /v1/platform/datasets/examples/delete"
READ = "read_example_api_v1_examples__example_id__get"
DATASET = "read_dataset_api_v1_datasets__dataset_id__get"
QUESTIONS, MORE, THEIRS = uuid(1), uuid(2), uuid(3)
FIRST, SECOND, FOREIGN = uuid(10), uuid(11), uuid(12)
RUN, FOREIGN_RUN = uuid(20), uuid(21)
NOON = "2026-06-01T12:00:00.000000Z"


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def run(id_: str, tenant: str) -> dict[str, Any]:
        return {
            "id": id_,
            "tenant_id": tenant,
            "session_id": uuid(5),
            "trace_id": id_,
            "run_type": "chain",
            "status": "success",
            "start_time": at(0),
            "inputs": {"q": "of the run"},
            "outputs": {"a": "of the run"},
        }

    return Written(
        tmp_path,
        sessions=[{"id": uuid(5), "tenant_id": TENANT, "name": "bot", "start_time": at(0)}],
        datasets=[
            {
                "id": QUESTIONS,
                "tenant_id": TENANT,
                "name": "questions",
                "created_at": "2026-05-01T00:00:00.000000Z",
            },
            {
                "id": MORE,
                "tenant_id": TENANT,
                "name": "more",
                "created_at": "2026-05-01T00:00:00.000000Z",
                "modified_at": "2026-05-02T00:00:00.000000Z",
            },
            {"id": THEIRS, "tenant_id": OTHER, "name": "theirs"},
        ],
        examples=[
            {
                "id": FIRST,
                "dataset_id": MORE,
                "name": "the first",
                "inputs": {"q": 1},
                "outputs": {"a": 1},
                "metadata": {"topic": "x", "dataset_split": ["test"]},
                "created_at": "2026-05-02T00:00:00.000000Z",
                "modified_at": "2026-05-02T00:00:00.000000Z",
            },
            {"id": SECOND, "dataset_id": MORE, "inputs": {"q": 2}},
            {"id": FOREIGN, "dataset_id": THEIRS, "inputs": {"q": 3}},
        ],
        runs=[run(RUN, TENANT), run(FOREIGN_RUN, OTHER)],
    )


def as_read(written: Written, example_id: str) -> dict[str, Any]:
    read: dict[str, Any] = written.read(READ, example_id=example_id)
    return read


def test_an_example_with_all_that_it_can_have(written: Written) -> None:
    body = {
        "id": uuid(7).upper(),
        "dataset_id": QUESTIONS.upper(),
        "inputs": {"q": "?"},
        "outputs": {"a": "!"},
        "metadata": {"topic": "y"},
        "split": "train",
        "source_run_id": RUN,
        "created_at": "2026-05-30T12:00:00",
    }
    answer = written.write(CREATE, body=body)
    assert answer == {
        "id": uuid(7),
        "dataset_id": QUESTIONS,
        "name": "",
        "inputs": {"q": "?"},
        "outputs": {"a": "!"},
        "metadata": {"topic": "y", "dataset_split": ["train"]},
        "source_run_id": RUN,
        "created_at": "2026-05-30T12:00:00.000000Z",
        "modified_at": "2026-05-30T12:00:00.000000Z",
        "attachment_urls": None,
    }
    assert as_read(written, uuid(7)) == answer


def test_all_that_is_absent_is_the_servers_to_give(written: Written) -> None:
    """The document's default of the split is filled in before, and means the same as none."""
    answer = written.write(CREATE, body={"dataset_id": MORE, "inputs": {}, "split": "base"})
    assert (answer["id"], answer["created_at"], answer["modified_at"]) == (uuid(9000), NOON, NOON)
    assert (answer["outputs"], answer["metadata"]) == (None, None)
    assert as_read(written, uuid(9000)) == answer
    dataset = written.read(DATASET, dataset_id=MORE)
    assert (dataset["example_count"], dataset["modified_at"]) == (3, NOON)


def test_an_older_example_leaves_the_dataset_as_new_as_it_was(written: Written) -> None:
    body = {"dataset_id": MORE, "inputs": {}, "created_at": "2026-04-01T00:00:00Z"}
    written.write(CREATE, body=body)
    changed = written.read(DATASET, dataset_id=MORE)["modified_at"]
    assert changed == "2026-05-02T00:00:00.000000Z"


def test_the_contents_of_a_run_are_used_where_none_are_given(written: Written) -> None:
    body = {"dataset_id": QUESTIONS, "source_run_id": RUN, "use_source_run_io": True}
    answer = written.write(CREATE, body=body)
    assert (answer["inputs"], answer["outputs"]) == ({"q": "of the run"}, {"a": "of the run"})
    answer = written.write(CREATE, body={**body, "inputs": {"q": "own"}})
    assert (answer["inputs"], answer["outputs"]) == ({"q": "own"}, {"a": "of the run"})


def test_a_run_that_is_not_there_may_be_named(written: Written) -> None:
    body = {"dataset_id": QUESTIONS, "inputs": {}, "source_run_id": uuid(99)}
    assert written.write(CREATE, body=body)["source_run_id"] == uuid(99)
    with pytest.raises(NotFound, match="run"):
        written.write(CREATE, body={**body, "use_source_run_io": True})
    with pytest.raises(NotFound, match="run"):
        written.write(CREATE, body={**body, "source_run_id": FOREIGN_RUN})


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"dataset_id": uuid(99)}, NotFound),
        ({"dataset_id": THEIRS}, NotFound),
        ({"inputs": None}, InvalidRequest),
        ({"created_at": "yesterday"}, InvalidRequest),
        ({"id": FIRST}, Conflict),
        ({"id": FOREIGN}, Conflict),
        ({"use_source_run_attachments": ["a"]}, Refused),
    ],
)
def test_what_cannot_be_made(
    written: Written, given: dict[str, Any], error: type[Exception]
) -> None:
    body = {"dataset_id": QUESTIONS, "inputs": {}, **given}
    for name, sent in ((CREATE, body), (CREATE_ALL, [{"dataset_id": MORE, "inputs": {}}, body])):
        with pytest.raises(error):
            written.write(name, body=sent)
    assert len(written.rows("examples")) == 3


def test_several_at_once_are_one_version(written: Written) -> None:
    answer = written.write(
        CREATE_ALL,
        body=[{"dataset_id": QUESTIONS, "inputs": {"n": n}, "id": uuid(7 + n)} for n in range(2)],
    )
    assert [each["inputs"] for each in answer] == [{"n": 0}, {"n": 1}]
    versions = written.read(
        "get_dataset_versions_api_v1_datasets__dataset_id__versions_get",
        dataset_id=QUESTIONS,
        limit=100,
        offset=0,
    )
    assert versions == [{"tags": ["latest"], "as_of": NOON}]
    with pytest.raises(Conflict):
        written.write(
            CREATE_ALL,
            body=[{"dataset_id": QUESTIONS, "inputs": {}, "id": uuid(50)}] * 2,
        )


def test_a_change_is_of_what_is_given(written: Written) -> None:
    body = {"outputs": {"a": 2}, "inputs": None, "metadata": None, "split": None}
    answer = written.write(UPDATE, example_id=FIRST.upper(), body=body)
    assert answer == {"message": "Examples updated: 1", "count": 1}
    assert as_read(written, FIRST) == {
        "id": FIRST,
        "dataset_id": MORE,
        "name": "the first",
        "inputs": {"q": 1},
        "outputs": {"a": 2},
        "metadata": {"topic": "x", "dataset_split": ["test"]},
        "source_run_id": None,
        "created_at": "2026-05-02T00:00:00.000000Z",
        "modified_at": NOON,
        "attachment_urls": None,
    }
    assert written.read(DATASET, dataset_id=MORE)["modified_at"] == NOON


@pytest.mark.parametrize(
    ("update", "metadata"),
    [
        ({"metadata": {"y": 1}}, {"dataset_split": ["test"], "y": 1}),
        ({"metadata": {"dataset_split": ["dev"]}}, {"dataset_split": ["dev"]}),
        ({"split": "dev"}, {"topic": "x", "dataset_split": ["dev"]}),
        ({"split": ["a", "b"], "metadata": {}}, {"dataset_split": ["a", "b"]}),
        ({"overwrite": True}, None),
        ({"overwrite": True, "split": "dev"}, {"dataset_split": ["dev"]}),
    ],
)
def test_splits_stay_where_metadata_change(
    written: Written, update: dict[str, Any], metadata: dict[str, Any] | None
) -> None:
    written.write(UPDATE, example_id=FIRST, body=update)
    assert as_read(written, FIRST)["metadata"] == metadata


def test_overwriting_takes_away_what_is_not_given(written: Written) -> None:
    written.write(UPDATE, example_id=FIRST, body={"overwrite": True, "inputs": {"q": 9}})
    read = as_read(written, FIRST)
    assert (read["inputs"], read["outputs"], read["metadata"]) == ({"q": 9}, None, None)


def test_an_example_moves_to_another_dataset(written: Written) -> None:
    written.write(UPDATE, example_id=FIRST, body={"dataset_id": QUESTIONS})
    assert as_read(written, FIRST)["dataset_id"] == QUESTIONS
    for dataset in (THEIRS, uuid(99)):
        with pytest.raises(NotFound):
            written.write(UPDATE, example_id=FIRST, body={"dataset_id": dataset})


def test_several_change_at_once_or_none(written: Written) -> None:
    updates = [{"id": FIRST, "inputs": {"q": 8}}, {"id": SECOND, "split": "x"}]
    assert written.write(UPDATE_ALL, body=updates)["count"] == 2
    assert as_read(written, FIRST)["inputs"] == {"q": 8}
    assert as_read(written, SECOND)["metadata"] == {"dataset_split": ["x"]}
    with pytest.raises(NotFound):
        written.write(UPDATE_ALL, body=[{"id": FIRST, "inputs": {"q": 7}}, {"id": FOREIGN}])
    assert as_read(written, FIRST)["inputs"] == {"q": 8}


def test_attachments_are_refused(written: Written) -> None:
    with pytest.raises(Refused, match="attachments_operations"):
        written.write(UPDATE, example_id=FIRST, body={"attachments_operations": {"retain": ["a"]}})


def test_an_example_is_deleted_and_its_dataset_has_changed(written: Written) -> None:
    assert written.write(DELETE, example_id=FIRST) == {"message": "Examples deleted: 1"}
    with pytest.raises(NotFound):
        as_read(written, FIRST)
    dataset = written.read(DATASET, dataset_id=MORE)
    assert (dataset["example_count"], dataset["modified_at"]) == (1, NOON)


@pytest.mark.parametrize("example", [uuid(99), FOREIGN], ids=["nobody's", "another tenant's"])
def test_an_unknown_example_is_not_found(written: Written, example: str) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [
        (UPDATE, {"example_id": example, "body": {}}),
        (DELETE, {"example_id": example}),
        (DELETE_ALL, {"example_ids": [FIRST, example]}),
        (HARD, {"body": {"example_ids": [FIRST, example], "hard_delete": True}}),
    ]
    for name, arguments in asked:
        with pytest.raises(NotFound):
            written.write(name, **arguments)
    assert len(written.rows("examples")) == 3


def test_several_are_deleted_at_once(written: Written) -> None:
    written.write(DELETE_ALL, example_ids=[SECOND, FIRST, FIRST])
    assert [row["id"] for row in written.rows("examples")] == [FOREIGN]


def test_hard_deletion_tells_what_is_gone(written: Written) -> None:
    body = {"example_ids": [SECOND.upper(), FIRST], "hard_delete": True}
    assert written.write(HARD, body=body) == {"count": 2, "example_ids": [SECOND, FIRST]}
    with pytest.raises(InvalidRequest, match="hard_delete"):
        written.write(HARD, body={"example_ids": [FOREIGN], "hard_delete": False})

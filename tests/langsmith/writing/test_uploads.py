"""Datasets and examples made of files, as both SDKs send them."""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.exceptions import Conflict, InvalidRequest, NotFound, Refused
from tests.oracles.form_bodies import form, part
from tests.oracles.written_rows import OTHER, TENANT, Written, uuid

DATASET = "upload_csv_dataset_api_v1_datasets_upload_post"
EXAMPLES = "upload_examples_from_csv_api_v1_examples_upload__dataset_id__post"
READ = "read_dataset_api_v1_datasets__dataset_id__get"
QUESTIONS, THEIRS = uuid(1), uuid(2)
NOON = "2026-06-01T12:00:00.000000Z"
CSV = '\ufeffq,a,topic,rest\r\nWho?,"Me, I",x,1\r\nWhat?,,y,2\r\n'
FILE = part("file", CSV, filename="questions.csv")


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(
        tmp_path,
        datasets=[
            {"id": QUESTIONS, "tenant_id": TENANT, "name": "questions"},
            {"id": THEIRS, "tenant_id": OTHER, "name": "theirs"},
        ],
    )


def test_a_dataset_of_a_csv_file(written: Written) -> None:
    body = form(
        FILE,
        part("input_keys", "q"),
        part("output_keys", "a"),
        part("metadata_keys", "topic"),
        part("description", "Of a file"),
        part("data_type", "kv"),
        part("id", uuid(7)),
    )
    answer = written.write(DATASET, body=body)
    assert (answer["id"], answer["name"], answer["description"]) == (
        uuid(7),
        "questions.csv",
        "Of a file",
    )
    assert (answer["example_count"], answer["modified_at"]) == (2, "2026-06-01T12:00:01.000000Z")
    assert written.read(READ, dataset_id=uuid(7)) == answer
    rows = written.rows("examples")
    assert [(row["inputs"], row["outputs"], row["metadata"]) for row in rows] == [
        ({"q": "Who?"}, {"a": "Me, I"}, {"topic": "x"}),
        ({"q": "What?"}, {"a": ""}, {"topic": "y"}),
    ]


def test_a_dataset_of_a_jsonl_file(written: Written) -> None:
    lines = '{"q": {"n": 1}, "a": [1]}\n\n{"q": null, "a": 2, "b": 3}\n'
    body = form(
        part("file", lines, filename="x.jsonl"), part("input_keys", "q"), part("input_keys", "a")
    )
    assert written.write(DATASET, body=body)["example_count"] == 2
    assert [row["inputs"] for row in written.rows("examples")] == [
        {"q": {"n": 1}, "a": [1]},
        {"q": None, "a": 2},
    ]
    assert [row["outputs"] for row in written.rows("examples")] == [None, None]


def test_examples_are_added_to_a_dataset(written: Written) -> None:
    body = form(FILE, part("input_keys", "q"))
    answer = written.write(EXAMPLES, dataset_id=QUESTIONS, body=body)
    assert [each["inputs"] for each in answer] == [{"q": "Who?"}, {"q": "What?"}]
    for each in answer:
        name = "read_example_api_v1_examples__example_id__get"
        assert written.read(name, example_id=each["id"]) == each


@pytest.mark.parametrize(
    ("parts", "error", "told"),
    [
        ([FILE], InvalidRequest, "input_keys"),
        ([part("input_keys", "q")], InvalidRequest, "file"),
        ([FILE, part("input_keys", "z")], InvalidRequest, "Row 1 has no z"),
        ([part("file", "a,b\n1\n"), part("input_keys", "a")], InvalidRequest, "Line 2"),
        ([part("file", "a\n1,2\n"), part("input_keys", "a")], InvalidRequest, "Line 2"),
        ([part("file", 'a\n"1\n'), part("input_keys", "a")], InvalidRequest, "end of data"),
        ([part("file", b"a\n\xff\n"), part("input_keys", "a")], InvalidRequest, "UTF-8"),
        (
            [part("file", "{}\n[]\n", filename="x.jsonl"), part("input_keys", "a")],
            InvalidRequest,
            "Row 1 has no a",
        ),
        (
            [part("file", "[]\n", filename="x.jsonl"), part("input_keys", "a")],
            InvalidRequest,
            "Line 1 is no JSON object",
        ),
        ([FILE, part("input_keys", "q"), part("name", "questions")], Conflict, "questions"),
        ([FILE, part("input_keys", "q"), part("data_type", "x")], InvalidRequest, "data_type"),
        (
            [FILE, part("input_keys", "q"), part("input_key_mappings", "{}")],
            Refused,
            "input_key_mappings",
        ),
    ],
)
def test_what_cannot_be_read(
    written: Written, parts: list[bytes], error: type[Exception], told: str
) -> None:
    named = [] if any(b'"name"' in each for each in parts) else [part("name", "new")]
    with pytest.raises(error, match=told):
        written.write(DATASET, body=form(*named, *parts))
    assert len(written.rows("datasets")) == 2


@pytest.mark.parametrize("dataset", [THEIRS, uuid(99)])
def test_an_unknown_dataset_is_not_found(written: Written, dataset: str) -> None:
    body = form(FILE, part("input_keys", "q"))
    with pytest.raises(NotFound):
        written.write(EXAMPLES, dataset_id=dataset, body=body)

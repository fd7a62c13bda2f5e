"""Examples that come as parts of a multipart body, as both SDKs send them."""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.exceptions import Conflict, InvalidRequest, NotFound, Refused
from tests.oracles.form_bodies import form, part
from tests.oracles.langsmith_rows import at
from tests.oracles.written_rows import OTHER, TENANT, Written, uuid

UPLOAD = "POST /v1/platform/datasets/{dataset_id}/examples"
UPDATE = "PATCH /v1/platform/datasets/{dataset_id}/examples"
READ = "read_example_api_v1_examples__example_id__get"
QUESTIONS, MORE, THEIRS = uuid(1), uuid(2), uuid(3)
FIRST, SECOND, FOREIGN = uuid(10), uuid(11), uuid(12)
ONE, TWO = uuid(7), uuid(8)
NOON = "2026-06-01T12:00:00.000000Z"


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(
        tmp_path,
        datasets=[
            {"id": QUESTIONS, "tenant_id": TENANT, "name": "questions"},
            {"id": MORE, "tenant_id": TENANT, "name": "more"},
            {"id": THEIRS, "tenant_id": OTHER, "name": "theirs"},
        ],
        examples=[
            {"id": FIRST, "dataset_id": QUESTIONS, "inputs": {"q": 1}, "created_at": at(0)},
            {"id": SECOND, "dataset_id": MORE, "inputs": {"q": 2}, "created_at": at(0)},
            {"id": FOREIGN, "dataset_id": THEIRS, "inputs": {"q": 3}, "created_at": at(0)},
        ],
        runs=[
            {
                "id": uuid(20),
                "tenant_id": TENANT,
                "session_id": uuid(5),
                "trace_id": uuid(20),
                "start_time": at(0),
                "inputs": {"q": "of the run"},
            }
        ],
    )


def test_examples_are_made_of_parts_in_any_order(written: Written) -> None:
    body = form(
        part(f"{ONE}.outputs", {"a": 1}),
        part(TWO.upper(), {"created_at": at(5), "split": ["dev"]}, filename="blob"),
        part(f"{ONE}.inputs", {"q": 1}),
        part(f"{TWO}.inputs", {"q": 2}),
        part(ONE, {"metadata": {"topic": "x"}, "split": "base"}),
    )
    answer = written.write(UPLOAD, dataset_id=QUESTIONS.upper(), body=body)
    assert answer == {"count": 2, "example_ids": [ONE, TWO], "as_of": at(5)}
    one, two = (written.read(READ, example_id=id_) for id_ in (ONE, TWO))
    assert (one["inputs"], one["outputs"]) == ({"q": 1}, {"a": 1})
    assert (one["metadata"], one["created_at"]) == ({"topic": "x"}, NOON)
    assert (two["inputs"], two["outputs"]) == ({"q": 2}, None)
    assert (two["metadata"], two["modified_at"]) == ({"dataset_split": ["dev"]}, at(5))
    assert one["dataset_id"] == two["dataset_id"] == QUESTIONS


def test_inputs_may_be_those_of_a_run(written: Written) -> None:
    body = form(part(ONE, {"source_run_id": uuid(20), "use_source_run_io": True}))
    written.write(UPLOAD, dataset_id=QUESTIONS, body=body)
    read = written.read(READ, example_id=ONE)
    assert (read["inputs"], read["source_run_id"]) == ({"q": "of the run"}, uuid(20))


def test_the_examples_of_a_body_may_be_none(written: Written) -> None:
    """As the SDKs send an empty batch."""
    empty = form(part(ONE, {}), part(f"{ONE}.inputs", {}))
    assert written.write(UPDATE, dataset_id=QUESTIONS, body=form(part(FIRST, {})))["count"] == 1
    assert written.write(UPLOAD, dataset_id=QUESTIONS, body=empty)["count"] == 1


@pytest.mark.parametrize(
    ("parts", "error", "told"),
    [
        ([part(f"{ONE}.inputs", {})], InvalidRequest, ONE),
        ([part(ONE, {})], InvalidRequest, f"{ONE}.inputs"),
        ([part("one", {}), part("one.inputs", {})], InvalidRequest, "body.one"),
        ([part(ONE, {}), part(f"{ONE}.inputs", [])], InvalidRequest, "expected an object"),
        ([part(ONE, {}), part(f"{ONE}.inputs", "{}")], InvalidRequest, "no Content-Type"),
        (
            [part(ONE, {}), part(f"{ONE}.inputs", "{", is_json=True)],
            InvalidRequest,
            "found no JSON",
        ),
        ([part(ONE, {}), part(f"{ONE}.serialized", {})], InvalidRequest, "serialized"),
        ([part(ONE, {"metadata": 1}), part(f"{ONE}.inputs", {})], InvalidRequest, "metadata"),
        ([part(ONE, {"split": [1]}), part(f"{ONE}.inputs", {})], InvalidRequest, "split"),
        ([part(ONE, {"outputs": 1}), part(f"{ONE}.inputs", {})], InvalidRequest, "outputs"),
        ([part(ONE, {"created_at": 1}), part(f"{ONE}.inputs", {})], InvalidRequest, "created_at"),
        ([part(FIRST, {}), part(f"{FIRST}.inputs", {})], Conflict, FIRST),
        ([part(ONE, {}), part(f"{ONE}.attachment.photo", b"x")], Refused, "attachment.photo"),
        ([part(ONE, {}), part(f"{ONE}.attachments.photo", b"x")], Refused, "attachments.photo"),
    ],
)
def test_what_cannot_be_made_names_its_part(
    written: Written, parts: list[bytes], error: type[Exception], told: str
) -> None:
    good = [part(TWO, {}), part(f"{TWO}.inputs", {})]
    with pytest.raises(error, match=told):
        written.write(UPLOAD, dataset_id=QUESTIONS, body=form(*good, *parts))
    assert len(written.rows("examples")) == 3


def test_examples_are_changed_in_what_is_sent(written: Written) -> None:
    body = form(part(FIRST, {"split": "dev"}), part(f"{FIRST}.outputs", {"a": 1}))
    answer = written.write(UPDATE, dataset_id=QUESTIONS, body=body)
    assert answer == {"count": 1, "example_ids": [FIRST], "as_of": NOON}
    read = written.read(READ, example_id=FIRST)
    assert (read["inputs"], read["outputs"]) == ({"q": 1}, {"a": 1})
    assert (read["metadata"], read["modified_at"]) == ({"dataset_split": ["dev"]}, NOON)


@pytest.mark.parametrize("example", [SECOND, FOREIGN, uuid(99)])
def test_an_example_that_is_not_in_the_dataset_is_not_found(written: Written, example: str) -> None:
    body = form(part(FIRST, {"metadata": {"x": 1}}), part(example, {}))
    with pytest.raises(NotFound, match="example"):
        written.write(UPDATE, dataset_id=QUESTIONS, body=body)
    assert "metadata" not in written.rows("examples")[0]


def test_operations_on_attachments_are_refused(written: Written) -> None:
    body = form(part(FIRST, {}), part(f"{FIRST}.attachments_operations", {"retain": []}))
    with pytest.raises(Refused, match="attachments_operations"):
        written.write(UPDATE, dataset_id=QUESTIONS, body=body)


@pytest.mark.parametrize("dataset", [THEIRS, uuid(99)])
def test_an_unknown_dataset_is_not_found(written: Written, dataset: str) -> None:
    for name in (UPLOAD, UPDATE):
        with pytest.raises(NotFound, match="dataset"):
            written.write(name, dataset_id=dataset, body=form(part(FIRST, {})))

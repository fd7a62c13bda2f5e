"""Datasets, over rows so few that each answer is worked out by hand.

one    two examples, created at 20 and 10 s, of which the first was changed at 30 s;
       two experiments, which began at 100 and 200 s, and one of another tenant
two    no example; one experiment, which began at 50 s
three  all that a row can say of itself, and one example, which says no time
else   of another tenant
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import InvalidRequest, NotFound, Unanswerable
from locum.langsmith import datasets
from tests.oracles.langsmith_rows import TENANT, at, load, session

TOKEN = "7524c5a0-5e80-5b9d-bfd3-b1a362f104bd"  # noqa: S105 - of the rows below


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    def example(id_: str, dataset: str, **columns: Any) -> dict[str, Any]:
        return {"id": id_, "dataset_id": dataset, **columns}

    return load(
        tmp_path_factory.mktemp("datasets"),
        datasets=[
            {"id": "one", "tenant_id": TENANT, "name": "Alpha", "share_token": TOKEN},
            {"id": "two", "tenant_id": TENANT, "name": "beta"},
            {
                "id": "three",
                "tenant_id": TENANT,
                "name": "gamma alpha",
                "description": "The third",
                "data_type": "chat",
                "metadata": {"owner": "demo", "tags": ["x", "y"], "of": {"n": 1}},
                "created_at": at(1),
                "modified_at": at(2),
            },
            {"id": "else", "tenant_id": "other", "name": "Alpha"},
        ],
        examples=[
            example("e1", "one", created_at=at(20), modified_at=at(30)),
            example("e2", "one", created_at=at(10), metadata={"dataset_split": ["test", "dev"]}),
            example("e3", "three", metadata={"dataset_split": "train"}),
            example("e4", "else", created_at=at(5), metadata={"dataset_split": []}),
        ],
        sessions=[
            session("s1", reference_dataset_id="one", start_time=at(100)),
            session("s2", reference_dataset_id="one", start_time=at(200)),
            session("s3", reference_dataset_id="two", start_time=at(50)),
            session("s4", reference_dataset_id="one", tenant_id="other", start_time=at(300)),
            session("s5"),
        ],
    )


LIST: Mapping[str, Any] = {
    "offset": 0,
    "limit": 100,
    "sort_by": "last_session_start_time",
    "sort_by_desc": True,
}


def listed(data: Data, **asked: Any) -> list[str]:
    return [each["id"] for each in datasets.read_datasets(data, TENANT, **{**LIST, **asked})]


def test_what_a_row_does_not_say_is_worked_out_or_null(data: Data) -> None:
    """one: created with its oldest example, changed with its last."""
    one = datasets.read_dataset(data, TENANT, "ONE")
    assert one == {
        "id": "one",
        "tenant_id": TENANT,
        "name": "Alpha",
        "description": None,
        "data_type": "kv",
        "created_at": at(10),
        "modified_at": at(30),
        "example_count": 2,
        "session_count": 2,
        "last_session_start_time": at(200),
        "metadata": None,
        "inputs_schema_definition": None,
        "outputs_schema_definition": None,
        "externally_managed": False,
        "transformations": None,
        "baseline_experiment_id": None,
    }


def test_what_a_row_says_is_shown(data: Data) -> None:
    three = datasets.read_dataset(data, TENANT, "three", limit=1)
    assert three["description"] == "The third"
    assert three["data_type"] == "chat"
    assert three["metadata"] == {"owner": "demo", "tags": ["x", "y"], "of": {"n": 1}}
    assert (three["created_at"], three["modified_at"]) == (at(1), at(2))
    assert (three["example_count"], three["session_count"]) == (1, 0)
    assert three["last_session_start_time"] is None


def test_a_dataset_of_which_no_time_is_known_is_of_the_first_one(data: Data) -> None:
    two = datasets.read_dataset(data, TENANT, "two")
    assert two["created_at"] == two["modified_at"] == "1970-01-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "one two three"),
        ({"sort_by_desc": False}, "two one three"),
        ({"sort_by": "name", "sort_by_desc": False}, "one two three"),
        ({"sort_by": "created_at"}, "one three two"),
        ({"sort_by": "modified_at"}, "one three two"),
        ({"sort_by": "example_count", "sort_by_desc": False}, "two three one"),
        ({"sort_by": "session_count"}, "one two three"),
        ({"offset": 1, "limit": 1}, "two"),
        ({"offset": 3}, ""),
        ({"id": ["TWO", "else", "two"]}, "two"),
        ({"id": []}, ""),
        ({"data_type": "chat"}, "three"),
        ({"data_type": ["kv", "llm"]}, "one two"),
        ({"name": "Alpha"}, "one"),
        ({"name": "alpha"}, ""),
        ({"name_contains": "ALPHA"}, "one three"),
        ({"metadata": "{}"}, "one two three"),
        ({"metadata": '{"tags": ["y"], "of": {"n": 1.0}}'}, "three"),
        ({"metadata": '{"owner": "nobody"}'}, ""),
        ({"exclude_corrections_datasets": True}, "one two three"),
    ],
)
def test_a_list_has_what_is_asked_for_in_order(
    data: Data, asked: dict[str, Any], expected: str
) -> None:
    """three has no experiment, so it is last whatever the direction."""
    assert listed(data, **asked) == expected.split()


def test_what_is_excluded_is_null(data: Data) -> None:
    found = datasets.read_datasets(data, TENANT, **LIST, exclude=["example_count"])
    assert [each["example_count"] for each in found] == [None] * 3
    assert [each["session_count"] for each in found] == [2, 1, 0]


@pytest.mark.parametrize("text", ["", "no json", "[1]", "null", '"a"'])
def test_metadata_that_is_no_object_is_refused_by_name(data: Data, text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"query\.metadata: Found .*expected a JSON object"):
        listed(data, metadata=text)


V2: Mapping[str, Any] = {
    "sort_by": "last_session_start_time",
    "sort_order": "desc",
    "page_size": 1,
    "cursor": None,
}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "one two three"),
        ({"sort_order": "asc"}, "two one three"),
        ({"sort_by": "name", "sort_order": "asc"}, "one two three"),
        ({"sort_by": "session_count", "name_contains": "a"}, "one two three"),
        ({"name": "nothing"}, ""),
    ],
)
def test_v2_gives_the_list_in_pages_to_the_end(
    data: Data, asked: dict[str, Any], expected: str
) -> None:
    found, cursor = [], None
    while True:
        page = datasets.query_datasets(data, TENANT, **{**V2, **asked, "cursor": cursor})
        found += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert len(page["items"]) == 1
    assert found == expected.split()


def test_a_cursor_is_of_its_question_and_tenant(data: Data) -> None:
    cursor = datasets.query_datasets(data, TENANT, **V2)["next_cursor"]
    assert cursor is not None
    longer = {**V2, "page_size": 5, "cursor": cursor}
    assert [d["id"] for d in datasets.query_datasets(data, TENANT, **longer)["items"]] == [
        "two",
        "three",
    ]
    for tenant, asked in ((TENANT, {"sort_order": "asc"}), ("other", {})):
        with pytest.raises(Unanswerable):
            datasets.query_datasets(data, tenant, **{**longer, **asked})


def test_a_token_is_shown_where_there_is_one(data: Data) -> None:
    shared = datasets.read_share(data, TENANT, "one")
    assert shared == {"dataset_id": "one", "share_token": TOKEN}
    assert datasets.read_share(data, TENANT, "two") is None


def test_what_is_shared_shows_no_tenant_and_no_experiments(data: Data) -> None:
    shown = datasets.read_shared_dataset(data, None, TOKEN.upper(), limit=1, offset=0)
    assert shown == {
        "id": "one",
        "name": "Alpha",
        "description": None,
        "data_type": "kv",
        "created_at": at(10),
        "example_count": 2,
        "inputs_schema_definition": None,
        "outputs_schema_definition": None,
        "externally_managed": False,
        "transformations": None,
    }


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [(["latest"], 30), (None, 10)]),
        ({"limit": 1}, [(["latest"], 30)]),
        ({"offset": 1}, [(None, 10)]),
        ({"search": "LATE"}, [(["latest"], 30)]),
        ({"search": ""}, [(["latest"], 30), (None, 10)]),
        ({"search": "prod"}, []),
        ({"example": "E2"}, [(None, 10)]),
        ({"example": "e1"}, [(["latest"], 30)]),
        ({"example": "e2", "search": "latest"}, []),
        ({"example": "e3"}, []),
    ],
)
def test_there_is_a_version_for_each_time_of_a_last_change(
    data: Data, asked: dict[str, Any], expected: list[Any]
) -> None:
    found = datasets.read_versions(data, TENANT, "one", **asked)
    assert found == [{"tags": tags, "as_of": at(seconds)} for tags, seconds in expected]


def test_a_dataset_without_examples_has_no_version(data: Data) -> None:
    assert datasets.read_versions(data, TENANT, "two") == []
    assert datasets.read_versions(data, TENANT, "three") == []  # which are of no time


@pytest.mark.parametrize(
    ("dataset", "as_of", "expected"),
    [
        ("one", "latest", ["base", "dev", "test"]),
        ("one", at(30), ["base", "dev", "test"]),
        ("one", at(10), ["dev", "test"]),
        ("one", "2026-06-01T12:00:10", ["dev", "test"]),
        ("one", "2026-06-01 14:00:10+02:00", ["dev", "test"]),
        ("one", at(9), []),
        ("two", "latest", []),
        ("three", "latest", ["train"]),
        ("three", at(1000), []),
    ],
)
def test_splits_are_those_of_the_examples(
    data: Data, dataset: str, as_of: str, expected: list[str]
) -> None:
    assert datasets.read_splits(data, TENANT, dataset, as_of) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, (["latest"], 30)),
        ({"tag": "latest"}, (["latest"], 30)),
        ({"as_of": at(99)}, (["latest"], 30)),
        ({"as_of": at(29)}, (None, 10)),
        ({"as_of": "2026-06-01 12:00:10+00:00"}, (None, 10)),
        ({"as_of": "2026-06-01 12:00:10.000001"}, (None, 10)),
        ({"as_of": at(30), "tag": "latest"}, (["latest"], 30)),
    ],
)
def test_a_version_is_the_newest_by_then(data: Data, asked: dict[str, str], expected: Any) -> None:
    tags, seconds = expected
    found = datasets.read_version(data, TENANT, "one", **asked)
    assert found == {"tags": tags, "as_of": at(seconds)}


@pytest.mark.parametrize(
    "asked", [{"as_of": at(9)}, {"tag": "prod"}, {"as_of": at(29), "tag": "latest"}, {"as_of": "x"}]
)
def test_a_version_that_there_is_not_is_not_found(data: Data, asked: dict[str, str]) -> None:
    with pytest.raises(NotFound):
        datasets.read_version(data, TENANT, "one", **asked)


@pytest.mark.parametrize(
    ("first", "last", "added", "modified"),
    [
        (at(9), "latest", ["e1", "e2"], []),
        (at(10), at(20), ["e1"], []),
        (at(20), at(29), [], []),
        (at(20), at(30), [], ["e1"]),
        (at(20), "latest", [], ["e1"]),
        (at(30), at(10), [], []),
        ("latest", at(99), [], []),
    ],
)
def test_versions_differ_by_what_was_created_and_changed_in_between(
    data: Data, first: str, last: str, added: list[str], modified: list[str]
) -> None:
    assert datasets.diff_versions(data, TENANT, "one", first, last) == {
        "examples_added": added,
        "examples_modified": modified,
        "examples_removed": [],
    }


def test_versions_that_there_are_not_do_not_differ(data: Data) -> None:
    for first, last in (("prod", "latest"), (at(1), "prod")):
        with pytest.raises(NotFound):
            datasets.diff_versions(data, TENANT, "one", first, last)


def test_no_split_is_the_base_split(data: Data) -> None:
    assert datasets.read_splits(data, "other", "else") == ["base"]


def test_an_unknown_version_is_not_found(data: Data) -> None:
    for as_of in ("prod", "", "2026-13-01T00:00:00Z"):
        with pytest.raises(NotFound) as refused:
            datasets.read_splits(data, TENANT, "one", as_of)
        assert (refused.value.kind, refused.value.id) == ("version", as_of)


@pytest.mark.parametrize("dataset", ["else", "unknown"])
def test_what_is_not_the_tenants_is_not_found(data: Data, dataset: str) -> None:
    for read in (
        datasets.read_dataset,
        datasets.read_share,
        datasets.read_versions,
        datasets.read_splits,
    ):
        with pytest.raises(NotFound):
            read(data, TENANT, dataset)


def test_an_unknown_token_is_not_found(data: Data) -> None:
    with pytest.raises(NotFound):
        datasets.read_shared_dataset(data, None, "00000000-0000-4000-8000-000000000000")

"""Examples listed, counted and read, over rows so few that each answer is worked out by hand.

a  created at 1, changed at 9    splits of a text      topic joins, two levels
b  created at 2                  no split              topic "dates"
c  created at 2, changed at 3    two splits            no topic
d  of no time                    no metadata at all
x  of a dataset of another tenant
"""

from __future__ import annotations

from hashlib import md5
from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import FilterError, InvalidRequest, NotFound
from locum.langsmith import examples
from tests.oracles.langsmith_rows import DATASET, TENANT, at, load

TOKEN = "7524c5a0-5e80-5b9d-bfd3-b1a362f104bd"  # noqa: S105 - of the rows below


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    rows: list[dict[str, Any]] = [
        {
            "id": "a",
            "name": "first",
            "inputs": {"question": "Who bought a Lamp?", "lang": "en"},
            "outputs": {"sql": ["SELECT 1", {"note": 'a "quoted"\nline'}]},
            "metadata": {"topic": "joins", "of": {"level": 2}, "dataset_split": "test"},
            "source_run_id": "r1",
            "created_at": at(1),
            "modified_at": at(9),
        },
        {
            "id": "b",
            "inputs": {"question": "Élan per week"},
            "metadata": {"topic": "dates", "odd": None},
            "created_at": at(2),
        },
        {
            "id": "c",
            "inputs": {"q": 7},
            "outputs": {},
            "metadata": {"of": {"level": 1}, "dataset_split": ["test", "dev"]},
            "created_at": at(2),
            "modified_at": at(3),
        },
        {"id": "d"},
    ]
    return load(
        tmp_path_factory.mktemp("examples"),
        datasets=[
            {"id": DATASET, "tenant_id": TENANT, "name": "d", "share_token": TOKEN},
            {"id": "mine", "tenant_id": TENANT, "name": "without any"},
            {"id": "else", "tenant_id": "other", "name": "d"},
        ],
        examples=[
            *({"dataset_id": DATASET, **row} for row in rows),
            {"id": "x", "dataset_id": "else", "inputs": {"question": "lamp"}},
            {"id": "y", "inputs": {"question": "of no dataset"}},
        ],
    )


def ids(data: Data, **asked: Any) -> str:
    found = examples.read_examples(data, TENANT, **asked)
    return "".join(example["id"] for example in found)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "acbd"),
        ({"descending": True}, "acbd"),
        ({"descending": False}, "bcad"),
        ({"order": "recently_created"}, "bcad"),
        ({"order": "recently_created", "descending": False}, "abcd"),
        ({"order": "id"}, "abcd"),
        ({"order": "id", "descending": True}, "dcba"),
        ({"offset": 1, "limit": 2}, "cb"),
        ({"offset": 9}, ""),
        ({"offset": 10**30}, ""),
    ],
)
def test_a_list_is_in_the_order_that_is_asked_for(
    data: Data, asked: dict[str, Any], expected: str
) -> None:
    """Of b and c, which were created at once, b has the lesser id; d is of no time, so it is last
    whatever the direction."""
    assert ids(data, **asked) == expected


@pytest.mark.parametrize("seed", [None, 0, 1, 1.0, 0.5, -3])
def test_a_random_order_is_that_of_its_seed(data: Data, seed: float | None) -> None:
    """By a digest of the seed and the id; pages follow each other in it."""
    text = str(float(seed or 0))
    expected = sorted("abcd", key=lambda id_: md5(f"{text} {id_}".encode()).hexdigest())  # noqa: S324
    asked = {"order": "random", "random_seed": seed}
    pages = [ids(data, **asked, offset=offset, limit=3) for offset in (0, 3)]
    assert "".join(pages) == "".join(expected)
    assert ids(data, **asked, descending=True) == "".join(reversed(expected))


def test_a_seed_without_a_random_order_is_refused_by_name(data: Data) -> None:
    with pytest.raises(InvalidRequest, match=r"query\.random_seed: Changes nothing without"):
        ids(data, random_seed=1)


SELECTED: list[tuple[dict[str, Any], str]] = [
    ({"id": ["A", "c", "x", "a"]}, "ac"),
    ({"id": []}, ""),
    ({"dataset": DATASET.upper()}, "abcd"),
    ({"dataset": "mine"}, ""),
    ({"metadata": "{}"}, "abcd"),
    ({"metadata": '{"of": {"level": 2.0}}'}, "a"),
    ({"metadata": '{"of": {}}'}, "ac"),
    ({"metadata": '{"odd": null}'}, "b"),
    ({"metadata": '{"dataset_split": ["dev"]}'}, "c"),
    ({"splits": ["base"]}, "bd"),
    ({"splits": ["test"]}, "ac"),
    ({"splits": ["dev", "base"]}, "bcd"),
    ({"splits": []}, ""),
    ({"full_text_contains": ["LAMP"]}, "a"),
    ({"full_text_contains": ["élan PER"]}, "b"),
    ({"full_text_contains": ["question", "week"]}, "b"),
    ({"full_text_contains": ["question"]}, "ab"),
    ({"full_text_contains": ['"QUOTED"\nl']}, "a"),
    ({"full_text_contains": ["7"]}, "c"),
    ({"full_text_contains": ["joins"]}, "a"),
    ({"full_text_contains": ["SELECT 1", "lamp", "nothing"]}, ""),
    ({"full_text_contains": []}, "abcd"),
    ({"as_of": "latest"}, "abcd"),
    ({"as_of": at(9)}, "abc"),
    ({"as_of": at(8)}, "bc"),
    ({"as_of": at(2)}, "b"),
    ({"as_of": "2026-06-01T12:00:02"}, "b"),
    ({"as_of": "2026-06-01 12:00:02+00:00"}, "b"),
    ({"as_of": "2020-01-01T00:00:00Z"}, ""),
    ({"filter": 'has(metadata, \'{"topic": "joins"}\')'}, "a"),
    ({"filter": 'exists(metadata, "topic")'}, "ab"),
    ({"filter": 'exists(metadata, "of.level")'}, "ac"),
    (
        {"filter": "and(not(has(metadata, '{\"topic\": \"joins\"}')), exists(metadata, 'topic'))"},
        "b",
    ),
    ({"filter": 'and(eq(metadata_key, "of.level"), eq(metadata_value, 1))'}, "c"),
    ({"filter": 'and(eq(metadata_key, "topic"), neq(metadata_value, "joins"))'}, "b"),
    ({"filter": 'and(neq(metadata_key, "topic"))'}, "cd"),
    ({"filter": 'or(eq(metadata_value, "dev"), eq(metadata_value, "dates"))'}, "bc"),
    ({"filter": 'search("week élan")'}, "b"),
    ({"filter": 'not(search("question"))'}, "cd"),
    ({"splits": ["test"], "filter": 'exists(metadata, "topic")', "as_of": at(8)}, ""),
]


@pytest.mark.parametrize(("asked", "expected"), SELECTED)
def test_what_is_asked_for_is_listed_and_counted(
    data: Data, asked: dict[str, Any], expected: str
) -> None:
    assert ids(data, order="id", **asked) == expected
    assert examples.count_examples(data, TENANT, **asked) == len(expected)
    shared = examples.read_shared_examples(data, None, TOKEN, **asked)
    if "dataset" not in asked:  # which no token needs
        assert sorted(example["id"] for example in shared) == [*expected]
        assert examples.count_shared_examples(data, None, TOKEN, **asked) == len(expected)


def test_an_example_is_shown_whole(data: Data) -> None:
    whole = examples.read_example(data, TENANT, "A")
    assert whole == {
        "id": "a",
        "dataset_id": DATASET,
        "name": "first",
        "inputs": {"question": "Who bought a Lamp?", "lang": "en"},
        "outputs": {"sql": ["SELECT 1", {"note": 'a "quoted"\nline'}]},
        "metadata": {"topic": "joins", "of": {"level": 2}, "dataset_split": "test"},
        "source_run_id": "r1",
        "created_at": at(1),
        "modified_at": at(9),
        "attachment_urls": None,
    }


def test_what_the_document_requires_is_there_without_a_value(data: Data) -> None:
    bare = examples.read_example(data, TENANT, "d")
    assert (bare["name"], bare["inputs"], bare["outputs"], bare["metadata"]) == ("", {}, None, None)
    assert "created_at" not in bare


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"select": ["id"]}, {"created_at", "modified_at"}),
        ({"select": []}, {"created_at", "modified_at"}),
        ({"select": ["outputs", "metadata"]}, {"created_at", "modified_at", "outputs", "metadata"}),
        ({"select": ["outputs"], "exclude_default_fields": True}, {"outputs"}),
        (
            {"select": ["attachment_urls", "created_at"], "exclude_default_fields": True},
            {"attachment_urls", "created_at"},
        ),
    ],
)
def test_an_example_has_what_is_selected_and_what_always_comes(
    data: Data, asked: dict[str, Any], expected: set[str]
) -> None:
    found = examples.read_examples(data, TENANT, id=["a"], inline_s3_urls=True, **asked)
    assert found[0].keys() == {"id", "name", "dataset_id", "inputs"} | expected


@pytest.mark.parametrize(
    "asked",
    [
        {"example_id": "x"},
        {"example_id": "y"},
        {"example_id": "unknown"},
        {"example_id": "a", "as_of": at(8)},
        {"example_id": "a", "dataset": "mine"},
        {"example_id": "a", "dataset": "else"},
        {"example_id": "a", "as_of": "prod"},
    ],
)
def test_what_is_not_there_is_not_found(data: Data, asked: dict[str, Any]) -> None:
    with pytest.raises(NotFound):
        examples.read_example(data, TENANT, **asked)


def test_an_example_is_found_as_of_its_last_change(data: Data) -> None:
    asked = {"example_id": "a", "as_of": at(9), "dataset": DATASET}
    assert examples.read_example(data, TENANT, **asked)["id"] == "a"


def test_an_unknown_dataset_token_or_version_is_not_found(data: Data) -> None:
    for asked in ({"dataset": "else"}, {"dataset": "unknown"}, {"as_of": "prod"}):
        with pytest.raises(NotFound):
            ids(data, **asked)
        with pytest.raises(NotFound):
            examples.count_examples(data, TENANT, **asked)
    for read in (examples.read_shared_examples, examples.count_shared_examples):
        with pytest.raises(NotFound):
            read(data, None, "00000000-0000-4000-8000-000000000000")


@pytest.mark.parametrize("text", ['eq(name, "first")', "has(metadata, 'no json')", "x", ""])
def test_a_filter_that_has_no_meaning_is_refused(data: Data, text: str) -> None:
    with pytest.raises(FilterError, match="Invalid filter at position"):
        ids(data, filter=text)


def test_metadata_that_is_large_is_refused_by_name(data: Data) -> None:
    text = '{"a":' * 22 + "1" + "}" * 22
    with pytest.raises(InvalidRequest, match=r"query\.metadata: Found .*at most 20 levels"):
        ids(data, metadata=text)


def test_metadata_that_is_no_object_is_refused_by_name(data: Data) -> None:
    with pytest.raises(InvalidRequest, match=r"query\.metadata: Found .*expected a JSON object"):
        ids(data, metadata="[]")

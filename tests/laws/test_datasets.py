"""Random lists of datasets and examples, over drawn rows and over bundled datasets, are what an
oracle lists; pages have no gap and no double; what is counted is what is listed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.datasets import dataset as datasets
from locum.engine.data import Data
from locum.langsmith import datasets as handlers_of_datasets
from locum.langsmith import examples
from tests.conftest import KEY, application_over
from tests.oracles.bare_rows import rows_of
from tests.oracles.bundled import find
from tests.oracles.dataset_oracle import (
    SELECTABLE,
    Datasets,
    Requests,
    Row,
    shown_example,
    splits,
)
from tests.oracles.langsmith_requests import draws
from tests.oracles.langsmith_rows import at, load, session

DEMO = "11111111-1111-4111-8111-111111111111"
NAMES = ("Lamp", "lamp shop", "Élan", "a", "b", "")
TEXTS = ("Who bought a lamp?", "Élan per week", "SELECT 1", 'a "quoted"\nline', "", "ÄÖ \U0001f600")


def drawn(chance: random.Random) -> dict[str, list[Row]]:
    """Rows with ties, nulls and documents of many shapes, of two tenants."""

    def maybe(value: Any) -> Any:
        return value if chance.random() < 0.7 else None

    def document(level: int = 0) -> Any:
        if level < 2 and chance.random() < 0.4:
            return {key: document(level + 1) for key in chance.sample("abcd", 2)}
        if level < 2 and chance.random() < 0.2:
            return [document(level + 1) for _ in range(chance.randint(0, 3))]
        return chance.choice([*TEXTS, 0, 1, 1.5, True, False, None])

    def metadata() -> Row:
        found = {key: document() for key in chance.sample(("topic", "of", "level", "a"), 2)}
        named = chance.choice([None, "test", ["test"], ["dev", "train"], []])
        return found if named is None else found | {"dataset_split": named}

    def times() -> Row:
        created = maybe(chance.randint(0, 9))
        changed = None if created is None else maybe(created + chance.randint(0, 9))
        return {
            "created_at": None if created is None else at(created),
            "modified_at": None if changed is None else at(changed),
        }

    rows = [
        {
            "id": f"d{number}",
            "tenant_id": chance.choice(("mine", "mine", "other")),
            "name": maybe(chance.choice(NAMES)),
            "data_type": maybe(chance.choice(("kv", "llm", "chat"))),
            "metadata": maybe(metadata()),
            **times(),
        }
        for number in range(12)
    ]
    return {
        "datasets": [{"id": "d", "tenant_id": "mine", "name": "one"}, *rows],
        "examples": [
            {
                "id": f"e{number}",
                "dataset_id": chance.choice([*(f"d{n}" for n in range(6)), "d", None]),
                "name": maybe(chance.choice(NAMES)),
                "inputs": maybe({"q": document(), "text": chance.choice(TEXTS)}),
                "outputs": maybe({"answer": document()}),
                "metadata": maybe(metadata()),
                "source_run_id": maybe("r1"),
                **times(),
            }
            for number in range(120)
        ],
        "sessions": [
            session(
                f"s{number}",
                tenant_id=chance.choice(("mine", "other")),
                reference_dataset_id=chance.choice([*(f"d{n}" for n in range(8)), None]),
                start_time=at(chance.randint(0, 5)),
            )
            for number in range(20)
        ],
    }


class Drawn:
    """The drawn rows, and how the handlers of a tenant answer."""

    def __init__(self, folder: Path) -> None:
        tables = drawn(draws("datasets"))
        self.data: Data = load(folder, **tables)
        self.oracle = Datasets(lambda table: tables[table.removeprefix("langsmith/")], "mine")
        self.requests = Requests(self.oracle, draws("requests"))


@pytest.fixture(scope="module")
def of_drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    return Drawn(tmp_path_factory.mktemp("drawn"))


def test_the_drawn_rows_have_what_may_matter(of_drawn: Drawn) -> None:
    rows = of_drawn.oracle.examples
    assert len(rows) > 40
    assert {"base", "test", "dev"} <= {name for row in rows for name in splits(row)}
    assert {row["modified_at"] is None for row in rows} == {True, False}
    assert {row["created_at"] is None for row in rows} == {True, False}
    assert len({row["modified_at"] for row in rows}) < len(rows) / 2


Ask = Callable[[str, Row], Any]


def holds_of_lists(ask: Ask, oracle: Datasets, requests: Requests, count: int) -> None:
    """So many random requests for each list."""
    chance, found = requests.chance, 0
    for _ in range(count):
        asked, passes = requests.examples()
        ordering, selected = requests.order(), requests.select()
        expected = oracle.ordered(oracle.matching(asked, passes), ordering)
        size = chance.choice([1, 3, 7, 100])
        start = chance.randint(0, 3)
        page = {"offset": start, "limit": size}
        answer = ask("/api/v1/examples", asked | ordering | selected | page)
        exclude = bool(selected.get("exclude_default_fields"))
        assert answer == [
            shown_example(row, selected.get("select"), exclude=exclude)
            for row in expected[start : start + size]
        ], (asked, ordering)
        assert ask("/api/v1/examples/count", asked) == len(expected), asked
        found += bool(expected)
        listing = requests.datasets()
        rows = oracle.listed_datasets(listing)
        shown = ask("/api/v1/datasets", listing | page)
        expected_rows = rows[start : start + size]
        assert [each["id"] for each in shown] == [row["id"] for row in expected_rows], listing
        known = [{name: each[name] for name in oracle.shown} for each in shown]
        assert known == expected_rows
        assert _all_pages(ask, listing, chance.choice([1, 2, 5])) == [row["id"] for row in rows]
    assert found > count / 2


def _all_pages(ask: Ask, listing: Row, size: int) -> list[str]:
    """The ids on the pages of v2, up to the last one."""
    asked = listing | {"sort_order": "desc" if listing["sort_by_desc"] else "asc"}
    del asked["sort_by_desc"]
    ids: list[str] = []
    cursor: str | None = None
    while True:
        page = asked | {"page_size": size} | ({"cursor": cursor} if cursor else {})
        answer = ask("/v2/datasets", page)
        ids += [each["id"] for each in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            return ids
        assert len(answer["items"]) == size


HANDLERS = {
    "/api/v1/examples": examples.read_examples,
    "/api/v1/examples/count": examples.count_examples,
    "/api/v1/datasets": handlers_of_datasets.read_datasets,
    "/v2/datasets": handlers_of_datasets.query_datasets,
}


def test_lists_of_drawn_rows_are_those_of_the_oracle(of_drawn: Drawn) -> None:
    def ask(path: str, asked: Row) -> Any:
        default = {"select": SELECTABLE[:-1]} if path == "/api/v1/examples" else {}
        return HANDLERS[path](of_drawn.data, "mine", **default | asked)

    holds_of_lists(ask, of_drawn.oracle, of_drawn.requests, 60)


USUAL = ("default", "tiny", "unicode")
EACH = [
    name if name in USUAL else pytest.param(name, marks=pytest.mark.long)
    for name in datasets.names()
]


@pytest.fixture(scope="module", params=EACH)
def served(request: pytest.FixtureRequest) -> Iterator[tuple[str, TestClient]]:
    with TestClient(application_over(request.param)) as client:
        yield request.param, client


def test_lists_of_bundled_datasets_are_those_of_the_oracle(
    served: tuple[str, TestClient],
) -> None:
    """As they are served: each answer is checked against the document."""
    name, client = served

    def ask(path: str, asked: Row) -> Any:
        answer = client.get(path, params=_texts(asked), headers={"X-API-Key": KEY})
        assert answer.status_code == 200, (asked, answer.text)
        return answer.json()

    oracle = Datasets(rows_of(find(name).folder), DEMO)
    holds_of_lists(ask, oracle, Requests(oracle, draws(name)), 10)


def _texts(asked: Row) -> Row:
    """As the Python SDK writes them: booleans with a capital letter."""
    return {name: str(v) if isinstance(v, bool) else v for name, v in asked.items()}

"""Runs in order and in pages. The expected orders were written down from the rows."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from pathlib import Path
from random import Random

import numpy as np
import pytest

from locum.engine.data import Data
from locum.exceptions import Unanswerable
from locum.langsmith.run_order import Page, ordered, page
from tests.oracles.langsmith_rows import Row, at, load, run

# By start and then id: none, a, c, b, d, e; b, c and d are of one time.
ROWS = [
    run("d", start_time=at(2)),
    run("b", start_time=at(2)),
    run("e", start_time=at(3)),
    run("c", start_time=at(2)),
    run("a", start_time=at(1)),
    run("none", start_time=None, end_time=None),
]
D, B, E, C, A, NONE = range(6)
UP = [NONE, A, B, C, D, E]
EVERY = np.arange(6)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    return load(tmp_path_factory.mktemp("order"), runs=ROWS)


def pages(data: Data, *, limit: int, descending: bool) -> list[Page]:
    """All pages, from the first on."""
    found: list[Page] = []
    while not found or found[-1].next is not None:
        cursor = found[-1].next if found else None
        found.append(
            page(data, EVERY, question="q", limit=limit, descending=descending, cursor=cursor)
        )
    return found


def test_runs_are_ordered_by_start_and_then_id_those_without_a_start_before_all(data: Data) -> None:
    assert ordered(data, EVERY).tolist() == UP
    assert ordered(data, np.array([E, B, D]), descending=True).tolist() == [E, D, B]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("descending", [True, False])
def test_pages_follow_each_other(data: Data, limit: int, descending: bool) -> None:  # noqa: FBT001
    found = pages(data, limit=limit, descending=descending)
    expected = UP[::-1] if descending else UP
    assert [number for each in found for number in each.runs] == expected
    assert {len(each.runs) for each in found[:-1]} <= {limit}


@pytest.mark.parametrize("descending", [True, False])
def test_the_way_back_has_the_same_pages(data: Data, descending: bool) -> None:  # noqa: FBT001
    there = pages(data, limit=2, descending=descending)
    assert there[0].previous is None
    back = [there[-1]]
    while back[-1].previous is not None:
        back.append(
            page(
                data,
                EVERY,
                question="q",
                limit=2,
                descending=descending,
                cursor=back[-1].previous,
            )
        )
    assert [each.runs for each in back[::-1]] == [each.runs for each in there]
    assert back[-1].next == there[0].next


def test_a_page_is_of_the_selection_alone(data: Data) -> None:
    first = page(data, np.array([A, C, E]), question="q", limit=2)
    assert first.runs == [E, C]
    last = page(data, np.array([A, C, E]), question="q", limit=2, cursor=first.next)
    assert (last.runs, last.next) == ([A], None)
    nothing = page(data, np.array([], dtype=np.int64), question="q", limit=2)
    assert (nothing.runs, nothing.next, nothing.previous) == ([], None, None)


def test_cursors_are_the_same_where_the_ids_are_known(data: Data) -> None:
    first = page(data, EVERY, question="q", limit=2)
    second = page(data, EVERY, question="q", limit=2, cursor=first.next)
    assert second.cursors(["c", "b"]) == (second.next, second.previous)
    assert None not in (second.next, second.previous)


def test_another_limit_goes_on_where_a_page_ended(data: Data) -> None:
    first = page(data, EVERY, question="q", limit=1)
    assert page(data, EVERY, question="q", limit=3, cursor=first.next).runs == [D, C, B]


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_what_is_added_between_pages_makes_no_gap_and_no_double(
    tmp_path: Path,
    seed: int,
    descending: bool,  # noqa: FBT001
) -> None:
    """Runs are added before, between and at the times that a first page ended with."""
    random = Random(seed)  # noqa: S311 - not for secrets
    names = [f"{n:02}" for n in range(30)]
    random.shuffle(names)
    rows = [run(name, start_time=at(random.randrange(4))) for name in names]
    before = load_into(tmp_path / "before", rows[:20])
    after = load_into(tmp_path / "after", rows)

    def key(row: Row) -> tuple[str, str]:
        return row["start_time"], row["id"]

    first = page(before, np.arange(20), question="q", limit=7, descending=descending)
    seen = [rows[number]["id"] for number in first.runs]
    last = key(rows[first.runs[-1]])
    cursor = first.next
    while cursor is not None:
        found = page(
            after, np.arange(30), question="q", limit=7, descending=descending, cursor=cursor
        )
        seen += [rows[number]["id"] for number in found.runs]
        cursor = found.next
    beyond = [r for r in rows if (key(r) < last if descending else key(r) > last)]
    beyond.sort(key=key, reverse=descending)
    assert seen[7:] == [row["id"] for row in beyond]


def load_into(folder: Path, rows: list[Row]) -> Data:
    folder.mkdir()
    return load(folder, runs=rows)


def written(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "?",
        "é",
        "abc",
        "a" * 5000,
        written("null"),
        written("[1]"),
        written('["1", "a", false, ""]'),
        written('[1, "a", 0, "x"]'),
        written('[9223372036854775808, "a", false, "x"]'),
        written('[1, "a", false, "x"]'),
    ],
)
def test_a_cursor_of_nobody_is_refused(data: Data, cursor: str) -> None:
    with pytest.raises(Unanswerable, match=r"Invalid cursor: found .*, expected one that an"):
        page(data, EVERY, question="q", limit=1, cursor=cursor)


def test_a_cursor_of_another_question_or_direction_is_refused(data: Data) -> None:
    cursor = page(data, EVERY, question={"a": 1, "b": 2}, limit=1).next
    same = page(data, EVERY, question={"b": 2, "a": 1}, limit=1, cursor=cursor)
    assert same.runs == [D]
    for question, descending in (({"a": 1}, True), ({"a": 1, "b": 2}, False)):
        with pytest.raises(Unanswerable, match="to this very question"):
            page(data, EVERY, question=question, limit=1, descending=descending, cursor=cursor)

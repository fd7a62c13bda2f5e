"""What was made of earlier versions, and what a later one makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.engine import history as histories
from locum.engine.change import Change, Rows
from locum.engine.data import Data, extends
from locum.engine.history import History
from locum.engine.tables import Table
from locum.provider import TEXT
from tests.oracles.small_tables import data_of


def made(data: Data) -> list[Any]:
    return ["made"]


@extends(made)
def _extended(before: list[Any], data: Data, change: Change) -> list[Any]:
    return [*before, (change.of("t").added.start, change.of("t").added.stop)]


def rows(first: int) -> Change:
    return Change({"t": Rows(range(first, first + 1))})


@pytest.fixture
def base(tmp_path: Path) -> Data:
    return data_of(tmp_path / "shelf", {"small/t": Table({"a": TEXT})}, {"small/t": []})


def test_a_value_is_extended_by_all_changes_since(base: Data) -> None:
    history = History(base)
    assert [history.add(rows(n)) for n in range(3)] == [1, 2, 3]
    assert history.value(made, base, 1) == ["made"]
    assert history.value(made, base, 3) == ["made", (1, 3)]
    assert history.value(made, base, 3) == ["made", (1, 3)]
    assert history.value(made, base, 2) == ["made"]  # anew: what is known is later
    history.add(rows(3))
    assert history.value(made, base, 4) == ["made", (1, 3), (3, 4)]


def test_the_dataset_itself_is_the_version_before_the_first(base: Data) -> None:
    base.once(made)
    history = History(base)
    history.add(rows(0))
    assert history.value(made, base, 1) == ["made", (0, 1)]


def test_nothing_is_extended_over_a_change_of_all(base: Data) -> None:
    base.once(made)
    history = History(base)
    history.add(rows(0))
    assert history.value(made, base, 1) == ["made", (0, 1)]
    assert history.add(Change(is_whole=True)) == 2
    assert history.value(made, base, 2) == ["made"]
    assert history.add(rows(0)) == 3
    assert history.value(made, base, 3) == ["made", (0, 1)]
    assert history.value(made, base, 1) == ["made"]


def test_changes_of_long_ago_are_forgotten(base: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, "_MOST_CHANGES", 10)
    base.once(made)
    history = History(base)
    for number in range(100):
        assert history.add(rows(number)) == number + 1
        if number == 50:
            history.value(made, base, 51)
    assert len(history._changes) <= 10
    assert history.value(made, base, 100) == ["made"]
    assert history.add(rows(100)) == 101
    assert history.value(made, base, 101) == ["made", (100, 101)]

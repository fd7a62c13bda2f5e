"""Which row a key stands for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from locum.engine.key_index import KeyIndex, digests_of
from locum.engine.tables import Table
from locum.provider import BOOLEAN, INTEGER, TEXT
from tests.oracles.small_tables import data_of

EMPTY = np.array([], dtype=np.uint64)


def empty() -> KeyIndex:
    return KeyIndex(EMPTY, EMPTY, np.array([], dtype=np.int32))


def test_what_was_added_is_found_and_nothing_else() -> None:
    index = empty()
    assert index.find([("a",)]).tolist() == [-1]
    index.add([("a",), ("b", 1)], [7, 8])
    index.add([("c",)], [9])
    assert index.find([("c",), ("x",), ("b", 1), ("a",), ("b",)]).tolist() == [9, -1, 8, 7, -1]
    assert index.find([]).tolist() == []


@pytest.mark.parametrize("size", [1, 3, 100])
def test_what_comes_in_many_parts_is_found(size: int) -> None:
    index, all_keys = empty(), [(f"key {n}",) for n in range(2_000)]
    for first in range(0, len(all_keys), size):
        part = all_keys[first : first + size]
        index.add(part, range(first, first + len(part)))
    assert index.find(all_keys).tolist() == list(range(2_000))
    assert len(index) == 2_000
    assert len(index._parts) < 8


def test_the_engine_has_the_same_digests(tmp_path: Path) -> None:
    """Of texts in any script, integers and booleans; a row whose key has a null has none."""
    columns = {"name": TEXT, "number": INTEGER, "is_new": BOOLEAN}
    rows = [
        {"name": "é 字", "number": -3, "is_new": True},
        {"name": "", "number": 2**62, "is_new": False},
        {"name": "b", "number": 1},
    ]
    data = data_of(tmp_path / "shelf", {"small/items": Table(columns)}, {"small/items": rows})
    found = data.arrays(digests_of(tuple(columns), "row", "small_items"))
    index = KeyIndex(found["low"], found["high"], found["number"])
    keys = [("é 字", -3, True), ("", 2**62, False), ("b", 1, None)]
    assert index.find(keys).tolist() == [1, 2, -1]

"""Trees of rows that name their parents, as small tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from locum.datasets.columns import TEXT
from locum.datasets.constraints import Constraints, Tree
from locum.engine.conditions import Checked
from locum.engine.tables import Table
from locum.engine.trees import broken, in_circles
from tests.oracles.small_tables import data_of

TREE = Tree("id", "parent", "root", same=("owner",))
NODES = Table(dict.fromkeys(("id", "parent", "root", "owner"), TEXT), constraints=Constraints())


def found(folder: Path, *nodes: str) -> list[tuple[str, list[int], bool]]:
    """What is wrong with nodes, each as its id, parent, root and owner, - for null: the column, the
    rows, and whether it is an error."""
    rows: list[dict[str, Any]] = [
        {
            name: None if value == "-" else value
            for name, value in zip(NODES.columns, node.split(), strict=True)
        }
        for node in nodes
    ]
    data = data_of(folder, {"small/nodes": NODES}, {"small/nodes": rows})
    checked = Checked("small/nodes", NODES)
    every = broken(data._engine._connection, checked, TREE)
    return [(each.column, each.rows, each.is_error) for each in every if each.rows]


def test_trees_are_right_in_any_order(tmp_path: Path) -> None:
    assert found(tmp_path, "c b a x", "b a a x", "a - a x", "d a a x", "e - e y") == []


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        (("a a a x",), [("parent", [1], True)]),
        (("r - r x", "a b r x", "b a r x"), [("parent", [2, 3], True)]),
        (("a c a x", "b a a x", "c b a x", "d c a x"), [("parent", [1, 2, 3], True)]),
        (("a - a x", "b a a x", "c z a x"), [("parent", [3], False)]),
        (("c z z x",), [("parent", [1], False), ("root", [1], False)]),
        (("a - a x", "b - b x", "c a b x"), [("parent", [3], True)]),
        (("a - a x", "b - a x"), [("root", [2], True)]),
        (("a - z x",), [("root", [1], False)]),
        (("a - a x", "b a a y"), [("owner", [2], False)]),
        (("a - a x", "b a - x", "c a a -"), []),
        # A root that is not there; and one that is in another's tree itself.
        (("a - a x", "b a a x", "c z b x"), [("parent", [3], False), ("root", [3], True)]),
    ],
)
def test_what_is_no_tree_is_found(
    tmp_path: Path, nodes: tuple[str, ...], expected: list[tuple[str, list[int], bool]]
) -> None:
    assert found(tmp_path, *nodes) == expected


def test_circles_are_found_and_not_what_leads_to_them() -> None:
    """4 → 3 → 2 → 1 → 3, 0 → 5, which has no parent: 1, 2 and 3 are their own ancestors."""
    child, parent = np.array([4, 3, 2, 1, 0]), np.array([3, 2, 1, 3, 5])
    assert in_circles(child, parent, 6).tolist() == [1, 2, 3]
    assert in_circles(child[4:], parent[4:], 6).tolist() == []
    assert in_circles(np.array([0]), np.array([0]), 1).tolist() == [0]


@pytest.mark.parametrize("length", [1, 2, 3, 64, 1000])
def test_a_circle_of_any_length_and_a_chain_of_it(length: int) -> None:
    every = np.arange(length)
    assert in_circles(every, np.roll(every, 1), length).tolist() == every.tolist()
    assert in_circles(every[1:], every[:-1], length).tolist() == []

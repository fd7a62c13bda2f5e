"""Trees of rows that name their parents: whether they are trees (statements in DuckDB's dialect)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import _duckdb as duckdb
import numpy as np
import numpy.typing as npt
from attrs import frozen

from locum.datasets.constraints import Tree
from locum.engine.conditions import Checked
from locum.engine.tables import quoted

Ints = npt.NDArray[Any]


@frozen
class Broken:
    """What is wrong with a column of the rows of these numbers, from 1, sorted."""

    column: str
    rows: list[int]
    expected: str
    is_error: bool = False
    fix: str = "mend the row, or leave it out"


def broken(
    connection: duckdb.DuckDBPyConnection, checked: Checked, tree: Tree
) -> Iterator[Broken]:
    """Find the rows by which a table, whose ids are unique, is no trees.

    Of a row whose parent is in its tree, the root is known when its parent's is. So the root is
    only looked for where there is no parent.
    """
    row = checked.table.row
    names = (tree.id, tree.parent, tree.root, *tree.same)
    columns = ", ".join(f"{quoted(name)} AS c{place}" for place, name in enumerate(names))
    rows = f"(SELECT {row} AS row, {columns} FROM {checked.relation})"
    same = "".join(
        f", own.c{place} IS DISTINCT FROM parent.c{place} AS differs{place}"
        for place in range(2, len(names))
    )
    found = connection.execute(
        f"SELECT own.row AS row, coalesce(parent.row, 0) AS parent{same} "
        f"FROM {rows} own LEFT JOIN {rows} parent ON parent.c0 = own.c1 WHERE own.c1 IS NOT NULL"
    ).fetchnumpy()
    own, parent = (np.asarray(found[name], dtype=np.int64) for name in ("row", "parent"))
    there = parent > 0
    circle = in_circles(own[there], parent[there], int(max(own.max(initial=0), parent.max(initial=0))) + 1)
    yield Broken(tree.parent, circle.tolist(), "no row that is its own ancestor", is_error=True)
    elsewhere = f"a parent in the same tree, with the same {tree.root}"
    differs = np.asarray(found["differs2"], dtype=np.bool_)
    yield Broken(tree.parent, _sorted(own[there & differs]), elsewhere, is_error=True)
    for place, name in enumerate(tree.same, 3):
        differs = np.asarray(found[f"differs{place}"], dtype=np.bool_)
        yield Broken(name, _sorted(own[there & differs]), "that of its parent")
    absent = _sorted(own[~there])
    yield Broken(tree.parent, absent, f"the {tree.id} of a row, or null in a root")
    yield from _roots(connection, rows, tree, absent)


def _roots(
    connection: duckdb.DuckDBPyConnection, rows: str, tree: Tree, orphans: list[int]
) -> Iterator[Broken]:
    """Find the rows without a parent whose root is not there, or is none."""
    found = connection.execute(
        f"SELECT own.row, root.row IS NULL, own.c1 IS NULL OR root.c2 IS DISTINCT FROM root.c0 "
        f"FROM {rows} own LEFT JOIN {rows} root ON root.c0 = own.c2 "
        "WHERE own.c2 IS NOT NULL AND own.c2 IS DISTINCT FROM own.c0 "
        "AND (own.c1 IS NULL OR own.row IN (SELECT unnest($orphans))) ORDER BY own.row",
        {"orphans": orphans},
    ).fetchall()
    absent = [row for row, is_absent, _ in found if is_absent]
    yield Broken(tree.root, absent, f"the {tree.id} of a row, the root of its tree")
    wrong = [row for row, is_absent, is_wrong in found if is_wrong and not is_absent]
    expected = f"the {tree.id} of the root of its tree; a root's own {tree.id}"
    yield Broken(tree.root, wrong, expected, is_error=True)


def _sorted(rows: Ints) -> list[int]:
    found: list[int] = np.sort(rows).tolist()
    return found


def in_circles(child: Ints, parent: Ints, size: int) -> Ints:
    """Return which of the rows 0 to `size` - 1 are their own ancestors, sorted, of the children
    with a parent each.

    Each row is given its parent, then its parent's parent, then that one's grandparent's, and so
    on (pointer jumping): so many steps reach further than any row is deep, and who then has an
    ancestor has one in a circle. Every row of a circle is some other's.
    """
    outside = size  # the parent of roots, and its own
    ancestor = np.full(size + 1, outside, dtype=np.int64)
    ancestor[child] = parent
    for _ in range(size.bit_length()):
        if (ancestor == outside).all():
            break
        ancestor = ancestor[ancestor]
    found = np.unique(ancestor)
    return found[found != outside]

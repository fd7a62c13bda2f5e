"""Rows that name their parents: whether they are trees (statements in DuckDB's dialect)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import _duckdb as duckdb
import numpy as np
import numpy.typing as npt

from locum.datasets.constraints import Tree
from locum.engine.conditions import Checked
from locum.engine.tables import quoted

Ints = npt.NDArray[Any]


class Broken(NamedTuple):
    """What is wrong with a column of the rows of these numbers, from 1, sorted."""

    column: str
    rows: list[int]
    expected: str
    is_error: bool = False
    fix: str = "mend the row, or leave it out"


def broken(connection: duckdb.DuckDBPyConnection, checked: Checked, tree: Tree) -> Iterator[Broken]:
    """Find the rows by which a table, whose ids are unique, is no trees.

    Of a row whose parent is in its tree, the root is known when its parent's is. So the root is
    only looked for where there is no parent. Nothing is looked for where hashes of 64 bits do not
    tell of it.
    """
    rows, like = _rows(checked, tree), ", ".join(("root", *map(quoted, tree.same)))
    own = f"(SELECT row, hash(parent, {like}) AS key FROM {rows} WHERE parent IS NOT NULL)"
    parent = f"(SELECT row, hash(id, {like}) AS key FROM {rows})"
    ((odd, is_unordered, strays),) = connection.execute(
        f"""
        SELECT count(*) - count(parent.row),
               min(own.row - parent.row) <= 0 AND max(own.row - parent.row) >= 0,
               (SELECT count(*) FROM {rows} WHERE parent IS NULL AND root <> id)
        FROM {own} own LEFT JOIN {parent} parent USING (key)
        """
    ).fetchall()
    if is_unordered:  # parents before and after their children, as in a circle
        yield _circles(connection, rows, tree)
    suspects = f"SELECT row FROM {own} ANTI JOIN {parent} USING (key)"
    if odd:
        yield from _parents(connection, rows, tree, suspects)
    if odd or strays:
        yield from _roots(connection, rows, tree, suspects)


def _parents(
    connection: duckdb.DuckDBPyConnection, rows: str, tree: Tree, suspects: str
) -> Iterator[Broken]:
    """Find the rows, among the suspects, whose parent is not there, or not like them."""
    columns = ("root", *map(quoted, tree.same))
    differ = [f"coalesce(own.{column} <> parent.{column}, false)" for column in columns]
    found = connection.execute(
        f"SELECT own.row, parent.row IS NULL, {', '.join(differ)} "
        f"FROM {rows} own SEMI JOIN ({suspects}) USING (row) "
        f"LEFT JOIN {rows} parent ON parent.id = own.parent "
        f"WHERE parent.row IS NULL OR {' OR '.join(differ)} "
        "ORDER BY own.row"
    ).fetchall()
    absent = [row for row, is_absent, *_ in found if is_absent]
    yield Broken(tree.parent, absent, f"the {tree.id} of a row, or null in a root")
    astray = [row for row, is_absent, differs, *_ in found if differs and not is_absent]
    elsewhere = f"a parent in the same tree, with the same {tree.root}"
    yield Broken(tree.parent, astray, elsewhere, is_error=True)
    for place, name in enumerate(tree.same, 3):
        unlike = [each[0] for each in found if each[place] and not each[1]]
        yield Broken(name, unlike, "that of its parent")


def _rows(checked: Checked, tree: Tree) -> str:
    """The relation of the rows with their numbers, the columns by what they are in the tree."""
    parts = {"id": tree.id, "parent": tree.parent, "root": tree.root}
    columns = {**parts, **dict(zip(map(quoted, tree.same), tree.same, strict=True))}
    chosen = ", ".join(f"{quoted(column)} AS {name}" for name, column in columns.items())
    return f"(SELECT {checked.table.row} AS row, {chosen} FROM {checked.relation})"


def _circles(connection: duckdb.DuckDBPyConnection, rows: str, tree: Tree) -> Broken:
    found = connection.execute(
        f"SELECT own.row, parent.row AS parent FROM {rows} own JOIN {rows} parent "
        "ON own.parent = parent.id"
    ).fetchnumpy()
    child, parent = (np.asarray(found[name], dtype=np.int64) for name in ("row", "parent"))
    size = int(max(child.max(initial=0), parent.max(initial=0))) + 1
    circle = in_circles(child, parent, size).tolist()
    return Broken(tree.parent, circle, "no row that is its own ancestor", is_error=True)


def _roots(
    connection: duckdb.DuckDBPyConnection, rows: str, tree: Tree, suspects: str
) -> Iterator[Broken]:
    """Find the rows without a parent, or without one that is there, whose root is not there, or is
    none."""
    alone = f"root <> id AND (parent IS NULL OR row IN ({suspects}))"
    wrong = "own.parent IS NULL OR root.root <> root.id"
    found = connection.execute(
        f"SELECT own.row, root.row IS NULL, {wrong} FROM (FROM {rows} WHERE {alone}) own "
        f"LEFT JOIN {rows} parent ON parent.id = own.parent "
        f"LEFT JOIN {rows} root ON root.id = own.root "
        f"WHERE parent.row IS NULL AND (root.row IS NULL OR {wrong}) ORDER BY own.row"
    ).fetchall()
    absent = [row for row, is_absent, _ in found if is_absent]
    yield Broken(tree.root, absent, f"the {tree.id} of a row, the root of its tree")
    none = [row for row, is_absent, is_wrong in found if is_wrong and not is_absent]
    expected = f"the {tree.id} of the root of its tree; a root's own {tree.id}"
    yield Broken(tree.root, none, expected, is_error=True)


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
    circles: Ints = found[found != outside]
    return circles

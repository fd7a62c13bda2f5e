"""What must hold of a table's rows beside the types of its columns. It is declared with the table;
`engine.checks` finds the rows that break it.

Errors are what makes answers meaningless: an id twice or missing, a tree that is none. All else is
a doubt, as exports of a part have it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attrs import field, frozen


@frozen
class Reference:
    """A value of `column`, if any, is the `key` of a row of `table`, and both rows have the same
    values in the columns `same`. `where` is a condition on the row (SQL): others refer to nothing.
    """

    column: str
    table: str
    key: str = "id"
    same: tuple[str, ...] = ()
    where: str = "TRUE"


@frozen
class Tree:
    """Rows are trees: `parent` is the `id` of another row, or null in the root, whose id is the
    `root` of all rows of its tree. They have the same values in the columns `same`."""

    id: str
    parent: str
    root: str
    same: tuple[str, ...] = ()


@frozen
class Value:
    """What a value of a column must be: in words, and as a condition that holds of the others or is
    null (SQL)."""

    column: str
    expected: str
    holds: str
    is_error: bool = False


@frozen(kw_only=True)
class Constraints:
    """What holds of a table.

    - `required` columns are never null, no two rows are equal in all columns of one of `unique`
      (null is equal to nothing), `objects`, JSON columns, hold nothing else, and the rows make a
      `tree`: else it is an error.
    - What the table's `select` cannot read stops the loading: `readable` tells which values of the
      file's columns it can.
    - Of `expected` columns none is null; rows equal in `distinct` columns are no use twice.
    - `references` lead to rows; the column `tenant` has tenants whose data a key opens.
    - `known` are the values of a column. `amounts`, integers or maps of them, are 0 or more, and so
      that a double holds each column's sum exactly. `order` has pairs of times, the earlier first.
      `values` are further conditions, over the columns of the engine's table, and may be errors.
    - Values of the columns `secret` are never shown.
    """

    required: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    tree: Tree | None = None
    readable: tuple[Value, ...] = ()
    expected: tuple[str, ...] = ()
    distinct: tuple[tuple[str, ...], ...] = ()
    references: tuple[Reference, ...] = ()
    tenant: str | None = None
    known: Mapping[str, Collection[str]] = field(factory=dict)
    amounts: tuple[str, ...] = ()
    order: tuple[tuple[str, str], ...] = ()
    objects: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    secret: tuple[str, ...] = ()

    @property
    def columns(self) -> set[str]:
        """The columns of the table that are named."""
        tree = self.tree and (self.tree.id, self.tree.parent, self.tree.root, *self.tree.same)
        return {
            *(*self.required, *self.expected, *self.amounts, *self.objects, *self.secret),
            *(column for group in (*self.unique, *self.distinct, *self.order) for column in group),
            *(column for each in self.references for column in (each.column, *each.same)),
            *(each.column for each in (*self.readable, *self.values)),
            *(tree or ()),
            *self.known,
            *filter(None, (self.tenant,)),
        }

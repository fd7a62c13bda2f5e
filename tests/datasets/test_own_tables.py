"""Tables that a folder declares itself: what a tables.yaml may say, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from locum.datasets.constraints import Constraints, Reference, Tree, Value
from locum.datasets.own_tables import _FORMS, OwnTable, folders, read

EVERYTHING = """\
orders:
  columns: {id: text, parent: text, root: text, shop: text, cents: integer, note: json,
            a: time, b: time}
  required: [id]
  unique: [id, [shop, cents]]
  tree: {id: id, parent: parent, root: root, same: [shop]}
  expected: [shop]
  distinct: [[cents]]
  references: [{column: shop, table: shops, key: code}]
  tenant: shop
  known: {shop: [a, b]}
  amounts: [cents]
  order: [[a, b]]
  objects: [note]
  values: [{column: cents, expected: an even number, holds: cents % 2 = 0, is_error: true}]
  secret: [note]
shops:
  columns: {code: text}
"""


def told(folder: Path, text: str) -> list[tuple[int | None, str]]:
    file = folder / "tables.yaml"
    file.write_text(text, encoding="utf-8")
    _, findings = read(file)
    assert all(each.is_error for each in findings)
    return [(each.row, each.message) for each in findings]


def test_a_table_has_columns_and_whatever_holds_of_them(tmp_path: Path) -> None:
    (tmp_path / "tables.yaml").write_text(EVERYTHING, encoding="utf-8")
    tables, findings = read(tmp_path / "tables.yaml")
    assert findings == []
    assert tables["shops"] == OwnTable({"code": "text"})
    assert tables["orders"].constraints == Constraints(
        required=("id",),
        unique=(("id",), ("shop", "cents")),
        tree=Tree("id", "parent", "root", ("shop",)),
        expected=("shop",),
        distinct=(("cents",),),
        references=(Reference("shop", "shops", "code"),),
        tenant="shop",
        known={"shop": ("a", "b")},
        amounts=("cents",),
        order=(("a", "b"),),
        objects=("note",),
        values=(Value("cents", "an even number", "cents % 2 = 0", is_error=True),),
        secret=("note",),
    )


def test_every_constraint_but_that_of_a_select_can_be_declared() -> None:
    assert {field.name for field in attrs.fields(Constraints)} - _FORMS.keys() == {"readable"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("orders: [", 1, "is no YAML: expected the node content, but found '<stream end>'"),
        ("", 1, "found None, expected a map from tables to what they have"),
        ("a:\n  columns: {x: text}\nb: 5\n", 3, "b: found 5, expected a map from texts"),
        ("a:\n  columns: {x: text,\n    x: time}\n", 3, "'x' stands there twice"),
        ("a: {columns: {x: text}}\na: {columns: {y: text}}\n", 2, "'a' stands there twice"),
        ("a: {}\n", 1, "a: found no columns, expected a map from columns to types"),
        ("1: {columns: {x: text}}\n", 1, "1: found a name that is no text, expected one in quotes"),
        (
            "a:\n  columns:\n    x: text\n    y: integr\n",
            4,
            (
                "a.columns.y: found 'integr', expected one of text, integer, boolean, time, json, "
                "list of text, map of text, map of integers, number; did you mean integer?"
            ),
        ),
        (
            "a:\n  columns: {row: text}\n",
            2,
            "a.columns.row: found a column row, which counts rows in every table",
        ),
        (
            "a:\n  columns: {x: text}\n  require: [x]\n",
            3,
            (
                "a.require: found require, expected one of columns, required, unique, tree, "
                "expected, distinct, references, tenant, known, amounts, order, objects, values, "
                "secret; "
                "did you mean required?"
            ),
        ),
        (
            "a:\n  columns: {price: text}\n  required: [prise]\n",
            3,
            "a.required: names the column prise, which a has not; did you mean price?",
        ),
        (
            "shops:\n  columns: {x: text}\n  references:\n  - {column: x, table: shop}\n",
            4,
            (
                "shops.references.0: names the table shop, which is not declared here; "
                "did you mean shops?"
            ),
        ),
        (
            "a:\n  columns: {x: text}\n  references: [{column: x}]\n",
            3,
            "a.references.0: found no table, expected column, table, key, same, where",
        ),
        (
            "a:\n  columns: {x: time}\n  order: [[x]]\n",
            3,
            "a.order.0: found ['x'], expected two columns",
        ),
        ("a:\n  columns: {x: text}\n  required: x\n", 3, "a.required: found 'x', expected a list"),
        (
            "a:\n  columns: {x: text}\n  known: {x: [1]}\n",
            3,
            "a.known.x.0: found 1, expected a text",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    assert told(tmp_path, text) == [(line, message)]


def test_each_table_that_is_wrong_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    file = tmp_path / "tables.yaml"
    file.write_text("a: 1\nb: {columns: {x: text}}\nc: 2\n", encoding="utf-8")
    tables, findings = read(file)
    assert list(tables) == ["b"]
    assert [each.row for each in findings] == [1, 3]


def test_the_folder_of_a_table_is_its_providers_name() -> None:
    assert folders(["keys", "shop/orders", "shop/old/items"]) == {"shop"}

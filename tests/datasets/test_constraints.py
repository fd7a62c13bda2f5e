"""What must hold of tables is declared."""

from __future__ import annotations

from locum.datasets.constraints import Constraints, Reference, Tree, Value


def test_the_columns_that_are_named_are_known() -> None:
    """By each field; those of other tables are not among them."""
    named = Constraints(
        required=("a",),
        unique=(("b", "c"),),
        tree=Tree("d", "e", "f", same=("g",)),
        readable=(Value("h", "", ""),),
        expected=("i",),
        distinct=(("j",),),
        references=(Reference("k", "other", key="x", same=("l",)),),
        tenant="m",
        known={"n": ("y",)},
        amounts=("o",),
        order=(("p", "q"),),
        objects=("r",),
        values=(Value("s", "", ""),),
        secret=("t",),
    )
    assert named.columns == set("abcdefghijklmnopqrst")
    assert Constraints().columns == set()

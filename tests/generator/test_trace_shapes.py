"""Shapes of traces are read as trees."""

from __future__ import annotations

import pytest

from locum.generator import recipe_loader
from locum.generator.trace_shapes import Shapes, nodes


def test_a_shape_is_read_as_a_tree() -> None:
    """The second call stands in a chain of the root; the first always fails."""
    tree = "chain root\n  llm! try it\n  chain again\n    llm try it\n  tool end\n"
    found = nodes(tree)
    assert [node.parent for node in found] == [-1, 0, 0, 2, 0]
    assert [node.depth for node in found] == [0, 1, 1, 2, 1]
    assert [node.fails for node in found] == [False, True, False, False, False]
    assert found[3].path == "/root/again/try it"


@pytest.mark.parametrize(
    "tree",
    ["", "  llm indented", "llm a\nllm two roots", "chain a\n    llm deep", "chain a\n llm o"],
)
def test_what_is_no_tree_is_refused(tree: str) -> None:
    with pytest.raises(ValueError, match=r"llm|root|line"):
        nodes(tree)


def test_shapes_know_their_leaves() -> None:
    """support-order: the second call stands in compose-answer, which is the fourth run."""
    shapes = Shapes(recipe_loader.find("tiny").shapes)
    order = shapes.names.index("support-order")
    found = shapes.of[order]
    assert [node.parent for node in found] == [-1, 0, 0, 0, 3, 3, 3]
    assert [node.depth for node in found] == [0, 1, 1, 1, 2, 2, 2]
    assert found[5].path == "/support-agent/compose-answer/reply"
    assert shapes.leaves(order) == [1, 2, 4, 5, 6]


def test_the_nodes_of_all_shapes_are_one_array() -> None:
    """Two shapes, of one and of three runs: the second begins at node 1."""
    shapes = Shapes({"one": "llm a", "three": "chain a\n  tool b\n  llm c"})
    assert (shapes.sizes.tolist(), shapes.offsets.tolist()) == ([1, 3], [0, 1])
    assert shapes.run_types.tolist() == ["llm", "chain", "tool", "llm"]
    assert shapes.is_llm.tolist() == [True, False, False, True]
    assert shapes.of_type(1, "tool", "llm") == [1, 2]

"""The shapes of a recipe, node by node."""

from __future__ import annotations

from locum.generator.trace_shapes import Shapes
from tests.oracles.drawn import TINY


def test_a_shape_is_read_as_a_tree() -> None:
    """support-order: the second call stands in compose-answer, which is the fourth run."""
    shapes = Shapes(TINY.shapes)
    order = shapes.names.index("support-order")
    nodes = shapes.of[order]
    assert [node.parent for node in nodes] == [-1, 0, 0, 0, 3, 3, 3]
    assert [node.depth for node in nodes] == [0, 1, 1, 1, 2, 2, 2]
    assert nodes[5].path == "/support-agent/compose-answer/reply"
    assert shapes.leaves(order) == [1, 2, 4, 5, 6]

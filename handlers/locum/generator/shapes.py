"""The shapes of a recipe, node by node, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from locum.generator.trees import Node, nodes


class Shapes:
    """All nodes in one line: node k of shape s is `nodes[offsets[s] + k]`."""

    def __init__(self, trees: Mapping[str, str]) -> None:
        self.names = tuple(trees)
        self.of = tuple(nodes(tree) for tree in trees.values())
        self.nodes: tuple[Node, ...] = tuple(node for shape in self.of for node in shape)
        self.sizes = np.array([len(shape) for shape in self.of])
        self.offsets = np.cumsum(self.sizes) - self.sizes
        self.parents = self.column("parent")
        self.depths = self.column("depth")
        self.fails = self.column("fails")
        self.run_types = self.column("run_type")
        self.is_llm = self.run_types == "llm"

    def column(self, name: str) -> Any:
        """An attribute of all nodes, as an array."""
        return np.array([getattr(node, name) for node in self.nodes])

    def leaves(self, shape: int) -> list[int]:
        """The shape's nodes without children: where a failure begins."""
        parents = {node.parent for node in self.of[shape]}
        return [k for k in range(len(self.of[shape])) if k not in parents]

    def of_type(self, shape: int, *run_types: str) -> list[int]:
        """The shape's nodes of the given run types, in the order in which they start."""
        return [k for k, node in enumerate(self.of[shape]) if node.run_type in run_types]

"""Shapes of traces, read from their texts: which runs one turn of an application makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import frozen

RUN_TYPES = ("chain", "llm", "tool", "retriever", "embedding", "prompt", "parser")
_INDENT = 2


@frozen
class Node:
    """One run of a shape. `parent` is an index into the shape's nodes, -1 for the root; `path` is
    the names from the root down, joined by slashes; `fails` means that it always does, and what
    follows goes on."""

    run_type: str
    name: str
    depth: int
    parent: int
    path: str
    fails: bool


def nodes(tree: str) -> tuple[Node, ...]:
    """Return the runs of a shape, one a line, indented below their parents, in the order of the
    lines.

    Raises ValueError with what is expected of the first line that is none of that.
    """
    found: list[Node] = []
    for number, line in enumerate(tree.splitlines(), 1):
        run_type, _, name = line.strip().partition(" ")
        fails, run_type = run_type.endswith("!"), run_type.removesuffix("!")
        if run_type not in RUN_TYPES or not name:
            raise ValueError(f"a type and a name in line {number}, of {', '.join(RUN_TYPES)}")
        depth, odd = divmod(len(line) - len(line.lstrip()), _INDENT)
        parent = max((i for i, node in enumerate(found) if node.depth == depth - 1), default=-1)
        if odd or depth > (found[-1].depth + 1 if found else 0) or (depth == 0 and found):
            raise ValueError(f"one root, and line {number} two spaces below its parent")
        path = f"{found[parent].path if found else ''}/{name}"
        found.append(Node(run_type, name, depth, parent, path, fails))
    if not any(node.run_type == "llm" for node in found):
        raise ValueError("an llm run")
    return tuple(found)


class Shapes:
    """The shapes of a recipe as arrays over all nodes: node k of shape s is
    `nodes[offsets[s] + k]`."""

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
        """Return an attribute of all nodes, as an array."""
        return np.array([getattr(node, name) for node in self.nodes])

    def leaves(self, shape: int) -> list[int]:
        """Return the shape's nodes without children: where a failure begins."""
        parents = {node.parent for node in self.of[shape]}
        return [k for k in range(len(self.of[shape])) if k not in parents]

    def of_type(self, shape: int, *run_types: str) -> list[int]:
        """Return the shape's nodes of the given run types, in the order in which they start."""
        return [k for k, node in enumerate(self.of[shape]) if node.run_type in run_types]

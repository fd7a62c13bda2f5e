"""Shapes of a trace: which runs one turn of an application makes, as trees."""

from __future__ import annotations

import numpy as np
from attrs import frozen

# One run a line, indented below its parent, in the order in which the runs start. An `llm` line
# names the call's role; the run itself is named after the client class of its model.
_TREES = {
    "support-answer": """
        chain support-agent
          retriever search-help-center
            embedding embed-question
          prompt answer-prompt
          llm reply
          parser reply-parser""",
    "support-order": """
        chain support-agent
          llm plan
          tool lookup_order
          chain compose-answer
            prompt answer-prompt
            llm reply
            parser reply-parser""",
    "support-small-talk": """
        chain support-agent
          llm reply""",
    "sql-query": """
        chain sql-copilot
          retriever find-tables
          chain write-sql
            prompt sql-prompt
            llm draft
            parser sql-parser
          tool run_query
          llm reply""",
    "sql-explain": """
        chain sql-copilot
          prompt explain-prompt
          llm reply""",
    "voice-note": """
        chain transcribe-note
          tool fetch_audio
          llm reply""",
    "tag": """
        llm tag""",
    "evaluate": """
        chain sql-copilot
          llm draft
          parser sql-parser""",
    "note": """
        chain notes-app
          llm reply""",
}


@frozen
class Node:
    """One run of a shape. `parent` is an index into the shape's nodes, -1 for the root; `path` is
    the names from the root down, joined by slashes."""

    run_type: str
    name: str
    depth: int
    parent: int
    path: str


def _nodes(tree: str) -> tuple[Node, ...]:
    lines = [line for line in tree.splitlines() if line.strip()]
    margin = len(lines[0]) - len(lines[0].lstrip())
    nodes: list[Node] = []
    for line in lines:
        depth = (len(line) - len(line.lstrip()) - margin) // 2
        parent = max((i for i, node in enumerate(nodes) if node.depth == depth - 1), default=-1)
        run_type, name = line.split()
        path = f"{nodes[parent].path if nodes else ''}/{name}"
        nodes.append(Node(run_type, name, depth, parent, path))
    return tuple(nodes)


NAMES = tuple(_TREES)
SHAPES = tuple(_nodes(tree) for tree in _TREES.values())

# All nodes in one line: node k of shape s is NODES[OFFSETS[s] + k].
NODES = tuple(node for shape in SHAPES for node in shape)
SIZES = np.array([len(shape) for shape in SHAPES])
OFFSETS = np.cumsum(SIZES) - SIZES
PARENTS = np.array([node.parent for node in NODES])
DEPTHS = np.array([node.depth for node in NODES])
IS_LLM = np.array([node.run_type == "llm" for node in NODES])


def leaves(shape: int) -> list[int]:
    """The shape's nodes without children: where a failure begins."""
    parents = {node.parent for node in SHAPES[shape]}
    return [k for k in range(len(SHAPES[shape])) if k not in parents]


def of_type(shape: int, *run_types: str) -> list[int]:
    """The shape's nodes of the given run types, in the order in which they start."""
    return [k for k, node in enumerate(SHAPES[shape]) if node.run_type in run_types]

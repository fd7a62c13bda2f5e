"""A shape of a trace, read from its text: which runs one turn of an application makes."""

from __future__ import annotations

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
    """The runs of a shape, one a line, indented below their parents, in the order of the lines.

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

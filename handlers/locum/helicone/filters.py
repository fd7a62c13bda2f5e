"""Helicone's filter tree as a SQL condition over `helicone_requests`.

A node is "all", {} (both true), a branch {left, operator, right}, or a leaf
{table: {column: {operator: value}}}, as @helicone-package/filters reads it: both tables of a leaf
must hold, and of each the first column and its first operator count.
"""

from __future__ import annotations

from typing import Any

from locum.engine.data import Parameters
from locum.exceptions import UpstreamFault
from locum.helicone import filter_columns as columns
from locum.helicone.filter_conditions import TRUE, Condition, joined

Node = Any  # a JSON value that the document's SessionFilterNode admits


def where(tree: Node, parameters: Parameters) -> str:
    """The condition, its values added to the parameters.

    Raises UpstreamFault where the vendor's server fails: a leaf without an operator ("Invalid
    operator …"), before anything else; then a column that the database lacks, an operator that a
    column's type does not have, a text that is no UUID or no number, a date that is none, and a
    pattern that ends in a backslash ("No request count found").
    """
    waiting, nodes = [tree], []
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        if _is_branch(node):
            waiting += [node["left"], node["right"]]
    done: list[Condition] = []
    for node in reversed(nodes):  # left before right, and both before their branch
        if _is_branch(node):
            right, left = done.pop(), done.pop()
            done.append(joined(node["operator"], left, right))
        else:
            done.append(_leaf({} if node == "all" else node))
    (whole,) = done
    if whole.failure:
        raise not_run()
    return whole.term().render(parameters)


def not_run() -> UpstreamFault:
    """What the vendor's server answers where its database does not run the statement."""
    return UpstreamFault(500, {"data": None, "error": "No request count found"})


def _is_branch(node: Node) -> bool:
    return isinstance(node, dict) and "left" in node


def _leaf(leaf: dict[str, Any]) -> Condition:
    conditions = [
        columns.of_request(first) if table == "request_response_rmt" else columns.of_session(first)
        for table, first in leaf.items()
    ]
    return joined("and", TRUE, *conditions)

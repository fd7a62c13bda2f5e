"""Helicone's filter tree as a SQL condition over `helicone_requests`.

A node is "all", {} (both true), a branch {left, operator, right}, or a leaf
{table: {column: {operator: value}}}, as @helicone-package/filters reads it: all tables of a leaf
must hold, and of each the first column and its first operator count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve

from locum.engine.data import Parameters
from locum.exceptions import UpstreamFault
from locum.helicone import filter_columns as columns
from locum.helicone.errors import returned
from locum.helicone.filter_conditions import BAD_VALUE, TRUE, Condition, joined

Node = Any  # a JSON value that the document's SessionFilterNode or RequestFilterNode admits
Leaf = dict[str, dict[str, Any]]  # of a leaf, its tables


def where(tree: Node, parameters: Parameters) -> str:
    """The condition, its values added to the parameters.

    Raises UpstreamFault where the vendor's server fails: a leaf without an operator ("Invalid
    operator …"), before anything else; then a column that the database lacks, an operator that a
    column's type does not have, a text that is no UUID or no number, a date that is none, and a
    pattern that ends in a backslash ("No request count found").
    """
    whole = condition(tree)
    if whole.failure:
        raise not_run()
    return whole.term().render(parameters)


def condition(tree: Node, of_leaf: Callable[[Leaf], Condition] | None = None) -> Condition:
    """The condition of the tree, whose leaves `of_leaf` reads, by default as conditions of
    requests. Raises UpstreamFault for a leaf without an operator."""
    read = of_leaf or of_requests
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
            done.append(read({} if node == "all" else node))
    (whole,) = done
    return whole


def not_run() -> UpstreamFault:
    """What the vendor's server answers to a request for metrics where its database does not run the
    statement."""
    return returned("No request count found")


def fault(failed: Condition) -> UpstreamFault:
    """What other operations answer to a filter that the database does not run: in production its
    database's own text, here our own."""
    what = "cannot read the value for" if failed.failure == BAD_VALUE else "cannot compare"
    return returned(f"filter: the database {what} {failed.column}")


def _is_branch(node: Node) -> bool:
    return isinstance(node, dict) and "left" in node


_TABLES = {
    "request_response_rmt": columns.of_request,
    "sessions_request_response_rmt": columns.of_session,
}


def of_requests(leaf: Leaf) -> Condition:
    """The condition of a leaf over requests."""
    conditions = [
        named(_TABLES.get(table, columns.of_other)(first), table, first)
        for table, first in leaf.items()
    ]
    return joined("and", TRUE, *conditions)


def named(found: Condition, table: str, first: dict[str, Any]) -> Condition:
    """The condition, where it fails with the name of the column that it fails for."""
    if not found.failure:
        return found
    return evolve(found, column=f"{table}.{next(iter(first), '')}")

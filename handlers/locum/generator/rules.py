"""Rules that hold of every generated dataset: those of each provider, and those between providers.

A rule is a statement over the tables of `plain_tables` that gives the rows which break it: the
row's id, and what was found there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from locum.openapi import reader
from locum.provider import Rule, WorldTables
from locum.resources import bundled


def refers(table: str, column: str, to: str, key: str = "id", name: str = "id") -> Rule:
    """Return the rule that a value of the column, if any, is one of the other table's `key`; the
    rows of the table are told apart by the column `name`."""
    here, there = table.replace("/", "_"), to.replace("/", "_")
    where = f"{column} IS NOT NULL AND {column} NOT IN (SELECT {key} FROM {there})"
    select = f"SELECT {name}, {column} FROM {here} WHERE {where}"
    return Rule(table, column, f"a {key} of {to}", select)


def in_range(table: str, column: str, expected: str, broken: str, name: str = "id") -> Rule:
    """Return the rule that no row of the table is as the condition `broken` says."""
    here = table.replace("/", "_")
    return Rule(table, column, expected, f"SELECT {name}, {column} FROM {here} WHERE {broken}")


def rules(worlds: Mapping[str, WorldTables]) -> Iterator[Rule]:
    """Give the rules of all these providers, and those between them (fixtures/agreement.yaml)."""
    for world in worlds.values():
        yield from world.rules
    for agreement in reader.read(bundled("fixtures") / "agreement.yaml")["agreements"]:
        if worlds.keys() >= set(agreement["between"]):
            yield from (Rule(**rule) for rule in agreement["rules"])

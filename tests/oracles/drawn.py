"""Rows that the generator draws, as all installed providers see them."""

from __future__ import annotations

from typing import Any

from locum.generator import recipe_loader, tables, world
from locum.generator.random_streams import Streams
from locum.generator.recipe import Recipe
from tests.oracles.bundled import PROVIDERS

TINY = recipe_loader.find("tiny")
Rows = dict[str, list[dict[str, Any]]]


def drawn(recipe: Recipe = TINY, streams: Streams | None = None) -> Rows:
    """The rows of every table of the recipe's dataset, drawn from its seed or other streams."""
    rows = tables.rows(world.build(recipe, streams), PROVIDERS)
    return {table: [dict(row) for row in found] for table, found in rows.items()}

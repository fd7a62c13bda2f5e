"""All tables of a generated dataset: the keys, and what each provider sees of the world."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from locum.datasets.columns import KEYS
from locum.generator import tenants
from locum.generator.recipe import Recipe
from locum.generator.world import World
from locum.provider import Provider, Row, WorldTables


def worlds(providers: Sequence[Provider]) -> dict[str, WorldTables]:
    """Return the tables of the world of each provider that has some, by the provider's name."""
    return {each.name: each.world() for each in providers if each.world is not None}


def rows(world: World, providers: Sequence[Provider]) -> dict[str, Iterator[Row]]:
    """Return the rows of every table, drawn as they are read."""
    seen = worlds(providers)
    made: dict[str, Iterator[Row]] = {KEYS: _keys(world.recipe, seen)}
    for each in seen.values():
        made |= each.rows(world)
    return made


def sizes(world: World, providers: Sequence[Provider]) -> dict[str, int]:
    """Return how many rows the large tables will have."""
    return {
        table: size
        for each in worlds(providers).values()
        for table, size in each.sizes(world).items()
    }


def _keys(recipe: Recipe, providers: Collection[str]) -> Iterator[Row]:
    """Each key of the recipe's tenants, for all providers."""
    opened = {tenants.TENANTS[name] for name in recipe.tenants}
    for key, tenant, access in tenants.KEYS:
        for provider in providers if tenant in opened else ():
            yield {"key": key, "provider": provider, "tenant_id": tenant, "access": access}

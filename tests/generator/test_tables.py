"""All tables of a generated dataset: the keys, and those of the providers that see its world."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from attrs import evolve

from locum.datasets.columns import INTEGER, TEXT
from locum.engine.tables import Table
from locum.generator import tables, writer
from locum.generator.recipe import Recipe
from locum.generator.world import World, build
from locum.provider import Provider, Row, WorldTables
from tests.oracles.bundled import GENERATED, PROVIDERS, TABLES, find
from tests.oracles.drawn import TINY, drawn


def widgets(world: World) -> Iterator[Row]:
    for number, id_ in enumerate(world.run_ids):
        yield {"id": id_, "place": number}


ACME = Provider(
    name="acme",
    tables={"acme/widgets": Table({"id": TEXT, "place": INTEGER})},
    world=lambda: WorldTables(
        lambda world: {"acme/widgets": widgets(world)},
        lambda world: {"acme/widgets": len(world.run_ids)},
    ),
)
WORLDLESS = Provider(name="plain", tables={"plain/rows": Table({"id": TEXT})})


def test_tables_are_in_the_order_of_their_providers() -> None:
    assert list(tables.rows(build(TINY), PROVIDERS)) == list(GENERATED)


def test_each_provider_has_every_key() -> None:
    rows = [tuple(row.values()) for row in tables.rows(build(TINY), [ACME, WORLDLESS])["keys"]]
    demo, other = (
        f"{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{digit * 12}" for digit in "12"
    )
    assert rows == [
        ("locum-demo-key", "acme", demo, "rw"),
        ("locum-read-key", "acme", demo, "r"),
        ("locum-other-key", "acme", other, "rw"),
    ]


UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UUID_VERSION_5 = re.compile(".{14}5")


def lines(recipe: Recipe) -> list[str]:
    return [json.dumps([table, row]) for table, rows in drawn(recipe).items() for row in rows]


def test_another_world_has_other_ids_and_nothing_else() -> None:
    """Of tiny: 8 projects, 3 datasets, 2 share tokens, 15 examples and the demo thread."""
    others: dict[str, str] = {}
    for here, there in zip(lines(TINY), lines(evolve(TINY, world="mine")), strict=True):
        assert UUID.sub("", here) == UUID.sub("", there)
        for id_, other in zip(UUID.findall(here), UUID.findall(there), strict=True):
            assert others.setdefault(id_, other) == other
    assert len(set(others.values())) == len(others)
    changed = [id_ for id_, other in others.items() if other != id_]
    assert len(changed) == 8 + 3 + 2 + 15 + 1


def test_two_recipes_of_a_world_share_its_ids_alone() -> None:
    """Where only the name is another: 250 runs, their feedback and 20 threads have other ids."""
    here, there = (
        {id_ for line in lines(evolve(TINY, name=name)) for id_ in UUID.findall(line)}
        for name in ("tiny", "other")
    )
    shared = {id_ for id_ in here & there if UUID_VERSION_5.match(id_)}
    assert len(shared) == 8 + 3 + 2 + 15 + 1


def test_a_recipe_without_projects_of_the_other_tenant_has_none_of_it() -> None:
    projects = {key: each for key, each in TINY.projects.items() if each.tenant == "demo"}
    found = drawn(evolve(TINY, projects=projects))
    assert not any("22222222-2222" in json.dumps(row) for rows in found.values() for row in rows)
    assert {row["key"] for row in found["keys"]} == {"locum-demo-key", "locum-read-key"}
    names = [row["name"] for row in found["langsmith/datasets"]]
    assert names == ["sql-questions", "support-regressions"]
    assert len(found["langsmith/examples"]) == 10 + 3
    assert len(found["langsmith/runs"]) == 250


def test_another_provider_sees_the_same_world(tmp_path: Path) -> None:
    """And nothing changes for those that are there without it."""
    rows = tables.rows(build(TINY), [*PROVIDERS, ACME, WORLDLESS])
    assert list(rows) == [*GENERATED, "acme/widgets"]
    columns = {**TABLES, "acme/widgets": ACME.tables["acme/widgets"].columns}
    manifest = writer.write(TINY, rows, tmp_path, columns)
    before = find("tiny")
    assert manifest["rows"] == before.manifest["rows"] | {"keys": 9, "acme/widgets": 250}
    for table, file in before.files.items():
        if table != "keys":
            assert (tmp_path / "tiny" / f"{table}.jsonl").read_bytes() == file.read_bytes()


def test_sizes_are_those_of_the_large_tables() -> None:
    sizes = tables.sizes(build(TINY), [*PROVIDERS, ACME, WORLDLESS])
    assert sizes == {"langsmith/runs": 250, "helicone/requests": 80, "acme/widgets": 250}

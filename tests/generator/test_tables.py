"""All tables of a generated dataset: the keys, and those of the providers that see its world."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from locum.datasets.columns import INTEGER, TEXT
from locum.engine.tables import Table
from locum.generator import tables, writer
from locum.generator.world import World, build
from locum.provider import Provider, Row, WorldTables
from tests.oracles.bundled import PROVIDERS, TABLES, find
from tests.oracles.drawn import TINY


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
    assert list(tables.rows(build(TINY), PROVIDERS)) == list(TABLES)


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


def test_another_provider_sees_the_same_world(tmp_path: Path) -> None:
    """And nothing changes for those that are there without it."""
    rows = tables.rows(build(TINY), [*PROVIDERS, ACME, WORLDLESS])
    assert list(rows) == [*TABLES, "acme/widgets"]
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

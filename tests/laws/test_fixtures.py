"""The committed files are what the data dictionary and their manifests say."""

from __future__ import annotations

import re
import uuid

import duckdb
import orjson
import pytest

from locum.datasets import dataset as datasets
from locum.datasets import logical_hash
from locum.resources import bundled
from tests.oracles.bundled import GENERATED, TABLES, data_of, find
from tests.oracles.fixture_rows import DEMO, NOW, Tables, by, read


@pytest.fixture(scope="module", params=datasets.names())
def dataset(request: pytest.FixtureRequest) -> datasets.Dataset:
    return find(request.param)


@pytest.fixture(scope="module")
def tables(dataset: datasets.Dataset) -> Tables:
    return read(dataset)


@pytest.fixture(scope="module", params=["tiny", "default"])
def busy(request: pytest.FixtureRequest) -> Tables:
    """Datasets that have something of everything."""
    return read(find(request.param))


def dictionary() -> dict[str, dict[str, str]]:
    """The tables of the data dictionary: column and type, as fixtures/README.md has them."""
    text = (bundled("fixtures") / "README.md").read_text()
    sections = re.split(r"^### `([\w/]+)`.*$", text, flags=re.MULTILINE)[1:]
    return {
        table: dict(re.findall(r"^\| `(\w+)` \| ([\w ]+?) *\|", body, flags=re.MULTILINE))
        for table, body in zip(sections[::2], sections[1::2], strict=True)
    }


def test_the_dictionary_describes_exactly_the_columns_in_their_order() -> None:
    described = {table: list(columns.items()) for table, columns in dictionary().items()}
    assert described == {t: list(columns.items()) for t, columns in TABLES.items()}


def test_the_dictionary_says_where_a_column_is_null(busy: Tables) -> None:
    """A dash in the last cell: in no row; else: in some. The small dataset has every such row."""
    text = (bundled("fixtures") / "README.md").read_text()
    for section in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        rows = busy.get(section.split("`")[1], [])  # what is taken in has none
        for column, rule in re.findall(r"^\| `(\w+)` \|.*\| (.+) \|$", section, flags=re.MULTILINE):
            found = any(row.get(column) is None for row in rows)
            assert found == (rule != "-"), column


def test_files_hold_exactly_the_columns_in_their_order(dataset: datasets.Dataset) -> None:
    assert list(dataset.files) == list(GENERATED)
    for table, file in dataset.files.items():
        columns = list(GENERATED[table])
        if file.suffix == ".jsonl":
            for line in file.read_bytes().splitlines():
                assert list(orjson.loads(line)) == columns
        else:
            described = duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(file)])
            assert [name for name, *_ in described.fetchall()] == columns


def test_parquet_columns_have_the_types_of_the_dictionary() -> None:
    """JSON and times are texts in a Parquet file, so that any reader can open it."""
    types = {
        "text": "VARCHAR",
        "time": "VARCHAR",
        "json": "VARCHAR",
        "integer": "BIGINT",
        "boolean": "BOOLEAN",
        "list of text": "VARCHAR[]",
        "map of text": "MAP(VARCHAR, VARCHAR)",
        "map of integers": "MAP(VARCHAR, BIGINT)",
    }
    for table, file in find("default").files.items():
        if file.suffix == ".parquet":
            described = duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(file)])
            found = {name: kind for name, kind, *_ in described.fetchall()}
            expected = {name: types[kind] for name, kind in GENERATED[table].items()}
            assert found == expected


def test_the_manifest_tells_the_rows_and_the_hash(
    dataset: datasets.Dataset, tables: Tables
) -> None:
    manifest = dataset.manifest
    assert manifest["name"] == dataset.name
    assert manifest["now"] == (
        "2025-01-10T00:00:00.000000Z" if dataset.name == "time-edges" else NOW
    )
    assert manifest["rows"] == {table: len(rows) for table, rows in tables.items()}
    assert manifest["logical_hash"] == logical_hash.of_dataset(dataset)


def test_sizes() -> None:
    def size(name: str) -> int:
        folder = bundled("fixtures") / name
        return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())

    assert find("tiny").manifest["rows"]["langsmith/runs"] == 250
    assert find("default").manifest["rows"]["langsmith/runs"] == 10_000
    assert size("tiny") < 1_000_000
    assert size("default") < 3_000_000


def test_the_engine_loads_every_row(dataset: datasets.Dataset) -> None:
    engine = data_of(dataset)
    for table, loaded in (("langsmith/runs", "runs"), ("helicone/requests", "helicone_requests")):
        assert engine.rows(f"SELECT count(*) FROM {loaded}") == [(dataset.manifest["rows"][table],)]


def test_times_are_utc_with_six_digits_and_not_after_now(
    dataset: datasets.Dataset, tables: Tables
) -> None:
    form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
    for table, rows in tables.items():
        columns = [name for name, kind in GENERATED[table].items() if kind == "time"]
        for row in rows:
            for time in (row[name] for name in columns if row[name] is not None):
                assert form.fullmatch(time)
                assert time <= dataset.manifest["now"]


def test_ids_are_uuids_and_not_used_twice(tables: Tables) -> None:
    for table in ("sessions", "datasets", "examples", "runs", "feedback"):
        for identity in by(tables[f"langsmith/{table}"], "id"):
            assert str(uuid.UUID(identity)) == identity
    by(tables["helicone/requests"], "request_id")


def test_keys_open_both_providers() -> None:
    keys = read(find("default"))["keys"]
    expected = {
        "locum-demo-key": "rw",
        "locum-read-key": "r",
        "locum-other-key": "rw",
    }
    for provider in ("langsmith", "helicone"):
        found = {row["key"]: row["access"] for row in keys if row["provider"] == provider}
        assert found == expected
    tenants = {row["key"]: row["tenant_id"] for row in keys}
    assert tenants["locum-demo-key"] == tenants["locum-read-key"] == DEMO
    assert tenants["locum-other-key"] != DEMO

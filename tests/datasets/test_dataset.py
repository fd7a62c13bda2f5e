"""Dataset folders: found, checked row by row, and loaded as lenient as the vendors' own exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locum.datasets import dataset as datasets
from locum.datasets.columns import TEXT
from locum.datasets.findings import Finding
from locum.datasets.jsonl import read_rows
from locum.datasets.own_tables import OwnTable
from locum.exceptions import DatasetError
from locum.resources import DATA_DICTIONARY
from tests.oracles.bundled import TABLES, data_of, find


def written(folder: Path, **tables: list[Any] | str) -> str:
    """A dataset folder of these tables, `_` for `/` in their names; a text is written as it is."""
    for name, rows in tables.items():
        path = folder / f"{name.replace('_', '/', 1)}.jsonl"
        path.parent.mkdir(exist_ok=True)
        lines = rows if isinstance(rows, str) else "\n".join(map(json.dumps, rows))
        path.write_text(lines, encoding="utf-8")
    return str(folder)


def test_the_bundled_datasets_have_names() -> None:
    """Also those whose tables are made on first use."""
    assert {"default", "tiny", "empty", "spike"} <= set(datasets.names())
    for name in ("tiny", "spike"):
        assert find(name).name == name


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({}, ["no table", "keys.jsonl"]),
        ({"keys": '{"key": "k"\n'}, ["keys.jsonl:1", "not JSON"]),
        ({"keys": "\n[1]"}, ["keys.jsonl:2", "not a JSON object"]),
        ({"keys": [{"key": "k"}, {"kee": "k"}]}, ["keys.jsonl:2", "'kee'", "tenant_id"]),
        ({"langsmith_runs": [{"total_tokens": 1.5}]}, ["runs.jsonl:1", "total_tokens", "integer"]),
        ({"langsmith_runs": [{"total_tokens": 2.5}]}, [f"null; see {DATA_DICTIONARY}"]),
        ({"langsmith_runs": [{"total_tokens": 2**63}]}, ["runs.jsonl:1", "total_tokens"]),
        ({"langsmith_runs": [{"tags": ["a", 1]}]}, ["runs.jsonl:1", "tags", "list of text"]),
        ({"langsmith_runs": [{"start_time": "soon"}]}, ["runs.jsonl:1", "soon"]),
        ({"helicone_requests": [{"cost": "5.5"}]}, ["requests.jsonl:1", "cost", "5.5"]),
        ({"helicone_requests": [{"threat": 2}]}, ["requests.jsonl:1", "threat", "boolean"]),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(
    tmp_path: Path, tables: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(DatasetError) as error:
        data_of(find(written(tmp_path, **tables)))
    told = f"{error.value} {error.value.fix}"
    assert all(word in told for word in words), told
    assert "\n" not in told


def test_a_table_in_two_files_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path, keys=[])
    (tmp_path / "keys.parquet").write_bytes(b"")
    with pytest.raises(DatasetError, match="two files"):
        find(folder)


def test_a_manifest_must_be_json(tmp_path: Path) -> None:
    folder = written(tmp_path, keys=[])
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"manifest\.json is not JSON"):
        find(folder)


def test_the_tables_are_those_that_are_declared(tmp_path: Path) -> None:
    """In the order in which they are declared, by whomever."""
    written(tmp_path, keys=[{"key": "k"}], acme_widgets=[{"id": "1"}, {}])
    tables = {"acme/widgets": {"id": TEXT}, "acme/gadgets": {"id": TEXT}, **TABLES}
    found = datasets.read(tmp_path, tables)
    assert list(found.files) == ["acme/widgets", "keys"]
    assert found.findings == ()
    rows = read_rows(found.files["acme/widgets"], "acme/widgets", {"id": TEXT})
    assert list(rows) == [{"id": "1"}, {}]


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_a_table_that_nobody_declared_stops_by_name(tmp_path: Path, suffix: str) -> None:
    written(tmp_path, keys=[])
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / f"widgets.{suffix}").touch()
    with pytest.raises(DatasetError) as error:
        datasets.read(tmp_path, TABLES)
    file = tmp_path / "acme" / f"widgets.{suffix}"
    told = f"{file} is the table acme/widgets, which no provider declares"
    assert str(error.value) == told
    assert "the tables are keys, langsmith/sessions, " in error.value.fix
    assert f"move widgets.{suffix} away" in error.value.fix


def test_files_that_are_no_tables_are_doubted_and_not_read(tmp_path: Path) -> None:
    """Hidden ones are not even named."""
    written(tmp_path, keys=[], langsmith_runs=[])
    for name in ("notes.txt", ".hidden", "a/manifest.json", "langsmith/.swp", ".git/runs.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "manifest.json").write_text('{"name": "mine"}', encoding="utf-8")
    found = datasets.read(tmp_path, TABLES)
    assert [str(each) for each in found.findings] == [
        f"{tmp_path}/a/manifest.json is no table: it is not read",
        f"{tmp_path}/notes.txt is no table: it is not read",
    ]
    assert (found.name, found.manifest) == (tmp_path.name, {"name": "mine"})
    assert set(found.files) == {"keys", "langsmith/runs"}


@pytest.mark.parametrize(
    "name",
    ["langsmith/runs.tsv", "langsmith/runs", "langsmith/old/a.txt", "keys.jsonl.gz", "keys.JSONL"],
)
def test_files_that_could_be_meant_for_tables_stop(tmp_path: Path, name: str) -> None:
    """What is in a folder of tables, or has the name of one."""
    written(tmp_path, keys=[], langsmith_runs=[])
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    with pytest.raises(DatasetError) as error:
        datasets.read(tmp_path, TABLES)
    assert str(error.value) == (
        f"{tmp_path}/{name}: found a file that is no table, expected a table's file, whose name "
        "ends with .jsonl, .parquet or .csv"
    )


def test_all_that_is_wrong_is_found_at_once(tmp_path: Path) -> None:
    written(tmp_path, keys=[])
    (tmp_path / "keys.parquet").touch()
    (tmp_path / "acme.jsonl").touch()
    (tmp_path / "manifest.json").mkdir()
    found = datasets.look(tmp_path, TABLES)
    assert [each.file.name for each in found.findings] == [
        "manifest.json",
        "acme.jsonl",
        "keys.parquet",
    ]
    assert list(found.files) == ["keys"]


def test_what_clickhouse_exports_is_read(tmp_path: Path) -> None:
    """It writes 64-bit integers in quotes, booleans as 0 and 1, times without T or zone; a UUID
    may be written in any letter case."""
    row = {
        "organization_id": "AAAAAAAA-0000-4000-8000-00000000000B",
        "request_created_at": "2025-06-01 01:00:46.783",
        "cost": "3493577",
        "cache_enabled": 1,
        "threat": 0,
    }
    engine = data_of(find(written(tmp_path, helicone_requests=[row])))
    columns = "organization_id, request_created_us, cost, cache_enabled, threat, request_id"
    assert engine.rows(f"SELECT {columns} FROM helicone_requests") == [
        (
            "aaaaaaaa-0000-4000-8000-00000000000b",
            1_748_739_646_783_000,  # date -u -d '2025-06-01 01:00:46.783' +%s%6N
            3493577,
            True,
            False,
            "00000000-0000-0000-0000-000000000000",
        )
    ]


# Tables of its own.


def test_a_folder_may_declare_tables(tmp_path: Path) -> None:
    """One without a file is empty, which is doubted."""
    (tmp_path / "tables.yaml").write_text("a: {columns: {x: text}}\nb: {columns: {x: text}}\n")
    (tmp_path / "a.csv").touch()
    found = datasets.read(tmp_path, TABLES)
    assert list(found.own) == ["a", "b"]
    assert found.tables["a"] == {"x": "text"}
    assert found.files == {"a": tmp_path / "a.csv"}
    (doubt,) = found.findings
    assert str(doubt) == f"{tmp_path}/tables.yaml: declares b, which has no file: it is empty"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("keys: {columns: {x: text}}", "tables.yaml: declares keys, which is a provider's"),
        ("a: {columns: {x: text}}", "visits.jsonl is the table visits, which no provider declares"),
        (
            "A: {columns: {x: text}}\na: {columns: {x: text}}\nvisits: {columns: {x: text}}",
            "the table a has the same name in statements as A",
        ),
        (
            "visits: {columns: {x: text}}\na/b: {columns: {x: text}}\na_b: {columns: {x: text}}",
            "the table a_b has the same name in statements as a/b",
        ),
    ],
)
def test_what_a_folder_may_not_declare(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "tables.yaml").write_text(text)
    (tmp_path / "visits.jsonl").touch()
    found = datasets.look(tmp_path, TABLES)
    assert any(each.is_error and message in str(each) for each in found.findings)


def test_what_nobody_declares_may_be_typed_unless_it_is_in_a_providers_folder(
    tmp_path: Path,
) -> None:
    (tmp_path / "langsmith").mkdir()
    for name in ("visits.csv", "bad.csv", "langsmith/visit.jsonl"):
        (tmp_path / name).touch()

    def typed(file: Path, table: str, beside: Path) -> tuple[OwnTable | None, Finding]:
        assert beside == tmp_path
        made = OwnTable({"x": "text"}) if table == "visits" else None
        return made, Finding(file, "told", "", is_error=made is None)

    found = datasets.look(tmp_path, TABLES, typed)
    assert found.own == {"visits": OwnTable({"x": "text"})}
    assert found.files == {"visits": tmp_path / "visits.csv"}
    told = [(each.file.name, each.is_error) for each in found.findings]
    assert told == [("bad.csv", True), ("visit.jsonl", True), ("visits.csv", False)]


def test_an_empty_dataset_has_nothing() -> None:
    found = datasets.empty("default")
    assert (found.name, found.files, found.own, found.is_bundled) == ("default", {}, {}, False)


@pytest.mark.parametrize(
    ("said", "now"),
    [
        (None, None),
        ("2026-06-30T12:00:00Z", "2026-06-30T12:00:00+00:00"),
        ("2026-06-30T23:30:00-01:00", "2026-07-01T00:30:00+00:00"),
        ("2026-06-30T12:00:00", "2026-06-30T12:00:00+00:00"),
    ],
)
def test_a_manifest_says_what_is_now(tmp_path: Path, said: str | None, now: str | None) -> None:
    """Without an offset it is in UTC."""
    found = datasets.Dataset("d", tmp_path, {"now": said}, {}, {}).now
    assert (None if found is None else found.isoformat()) == now


@pytest.mark.parametrize("said", ["soon", "", 5, ["2026-06-30"]])
def test_a_now_that_is_no_time_is_none(tmp_path: Path, said: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - who asks says what is wrong
        _ = datasets.Dataset("d", tmp_path, {"now": said}, {}, {}).now

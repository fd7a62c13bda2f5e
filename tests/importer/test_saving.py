"""Datasets that are saved: whole or not at all, from an archive or from this process."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from locum.datasets import dataset as datasets
from locum.datasets import logical_hash
from locum.datasets.columns import Columns
from locum.engine.as_files import AsFiles
from locum.exceptions import DatasetError
from locum.importer.anonymise import Anonymiser
from locum.importer.saving import Archive, Saving, Served
from locum.provider import Vocabulary
from tests.engine.test_layer import ITEMS, ROWS, TABLES
from tests.oracles.small_tables import data_of

COLUMNS = {name: table.columns for name, table in TABLES.items()}


def packed(file: Path, **files: str) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


def hide(columns: Mapping[str, Columns]) -> Anonymiser:
    return Anonymiser(b"secret", columns, [Vocabulary()])


def served(folder: Path) -> Served:
    told = [{"name": "n", "count": 1, "sentence": "s"}]
    return Served(AsFiles(data_of(folder / "shelf", TABLES, ROWS)), told)


def test_a_dataset_of_this_process_is_saved(tmp_path: Path) -> None:
    saving = Saving(place=tmp_path / "out" / "mine", columns=COLUMNS)
    made = saving.save(served(tmp_path), "mine")
    assert made["rows"] == {ITEMS: 2, "small/notes": 1}
    assert (made["name"], made["incomplete"][0]["sentence"]) == ("mine", "s")
    found = datasets.read(tmp_path / "out" / "mine", COLUMNS)
    assert logical_hash.of_dataset(found) == made["logical_hash"] == found.manifest["logical_hash"]


def test_an_archive_is_saved_with_what_is_beside_its_tables(tmp_path: Path) -> None:
    manifest = {"name": "x", "now": "2026-01-01T00:00:00Z", "rows": {}, "logical_hash": "x"}
    files = {
        "small/items.jsonl": '{"id":"a"}\n{"n":1,"id":"b"}\n',
        "tables.yaml": "own: {columns: {id: text}}",
        "own.jsonl": '{"id": "1"}\n',
        "manifest.json": json.dumps(manifest),
    }
    saving = Saving(place=tmp_path / "mine", columns=COLUMNS)
    with Archive(packed(tmp_path / "a.zip", **files)) as archive:
        made = saving.save(archive, "mine")
    assert made["rows"] == {"own": 1, ITEMS: 2}
    assert (made["name"], made["now"]) == ("mine", manifest["now"])
    found = datasets.read(tmp_path / "mine", COLUMNS)
    assert logical_hash.of_dataset(found) == made["logical_hash"] != "x"
    assert set(found.own) == {"own"}
    with Archive(tmp_path / "a.zip") as archive:
        again = Saving(place=tmp_path / "mine", columns=COLUMNS, replaces=True, hide=hide)
        made = again.save(archive, "mine")
    assert made["description"] == "anonymised"
    assert b'"1"' not in (tmp_path / "mine" / "own.jsonl").read_bytes()


def test_what_is_saved_keeps_its_keys_in_their_order(tmp_path: Path) -> None:
    manifest = {"name": "x", "now": "2026-01-01T00:00:00Z", "rows": {}, "logical_hash": "x"}
    files = {
        "tables.yaml": "own: {columns: {id: text, more: json}}",
        "own.jsonl": '{"more":{"role":"user","content":{"b":1,"a":2}},"id":"1"}\n',
        "manifest.json": json.dumps(manifest),
    }
    with Archive(packed(tmp_path / "a.zip", **files)) as archive:
        Saving(place=tmp_path / "mine", columns=COLUMNS).save(archive, "mine")
    assert (tmp_path / "mine" / "own.jsonl").read_text() == files["own.jsonl"]


def test_tables_of_unknown_columns_are_not_anonymised(tmp_path: Path) -> None:
    file = packed(tmp_path / "a.zip", **{"own.jsonl": "{}\n", "manifest.json": "{}"})
    saving = Saving(place=tmp_path / "mine", columns=COLUMNS, hide=hide)
    with (
        Archive(file) as archive,
        pytest.raises(DatasetError, match="own cannot be anonymised: nothing declares its columns"),
    ):
        saving.save(archive, "mine")
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"small/items.jsonl": "{}\n"}, "has no manifest"),
        ({"manifest.json": "[]"}, "has no manifest"),
        ({"manifest.json": "{"}, "has no manifest"),
        ({"manifest.json": "{}", "../a.jsonl": "{}"}, "sent the file '../a.jsonl'"),
        ({"manifest.json": "{}", "/a.jsonl": "{}"}, "sent the file '/a.jsonl'"),
        ({"manifest.json": "{}", "a\\b.jsonl": "{}"}, "sent the file"),
    ],
)
def test_an_archive_of_something_else_is_refused(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    with pytest.raises(DatasetError, match=said.replace(".", r"\.")):
        Archive(packed(tmp_path / "a.zip", **files))


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK")
    with pytest.raises(DatasetError, match="is not whole"):
        Archive(tmp_path / "a.zip")


def test_rows_that_came_damaged_leave_what_was_there(tmp_path: Path) -> None:
    saving = Saving(place=tmp_path / "mine", columns=COLUMNS, replaces=True)
    before = saving.save(served(tmp_path), "mine")
    files = {"small/items.jsonl": '{"id":"a"}\n{"id"', "manifest.json": "{}"}
    with (
        Archive(packed(tmp_path / "a.zip", **files)) as archive,
        pytest.raises(DatasetError, match="the rows of small/items came damaged"),
    ):
        saving.save(archive, "mine")
    assert json.loads((tmp_path / "mine" / "manifest.json").read_text()) == before
    assert [each.name for each in tmp_path.glob(".unfinished*")] == []


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    saving: Any = Saving(place=tmp_path / "file" / "mine", columns=COLUMNS)
    with pytest.raises(DatasetError) as raised:
        saving.save(served(tmp_path), "mine")
    assert raised.value.fix == "choose an --out that can be written"

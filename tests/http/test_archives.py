"""A dataset as a ZIP archive."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path

import pytest

from locum.datasets import dataset as datasets
from locum.datasets import logical_hash
from locum.engine.as_files import AsFiles
from locum.engine.layer import Layer
from locum.http.archives import archive
from locum.provider import LeftOut
from tests.oracles import bundled

NAMES = ["tiny", "null-heavy", "empty"]


@pytest.mark.parametrize("name", NAMES)
def test_an_untouched_dataset_keeps_its_hash(name: str, tmp_path: Path) -> None:
    dataset = bundled.find(name)
    content = b"".join(archive(AsFiles(bundled.data_of(dataset))))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        packed.extractall(tmp_path)
        assert packed.namelist()[-1] == "manifest.json"
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["logical_hash"] == dataset.manifest["logical_hash"]
    assert manifest["rows"] == {n: rows for n, rows in dataset.manifest["rows"].items() if rows}
    assert (manifest["name"], manifest["now"]) == (name, dataset.manifest["now"])
    assert "incomplete" not in manifest
    saved = datasets.read(tmp_path, dataset.tables)
    assert logical_hash.of_dataset(saved) == dataset.manifest["logical_hash"]


def test_the_same_rows_are_the_same_bytes() -> None:
    files = AsFiles(bundled.data_of(bundled.find("tiny")))
    first = b"".join(archive(files))
    time.sleep(2.1)  # as exactly as an archive tells times
    assert b"".join(archive(files)) == first


def test_documents_keep_their_keys_in_their_order() -> None:
    layer = Layer(bundled.data_of(bundled.find("tiny")))
    said = {"role": "user", "content": {"b": 1, "a": 2}}
    run = {"id": "a", "trace_id": "a", "start_time": "2026-06-01", "inputs": said}
    layer.write(lambda t: t.put("langsmith/runs", [run]))
    files, _ = layer.as_files(lambda _: [])
    with zipfile.ZipFile(io.BytesIO(b"".join(archive(files)))) as packed:
        runs = packed.read("langsmith/runs.jsonl").splitlines()
    layer.close()
    assert json.dumps(json.loads(runs[-1])["inputs"]) == json.dumps(said)


def test_what_is_left_out_is_told_and_so_is_what_is_unknown() -> None:
    layer = Layer(bundled.data_of(bundled.find("tiny")))
    orphan = {"id": "c", "trace_id": "t", "parent_run_id": "p", "start_time": "2026-06-01"}
    layer.write(lambda t: t.put("langsmith/runs", [orphan]))
    left_out = [LeftOut("one", 2, "two are left out"), LeftOut("other", 0, "none is")]
    files, told = layer.as_files(lambda _: left_out)
    with zipfile.ZipFile(io.BytesIO(b"".join(archive(files, told)))) as packed:
        manifest = json.loads(packed.read("manifest.json"))
        runs = packed.read("langsmith/runs.jsonl").splitlines()
    layer.close()
    assert len(runs) == 251
    assert json.loads(runs[-1])["parent_run_id"] == "p"
    assert manifest["incomplete"] == [
        {"name": "one", "count": 2, "sentence": "two are left out"},
        {
            "name": "langsmith/runs.parent_run_id",
            "count": 1,
            "sentence": "1 rows of langsmith/runs are saved with an unknown parent_run_id: "
            "it names no row of langsmith/runs",
        },
    ]


def test_prices_and_declared_tables_come_along(tmp_path: Path) -> None:
    (tmp_path / "tables.yaml").write_text("orders:\n  columns: {id: text}\n")
    (tmp_path / "orders.jsonl").write_text('{"id": "1"}\n')
    (tmp_path / "prices.json").write_text('[{"match": "gpt", "input": 1}]')
    dataset = bundled.find(tmp_path)
    scenario = bundled.scenarios_of([dataset]).load(dataset.name)
    with zipfile.ZipFile(io.BytesIO(b"".join(archive(AsFiles(scenario.data))))) as packed:
        assert packed.namelist() == ["orders.jsonl", "tables.yaml", "prices.json", "manifest.json"]
        assert packed.read("tables.yaml") == (tmp_path / "tables.yaml").read_bytes()


def test_it_is_made_while_it_is_read() -> None:
    pieces = archive(AsFiles(bundled.data_of(bundled.find("default"))))
    first = next(pieces)
    assert 256 * 1024 <= len(first) < 512 * 1024
    pieces.close()  # type: ignore[attr-defined]  # a generator

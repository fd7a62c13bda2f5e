"""Recordings of datasets: taken up again, on top of the rows that they were made on."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from locum.datasets import logical_hash
from locum.engine.data import Data
from locum.engine.layer import Layer, Transaction
from locum.exceptions import DatasetError, NotRecorded, StartError
from locum.recording import recorder as recordings
from locum.recording.recorder import Recorder
from tests.engine.test_layer import DERIVED, ITEMS, LOOSE, ROWS, TABLES
from tests.oracles.small_tables import data_of


def shelf(folder: Path, rows: Any = ROWS) -> Data:
    return data_of(folder / "shelf", TABLES, rows, DERIVED)


def written(recorder: Recorder, data: Data) -> Layer:
    """A layer that goes on from what is recorded."""
    layer = Layer(data, record=recorder.begin(data, lambda: None))
    recorder.restore(data, layer)
    return layer


def write(transaction: Transaction) -> None:
    transaction.put(ITEMS, [{"id": "c", "n": 3}, {"id": "a", "n": 10}])
    transaction.put(LOOSE, [{"text": "t"}])
    transaction.delete(ITEMS, ["b"])
    transaction.kept("n")["k"] = frozenset({"v"})


def contents(layer: Layer) -> tuple[Any, ...]:
    return (
        layer.data().rows("SELECT id, n FROM small_items ORDER BY id"),
        layer.data().rows("SELECT text FROM small_loose"),
        {name: dict(layer.kept.of(name)) for name in layer.kept.names()},
    )


EXPECTED = ([("a", 10), ("c", 3)], [("t",)], {"n": {"k": frozenset({"v"})}})


def test_a_recording_is_taken_up_again(tmp_path: Path) -> None:
    data = shelf(tmp_path)
    with Recorder.into(tmp_path / "rec") as recorder:
        layer = written(recorder, data)
        assert recorder.recorded() == []
        layer.write(write)
        assert recorder.recorded() == ["shelf"]
        assert contents(layer) == EXPECTED
    with Recorder.into(tmp_path / "rec", durable=True) as recorder:
        layer = written(recorder, shelf(tmp_path))
        assert contents(layer) == EXPECTED
        layer.write(lambda t: t.put(LOOSE, [{"text": "u"}]))
        assert contents(layer)[1] == [("t",), ("u",)]
    with Recorder.into(tmp_path / "rec") as recorder:
        assert contents(written(recorder, shelf(tmp_path)))[1] == [("t",), ("u",)]


def test_it_is_read_while_a_server_goes_on(tmp_path: Path) -> None:
    data = shelf(tmp_path)
    with Recorder.into(tmp_path / "rec") as recorder:
        written(recorder, data).write(write)
        other = Layer(shelf(tmp_path))
        recordings.restore(tmp_path / "rec", "shelf", other)
        assert contents(other) == EXPECTED
        assert recordings.recorded(tmp_path / "rec") == ["shelf"]
        base = recordings.base_of(tmp_path / "rec", "shelf")
        assert (base.name, base.source) == ("shelf", str(tmp_path / "shelf"))


def test_what_is_forgotten_stays_so(tmp_path: Path) -> None:
    with Recorder.into(tmp_path / "rec") as recorder:
        written(recorder, shelf(tmp_path)).write(write)
        recorder.forget()
        assert recorder.recorded() == []
    with Recorder.into(tmp_path / "rec") as recorder:
        assert contents(written(recorder, shelf(tmp_path)))[0] == [("a", 1), ("b", 2)]


def test_one_process_records_into_a_folder(tmp_path: Path) -> None:
    with (
        Recorder.into(tmp_path / "rec"),
        pytest.raises(StartError, match="another server records into"),
    ):
        Recorder.into(tmp_path / "rec")
    with Recorder.into(tmp_path / "rec"):
        pass


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rec").write_text("")
    with pytest.raises(StartError, match="cannot record into"):
        Recorder.into(tmp_path / "rec")


def test_a_recording_on_other_rows_is_refused(tmp_path: Path) -> None:
    with Recorder.into(tmp_path / "rec") as recorder:
        written(recorder, shelf(tmp_path)).write(write)
    changed = shelf(tmp_path, {ITEMS: [{"id": "a", "n": 2}]})
    with Recorder.into(tmp_path / "rec") as recorder:
        with pytest.raises(DatasetError, match="is of a dataset with other rows than") as raised:
            recorder.restore(changed, Layer(changed))
        assert "serve the dataset that this was recorded of" in raised.value.fix


def test_the_same_rows_in_other_files_are_the_same(tmp_path: Path) -> None:
    """By the hash that the manifest told."""
    told = {"logical_hash": "e0d4c2a34a2a0b3c43a6ed8ed1a8c1a4f03b2d9a4d6cf15c0a5a3d9b8f8e6a10"}
    rows = {ITEMS: [{"id": "a", "n": 1}]}
    data = shelf(tmp_path, rows)
    told["logical_hash"] = logical_hash.of_dataset(data.engine.dataset)
    (tmp_path / "shelf" / "manifest.json").write_text(json.dumps(told))
    with Recorder.into(tmp_path / "rec") as recorder:
        written(recorder, shelf(tmp_path, rows)).write(write)
    file = tmp_path / "shelf" / f"{ITEMS}.jsonl"
    file.write_text('{ "n": 1, "id": "a" }\n')
    again = data_of(tmp_path / "shelf", TABLES, {}, DERIVED)
    with Recorder.into(tmp_path / "rec") as recorder:
        assert contents(written(recorder, again)) == EXPECTED


def test_no_dataset_of_the_folder_itself_is_recorded(tmp_path: Path) -> None:
    data = data_of(tmp_path / "rec" / "shelf", TABLES, ROWS, DERIVED)
    with (
        Recorder.into(tmp_path / "rec") as recorder,
        pytest.raises(StartError, match="is within the folder that is recorded into"),
    ):
        recorder.begin(data, lambda: None)


def test_a_recording_that_says_nothing_of_itself_is_refused(tmp_path: Path) -> None:
    with Recorder.into(tmp_path / "rec") as recorder:
        written(recorder, shelf(tmp_path)).write(write)
    (tmp_path / "rec" / ".log" / "shelf" / "recording.json").write_text("{}")
    with pytest.raises(StartError, match=r"recording\.json cannot be read"):
        recordings.recorded(tmp_path / "rec")


def test_a_log_that_cannot_be_begun_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    data = shelf(tmp_path)
    with Recorder.into(tmp_path / "rec") as recorder:
        for part in ("open", "write"):
            with monkeypatch.context() as patched:
                patched.setattr(os, part, fail)
                with pytest.raises(NotRecorded, match="No space left on device"):
                    recorder.begin(data, lambda: None)
        layer = written(recorder, data)
        layer.write(write)
    with Recorder.into(tmp_path / "rec") as recorder:
        assert contents(written(recorder, shelf(tmp_path))) == EXPECTED


def test_nothing_is_recorded_after_the_end(tmp_path: Path) -> None:
    with Recorder.into(tmp_path / "rec") as recorder:
        layer = written(recorder, shelf(tmp_path))
    with pytest.raises(NotRecorded):
        layer.write(write)
    assert contents(layer)[0] == [("a", 1), ("b", 2)]

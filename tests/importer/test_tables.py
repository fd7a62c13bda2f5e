"""Whenever the importer is killed, what it leaves is the old dataset, the new one, or none."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from locum.datasets import logical_hash
from locum.datasets.atomic_folder import exclusive, replacing
from locum.datasets.columns import TEXT, TIME
from locum.datasets.dataset import read
from locum.exceptions import DatasetError
from locum.importer.rows import BadRow, Row
from locum.importer.tables import Tables
from tests.oracles.bare_rows import rows_of
from tests.oracles.bundled import TABLES, find
from tests.oracles.exported import REQUEST, RUN, imported, lines

KILLS = int(os.environ.get("LOCUM_KILLS", "4"))
RUNS = 10_000


def rows_in(folder: Path) -> dict[str, int]:
    """How many rows the tables of a dataset have that the manifest names."""
    tables = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["rows"]
    return {
        table: len(rows_of(folder)(table)) if (folder / f"{table}.jsonl").exists() else 0
        for table in tables
    }


def whole_datasets(out: Path) -> list[Path]:
    """The folders that load; fails where one of them is not what its manifest says."""
    found = []
    for folder in out.rglob("*"):
        if not folder.is_dir():
            continue
        try:
            dataset = find(str(folder))
        except DatasetError:
            continue
        assert rows_in(folder) == dataset.manifest["rows"], folder
        found.append(folder)
    return found


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> str:
    runs = (RUN | {"id": str(UUID(int=number))} for number in range(RUNS))
    return lines(tmp_path_factory.mktemp("export") / "runs.jsonl", runs)


def test_a_killed_import_leaves_no_half_dataset(tmp_path: Path, export: str) -> None:
    old = tmp_path / "old"
    imported(old, lines(tmp_path / "request.jsonl", [REQUEST]))
    draw = random.Random(8)  # noqa: S311 - moments, not secrets
    for number in range(KILLS):
        place = tmp_path / str(number) / "out"
        shutil.copytree(old, place)
        command = [sys.executable, "-m", "locum", "fixtures", "import", export]
        with subprocess.Popen([*command, "--out", str(place)], stdout=subprocess.DEVNULL) as killed:
            while not any(place.parent.glob(".unfinished-*")) and killed.poll() is None:
                time.sleep(0.002)
            time.sleep(draw.uniform(0, 0.7))
            killed.kill()
        loading = whole_datasets(place.parent)
        for folder in loading:
            rows = rows_in(folder)
            assert (rows["langsmith/runs"], rows["helicone/requests"]) in ((RUNS, 0), (0, 1))
    imported(place, export)  # what is left is in nobody's way
    assert rows_in(place)["langsmith/runs"] == RUNS


def replace(place: Path) -> None:
    """Replace the dataset at that place by one of a single run."""
    with exclusive(place.parent), replacing(place, TABLES) as folder:
        (folder / "langsmith").mkdir()
        with (folder / "langsmith/runs.jsonl").open("w") as file:
            file.write('{"id": "1"}\n')
        manifest = {"rows": {"langsmith/runs": 1}}
        (folder / "manifest.json").write_bytes(json.dumps(manifest).encode())


STEPS = ("mkdir", "write_bytes", "rename", "unlink", "rmdir")


@pytest.mark.parametrize("first", [min, max], ids=["first file", "manifest"])
def test_each_step_of_replacing_leaves_whole_datasets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: Callable[[Iterable[Path]], Path]
) -> None:
    """As if killed before each change of the file system in turn: nothing later happens, not even
    the cleaning up. Removing a tree begins with the file of it that comes first, or last."""
    file = lines(tmp_path / "request.jsonl", [REQUEST])
    left, rmtree, unlink = 0, shutil.rmtree, Path.unlink

    def counting(change: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: Any, **options: Any) -> object:
            nonlocal left
            left -= 1
            if left == -1 and change is rmtree:  # it takes many steps: one is done
                unlink(first(path for path in arguments[0].rglob("*") if path.is_file()))
            if left < 0:
                raise KeyboardInterrupt
            return change(*arguments, **options)

        return step

    for steps in count():
        place = tmp_path / str(steps) / "out"
        imported(place, file)
        left = steps
        with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
            for name in STEPS:
                patched.setattr(Path, name, counting(getattr(Path, name)))
            patched.setattr(shutil, "rmtree", counting(rmtree))
            replace(place)
        whole_datasets(place.parent)
        if left >= 0:
            break
    assert steps > len(STEPS)
    assert whole_datasets(place.parent) == [place]


COLUMNS = {"keys": {"key": TEXT}, "acme/boxes": {"id": TEXT, "made_at": TIME, "sold_at": TIME}}


def test_rows_are_written_without_nulls_and_the_latest_time_is_now(tmp_path: Path) -> None:
    """What is no column is not written; a table without rows has no file."""
    rows: list[Row] = [
        {"sold_at": "2026-01-03T00:00:00Z", "id": "b", "colour": "red"},
        {"id": "a", "made_at": "2026-01-02T00:00:00Z", "sold_at": None},
    ]
    with Tables(tmp_path, COLUMNS) as tables:
        for row in rows:
            tables.write(tables.encode("acme/boxes", row))
        manifest = tables.finish("mine", "two boxes")
    assert (tmp_path / "acme" / "boxes.jsonl").read_text(encoding="utf-8") == (
        '{"id":"b","sold_at":"2026-01-03T00:00:00Z"}\n{"id":"a","made_at":"2026-01-02T00:00:00Z"}\n'
    )
    assert not (tmp_path / "keys.jsonl").exists()
    digest = logical_hash.of_dataset(read(tmp_path, COLUMNS))
    assert manifest == {
        "name": "mine",
        "description": "two boxes",
        "now": "2026-01-03T00:00:00Z",
        "rows": {"keys": 0, "acme/boxes": 2},
        "logical_hash": digest,
    }
    assert json.loads((tmp_path / "manifest.json").read_bytes()) == manifest


def test_a_row_that_no_reader_would_take_is_bad(tmp_path: Path) -> None:
    """`{"id":"…"}` and a line feed are 10 bytes more than the id."""
    with Tables(tmp_path, COLUMNS) as tables:
        largest = {"id": "x" * (2**24 - 10)}
        assert len(tables.encode("acme/boxes", largest).line) == 2**24
        with pytest.raises(BadRow, match="found a row of 16,777,217 bytes, expected 16,777,216"):
            tables.encode("acme/boxes", {"id": largest["id"] + "x"})

"""Whenever the importer is killed, what it leaves is the old dataset, the new one, or none."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest
from bare_rows import rows_of
from exported import REQUEST, RUN, imported, lines
from understudy import aside, datasets
from understudy.exceptions import DatasetError

KILLS = int(os.environ.get("UNDERSTUDY_KILLS", "4"))
RUNS = 4000


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
            dataset = datasets.find(str(folder))
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
        command = [sys.executable, "-m", "understudy", "fixtures", "import", export]
        with subprocess.Popen([*command, "--out", str(place)], stdout=subprocess.DEVNULL) as killed:
            time.sleep(draw.uniform(0.15, 0.8))
            killed.kill()
        loading = whole_datasets(place.parent)
        for folder in loading:
            rows = rows_in(folder)
            assert (rows["langsmith/runs"], rows["helicone/requests"]) in ((RUNS, 0), (0, 1))
        imported(place, export)  # what is left is in nobody's way
        assert rows_in(place)["langsmith/runs"] == RUNS


def replace(place: Path) -> None:
    """Replace the dataset at that place by one of a single run."""
    with aside.replacing(place) as folder:
        (folder / "langsmith").mkdir()
        with (folder / "langsmith/runs.jsonl").open("w") as file:
            file.write('{"id": "1"}\n')
        manifest = {"rows": {"langsmith/runs": 1}}
        (folder / "manifest.json").write_bytes(json.dumps(manifest).encode())


STEPS = ("mkdir", "write_bytes", "rename", "unlink", "rmdir")


@pytest.mark.parametrize("stop", range(12))
def test_each_step_of_replacing_leaves_whole_datasets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    """As if killed before each change of the file system in turn: nothing later happens, not even
    the cleaning up."""
    place = tmp_path / "out"
    imported(place, lines(tmp_path / "request.jsonl", [REQUEST]))
    done = 0

    def counting(change: object) -> object:
        def step(*arguments: object, **options: object) -> object:
            nonlocal done
            done += 1
            if done > stop:
                raise KeyboardInterrupt
            return change(*arguments, **options)  # type: ignore[operator]

        return step

    for name in STEPS:
        monkeypatch.setattr(Path, name, counting(getattr(Path, name)))
    monkeypatch.setattr(shutil, "rmtree", counting(shutil.rmtree))
    with pytest.raises(KeyboardInterrupt):
        replace(place)
    monkeypatch.undo()
    whole_datasets(tmp_path)

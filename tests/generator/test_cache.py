"""Datasets that are generated on first use."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from locum.datasets.columns import TEXT
from locum.engine.tables import Table
from locum.exceptions import DatasetError
from locum.generator import cache, catalog, recipe, recipe_loader, writer
from locum.provider import Provider
from locum.providers import columns
from tests.oracles.bundled import PROVIDERS, find, scenarios_of
from tests.oracles.fixture_rows import is_whole


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCUM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_dataset_is_generated_once(root: Path) -> None:
    first = find("spike")
    assert first.name == "spike"
    assert first.folder.parent.parent == root
    assert is_whole(first.folder)
    written = first.files["langsmith/runs"].stat().st_mtime_ns
    assert find("spike").files["langsmith/runs"].stat().st_mtime_ns == written


def test_committed_datasets_need_no_cache(root: Path) -> None:
    for name in ("tiny", "default", "empty"):
        find(name)
    assert not root.exists()


def test_two_processes_at_once_get_the_same(root: Path) -> None:
    program = (
        "from locum import providers; from locum.generator import catalog; "
        "found = providers.installed(); "
        "print(catalog.find('spike', providers.columns(found), found).files['keys'])"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) for _ in range(2)
    ]
    first, second = (each.communicate()[0].decode().strip() for each in both)
    assert first == second
    assert Path(first).is_file()
    assert [path.name for path in root.glob("*/.*")] == []


def test_another_version_of_the_generator_uses_nothing_of_the_old(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = find("spike").folder
    monkeypatch.setattr(recipe_loader, "VERSION", recipe.VERSION + "x")
    assert find("spike").folder != old


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LOCUM_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a"),
        ({"XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/locum"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/c"}, "/c/.cache/locum"),
        ({"HOME": "/c"}, "/c/.cache/locum"),
    ],
)
def test_the_folder_follows_the_environment(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOCUM_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache.root() == Path(expected)


def test_a_folder_that_cannot_be_written_is_told(root: Path) -> None:
    root.write_text("a file", encoding="utf-8")
    with pytest.raises(DatasetError, match="cannot generate spike into") as refused:
        find("spike")
    assert "LOCUM_CACHE" in refused.value.fix


# A dataset that is damaged is made again.


def cut(folder: Path) -> None:
    file = folder / "langsmith" / "runs.parquet"
    file.write_bytes(file.read_bytes()[:1000])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which `spike` is."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LOCUM_CACHE", str(folder))
        find("spike")
    return folder


def lose(folder: Path) -> None:
    (folder / "langsmith" / "feedback.parquet").unlink()


def lose_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def cut_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("{", encoding="utf-8")


def cut_keys(folder: Path) -> None:
    lines = (folder / "keys.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "keys.jsonl").write_bytes(b"".join(lines[:-1]))


def add_file(folder: Path) -> None:
    (folder / "langsmith" / "notes.txt").touch()


def be_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.touch()


@pytest.mark.parametrize(
    "damage", [cut, lose, lose_manifest, cut_manifest, cut_keys, add_file, be_file]
)
def test_a_damaged_dataset_is_made_again_once(
    made: Path, root: Path, damage: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    """With one line in the log, and none where it is no folder: then it was not made yet."""
    shutil.copytree(made, root)
    folder = find("spike").folder
    damage(folder)
    scenario = scenarios_of([find("spike")]).load("spike")
    assert scenario.data.rows("SELECT count(*) FROM runs") == [(6000,)]
    assert scenario.doubts == ()
    assert is_whole(folder)
    lines = [record.getMessage() for record in caplog.records if record.name == "locum"]
    assert len(lines) == (damage is not be_file)
    assert all(line.startswith(f"{folder} is made again, because it is ") for line in lines)
    caplog.clear()
    scenarios_of([find("spike")]).load("spike")
    assert caplog.records == []


def test_a_dataset_that_stays_damaged_is_not_made_again_for_ever(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What generates it may be what is wrong."""
    made: list[Path] = []
    fill = writer.fill

    def broken(recipe: Any, rows: Any, place: Path, tables: Any) -> Any:
        manifest = fill(recipe, rows, place, tables)
        cut(place)
        made.append(place)
        return manifest

    monkeypatch.setattr(writer, "fill", broken)
    with pytest.raises(DatasetError, match="is no whole Parquet file"):
        scenarios_of([find("spike")]).load("spike")
    assert len(made) == 2


def test_what_another_process_has_made_again_is_used(root: Path) -> None:
    """Both found the damage."""
    folder = find("spike").folder
    first, second = find("spike"), find("spike")
    cut(folder)
    assert first.make_again is not None
    assert second.make_again is not None
    written = first.make_again().files["langsmith/runs"].stat().st_mtime_ns
    assert second.make_again().files["langsmith/runs"].stat().st_mtime_ns == written
    assert is_whole(folder)


def test_a_doubt_about_a_providers_own_data_is_no_damage(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "own" / "acme").mkdir(parents=True)
    (tmp_path / "own" / "acme" / "widgets.jsonl").write_text('{"id": "a"}', encoding="utf-8")
    (tmp_path / "own" / "notes.txt").touch()
    table = {"acme/widgets": Table({"id": TEXT})}
    every = (*PROVIDERS, Provider(name="acme", tables=table, data=tmp_path / "own"))
    found = catalog.find("spike", columns(every), every)
    (doubt,) = scenarios_of([found], every).load("spike").doubts
    assert str(doubt) == f"{tmp_path}/own/notes.txt is no table: it is not read"
    assert [record for record in caplog.records if "made again" in record.getMessage()] == []

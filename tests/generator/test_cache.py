"""Datasets that are generated on first use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from locum.exceptions import DatasetError
from locum.generator import cache, recipe, recipe_loader
from tests.oracles.bundled import find
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

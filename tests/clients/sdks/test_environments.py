"""Environments of clients: made once for their pins, and a reason where they cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.sdks import environments


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCUM_CLIENTS", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_an_environment_is_made_once_for_its_pins(cache: Path) -> None:
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "whole").touch()

    first = environments._environment("some", [b"a==1"], make)
    assert environments._environment("some", [b"a==1"], make) == first
    assert environments._environment("some", [b"a==2"], make) != first
    assert (first / "whole").exists()
    assert len(made) == 2
    assert sorted(path.suffix for path in cache.iterdir()) == ["", "", ".lock"]


def test_what_cannot_be_installed_is_named_and_leaves_nothing(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "lost.txt").write_text(f"{tmp_path}/lost.whl\n", encoding="utf-8")
    with pytest.raises(environments.Unavailable, match=r"^lost: python.* failed: ERROR: "):
        environments.python("lost", tmp_path)
    assert [path.name for path in cache.iterdir()] == ["lost.lock"]


def test_a_version_is_read_from_the_pins(tmp_path: Path) -> None:
    (tmp_path / "some.txt").write_text("a==1.2\nlangsmith==0.15.1\nlangsmith-x==3\n")
    assert environments.version("langsmith", tmp_path, "some") == "0.15.1"

"""What is in a folder, and what can be read of it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from locum.datasets.files import below, unreadable


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in below(folder)]


def test_all_that_is_no_folder_is_given_sorted(tmp_path: Path) -> None:
    """Of what is hidden, nothing; a folder that has a table's name is given, for it is none."""
    for name in ("b/y.txt", "b/x.jsonl", "a", ".git/config", "b/.swp", "c.jsonl/inner", "d/e/f"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert names(tmp_path) == ["a", "b/x.jsonl", "b/y.txt", "c.jsonl", "d/e/f"]


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    """A link that leads back would never end."""
    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "x").touch()
    (elsewhere / "back").symlink_to(folder)
    (folder / "a").symlink_to(elsewhere)
    (folder / "b").symlink_to(elsewhere)
    (folder / "self").symlink_to(".")
    (folder / "loop").symlink_to("loop")
    assert names(folder) == ["a/back", "a/x", "b/back", "b/x", "loop", "self"]


def test_a_file_is_readable(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").symlink_to("a")
    assert [unreadable(tmp_path / name) for name in "ab"] == [None, None]


def test_what_is_no_file_is_named_and_not_opened(tmp_path: Path) -> None:
    """To open a pipe would wait for whoever writes into it."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to(os.devnull)
    (tmp_path / "dead").symlink_to("nowhere")
    found = {name: unreadable(tmp_path / name) for name in ("folder", "pipe", "device")}
    assert found == {"folder": "a folder", "pipe": "a pipe", "device": "a device"}
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert (unreadable(tmp_path / "dead") or "").startswith("a link that leads to no file (")
    assert (unreadable(tmp_path / "none") or "").startswith("a file that cannot be read (")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").touch(mode=0)
    assert (unreadable(tmp_path / "a") or "").startswith("a file that cannot be read (")

"""A dataset's folder is the old one, the new one or none, whenever its writer dies."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from locum.datasets.atomic_folder import exclusive, replacing, write_manifest
from locum.exceptions import DatasetError
from tests.oracles.bundled import TABLES, find
from tests.oracles.fixture_rows import is_whole

KILLS = int(os.environ.get("LOCUM_KILLS", "8"))
LOCK = ".locum.lock"


def generate(out: Path, seed: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "locum", "fixtures", "generate", "tiny", "--runs", "3000"]
    command += ["--seed", str(seed), "--out", str(out), "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def test_killed_at_random_moments_it_leaves_a_whole_dataset_or_none(tmp_path: Path) -> None:
    """From before it begins to write until after its end; the last one is left to end."""
    chance = random.Random(1)  # noqa: S311 - repeatable
    began = time.monotonic()
    generate(tmp_path, 1).communicate()
    took = time.monotonic() - began
    for seed in range(KILLS):
        with generate(tmp_path, seed) as writing:
            time.sleep(took * chance.uniform(0.3, 1.1))
            writing.kill()
        assert not (tmp_path / "tiny").exists() or is_whole(tmp_path / "tiny")
    generate(tmp_path, 1).communicate()
    assert is_whole(tmp_path / "tiny")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


@pytest.mark.parametrize("there", [True, False])
def test_what_a_dead_process_left_is_cleared(tmp_path: Path, *, there: bool) -> None:
    """One that died between its two renames: what it had moved away goes back, unless there is
    something in its place."""
    left = tmp_path / ".unfinished-x"
    for folder in ("new", "old"):
        (left / folder / "mine").mkdir(parents=True)
        (left / folder / "mine" / "file").write_text(folder, encoding="utf-8")
    if there:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "file").write_text("there", encoding="utf-8")
    with exclusive(tmp_path):
        assert {path.name for path in tmp_path.iterdir()} == {"mine", LOCK}
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    text = (tmp_path / "mine" / "file").read_text(encoding="utf-8")
    assert text == ("there" if there else "old")


def fail_after(place: Path, change: Callable[[Path], object]) -> None:
    with exclusive(place.parent), replacing(place, TABLES) as new:
        change(new)
        raise ZeroDivisionError


def test_an_exception_leaves_what_was_there(tmp_path: Path) -> None:
    place = tmp_path / "mine"
    place.mkdir()
    with pytest.raises(ZeroDivisionError):
        fail_after(place, lambda new: (new / "file").touch())
    assert list(place.iterdir()) == []
    assert list(tmp_path.iterdir()) == [place]


def test_a_place_that_cannot_be_taken_gets_its_old_folder_back(tmp_path: Path) -> None:
    """Here because the new folder is gone before it is renamed."""
    place = tmp_path / "mine"
    place.mkdir()
    with pytest.raises(FileNotFoundError), exclusive(tmp_path), replacing(place, TABLES) as new:
        shutil.rmtree(new)
    assert list(tmp_path.iterdir()) == [place]


def test_two_processes_write_one_after_the_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as both:
        written = list(both.map(lambda seed: generate(tmp_path, seed).communicate()[0], (1, 2)))
    assert all(line.startswith(b'{"name":"tiny"') for line in written)
    assert is_whole(tmp_path / "tiny")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_threads_are_in_a_folder_one_after_the_other(tmp_path: Path) -> None:
    """Also when the file of the lock goes while others wait for it."""
    inside: list[int] = []
    seen: list[int] = []

    def visit(number: int) -> None:
        with exclusive(tmp_path):
            inside.append(number)
            time.sleep(0.002)
            seen.append(len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(4) as visitors:
        list(visitors.map(visit, range(20)))
    assert seen == [1] * 20
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_killed_process_is_no_part_of_a_dataset(tmp_path: Path) -> None:
    """It was about to write into the folder of a dataset: that one is read, and replaced."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / LOCK).touch()
    (tmp_path / "mine" / "keys.jsonl").write_text('{"key": "old"}', encoding="utf-8")
    assert set(find(tmp_path / "mine").files) == {"keys"}
    assert find(tmp_path / "mine").findings == ()
    with exclusive(tmp_path), replacing(tmp_path / "mine", TABLES) as new:
        (new / "keys.jsonl").write_text('{"key": "new"}', encoding="utf-8")
        write_manifest(new, {})
    assert "new" in (tmp_path / "mine" / "keys.jsonl").read_text(encoding="utf-8")
    assert not (tmp_path / "mine" / LOCK).exists()
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ("thesis.txt", "holds thesis.txt, which no dataset does"),
        ("keys.txt", "holds keys.txt, which no dataset does"),
        ("langsmith/notes.jsonl", "holds langsmith/notes.jsonl, which no dataset does"),
        ("manifest.json/file", "holds manifest.json, which no dataset does"),
    ],
)
def test_a_folder_that_is_no_dataset_is_refused(tmp_path: Path, held: str, told: str) -> None:
    file = tmp_path / "mine" / held
    file.parent.mkdir(parents=True)
    file.write_text("mine", encoding="utf-8")
    with (
        exclusive(tmp_path),
        pytest.raises(DatasetError, match=told),
        replacing(tmp_path / "mine", TABLES),
    ):
        pytest.fail("there is nothing to fill")
    assert file.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]


def test_what_comes_to_the_place_meanwhile_is_refused(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path),
        pytest.raises(DatasetError, match="mine is a file, expected a dataset or nothing"),
        replacing(tmp_path / "mine", TABLES),
    ):
        (tmp_path / "mine").write_text("mine", encoding="utf-8")
    assert (tmp_path / "mine").read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]


@pytest.mark.parametrize("name", ["langsmith", "manifest.json"])
def test_a_dataset_with_a_link_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "else").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).symlink_to(tmp_path / "else")
    with (
        exclusive(tmp_path),
        pytest.raises(DatasetError, match=f"holds the link {name}, expected files"),
        replacing(tmp_path / "mine", TABLES),
    ):
        pytest.fail("there is nothing to fill")
    assert (tmp_path / "mine" / name).readlink() == tmp_path / "else"


@pytest.mark.parametrize("name", ["mine", "langsmith"])
def test_a_folder_that_could_not_be_cleared_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What is in a folder that cannot be read is unknown. Root may read and write all: so the
    answer of the system is made up."""
    (tmp_path / "mine" / "langsmith").mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda path, _: path.name != name)
    with (
        exclusive(tmp_path),
        pytest.raises(DatasetError, match=f"{name} cannot be both read and written"),
        replacing(tmp_path / "mine", TABLES),
    ):
        pytest.fail("there is nothing to fill")
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]


def test_clearing_leaves_what_is_no_folder_and_follows_no_link(tmp_path: Path) -> None:
    """Files and links under the name of what was left, in it, and in a folder that was moved."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (tmp_path / "mine").mkdir()
    (tmp_path / ".unfinished-file").touch()
    (tmp_path / ".unfinished-link").symlink_to(kept)
    for name in ("of-link", "in-folder", "of-file"):
        (tmp_path / f".unfinished-{name}" / "old").mkdir(parents=True)
    (tmp_path / ".unfinished-of-link/old/mine").symlink_to("kept")
    (tmp_path / ".unfinished-of-file/old/mine").touch()
    (tmp_path / ".unfinished-in-folder/old/mine").mkdir()
    (tmp_path / ".unfinished-in-folder/old/mine/langsmith").symlink_to(kept)
    with exclusive(tmp_path):
        left = {path.name.removeprefix(".unfinished-") for path in tmp_path.iterdir()}
    assert left == {"kept", "mine", "file", "link", "of-link", "of-file", LOCK}
    assert list(kept.iterdir()) == [kept / "file"]

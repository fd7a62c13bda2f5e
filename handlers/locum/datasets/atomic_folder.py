"""Datasets take their place whole or not at all, whenever the process that writes them dies.

A folder is filled aside, in `.unfinished-*` beside its place, and renamed. Whoever writes beside it
holds a lock on the folder around them, so that what lies aside when it begins was left by a process
that died: what that had moved away goes back, the rest is deleted. Nothing but a dataset is ever
replaced, and no symbolic link is followed.

The lock is the file `.locum.lock` in that folder, there only while it is held. The operating system
takes it back from a process that dies. Where Python has no lock of the system's, the file holds the
process's number, and filelock takes it from one of this machine that lives no more.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from filelock import FileLock, UnixFileLock

from locum.datasets import own_tables, prices
from locum.datasets.dataset import MANIFEST
from locum.exceptions import DatasetError

_LOCK = ".locum.lock"
_PREFIX = ".unfinished-"
_ELSEWHERE = "choose another --out, or move it away"
# `dataset.read` refuses a folder whose manifest is not JSON, whatever else is in it.
_UNFINISHED = b"unfinished: this folder is half of a dataset\n"


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Make the folder, wait until no other process writes into it, and put it in order."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / _LOCK
    with (lock := FileLock(file)):
        try:
            for left in filter(_is_folder, folder.glob(f"{_PREFIX}*")):
                _clear(left)
            yield
        finally:
            # The other kinds of lock delete their file when it is released. This one does not, and
            # may lose it while it is held: who has waited for it sees that, and makes another.
            if isinstance(lock, UnixFileLock):
                file.unlink(missing_ok=True)


@contextmanager
def replacing(place: Path, tables: Iterable[str]) -> Iterator[Path]:
    """Give a folder to fill, which then replaces what is at the place; not after an exception.
    `tables` are those that a dataset may have.

    Until its manifest is written, which comes last, no reader takes the folder for a dataset: not
    even one that looks where the writer was killed. Only within `exclusive` of the folder around
    the place. Between two renames there is nothing at the place; one who dies in between leaves
    what was there for the next `exclusive` to put back.

    Raises DatasetError, before anything is touched, where there is anything but a dataset.
    """
    names = {MANIFEST, own_tables.FILE, prices.FILE}
    names |= {f"{table}.{kind}" for table in tables for kind in ("jsonl", "parquet")}
    _check(place, names)
    aside = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place.parent))
    try:
        new, old = aside / "new" / place.name, aside / "old" / place.name
        new.mkdir(parents=True)
        (new / MANIFEST).write_bytes(_UNFINISHED)
        yield new
        _check(place, names)  # again: filling may have taken minutes
        if place.exists():
            old.parent.mkdir()
            place.rename(old)
        new.rename(place)
    finally:
        _clear(aside)


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest, which makes the folder a dataset."""
    text = orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    (folder / MANIFEST).write_bytes(text)


def resolved(place: Path) -> Path:
    """Return the place without links; one that leads to itself stays, for `replacing` to refuse."""
    return Path(os.path.realpath(place))


def _check(place: Path, names: set[str]) -> None:
    """Raise DatasetError where writing would replace anything but a dataset."""
    if os.path.lexists(place) and not _is_folder(place):
        kind = "link" if place.is_symlink() else "file"
        raise DatasetError(f"{place} is a {kind}, expected a dataset or nothing", _ELSEWHERE)
    for folder in filter(_is_folder, (place, *place.rglob("*"))):
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):  # else it is found out too late
            fix = "allow both, or choose another --out"
            raise DatasetError(f"{folder} cannot be both read and written", fix)
    for file in place.rglob("*"):
        if file.name.startswith(_LOCK):  # of a process that was killed, or writes into it now
            continue
        named = file.relative_to(place).as_posix()
        if file.is_symlink():
            raise DatasetError(f"{place} holds the link {named}, expected files", _ELSEWHERE)
        if (named in names) == file.is_dir():
            raise DatasetError(f"{place} holds {named}, which no dataset does", _ELSEWHERE)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _clear(aside: Path) -> None:
    """Put back what was moved away, and remove the rest so that no part of it is ever a dataset.

    What was moved away and is no folder came to the place in the last moment: it is somebody's, and
    stays where it is if it cannot go back.
    """
    for old in aside.glob("old/*"):
        place = aside.parent / old.name
        if not os.path.lexists(place):
            old.rename(place)
    left = [*aside.glob("new/*"), *aside.glob("old/*")]
    for folder in filter(_is_folder, left):
        (folder / MANIFEST).write_bytes(_UNFINISHED)
        for child in folder.iterdir():
            if _is_folder(child):
                shutil.rmtree(child)
            elif child.name != MANIFEST:
                child.unlink()
    if all(map(_is_folder, left)):
        shutil.rmtree(aside)

"""Datasets take their place whole or not at all, whenever the process that writes them dies.

A folder is filled aside, in `.unfinished-*` beside its place, and renamed. Whoever writes beside it
holds a lock on the folder around them, so that what lies aside when it begins was left by a process
that died: what that had moved away goes back, the rest is deleted.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MANIFEST = "manifest.json"
_PREFIX = ".unfinished-"
# `datasets.find` refuses a folder whose manifest is not JSON, whatever else is in it.
_UNFINISHED = b"unfinished: this folder is half of a dataset\n"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Make the folder, wait until no other process writes into it, and put it in order."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # given back by close, and so by death
        for left in folder.glob(f"{_PREFIX}*"):
            _clear(left)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def replaced(place: Path) -> Iterator[Path]:
    """A folder to fill, which then replaces what is at the place; not after an exception.

    Until its manifest is written, which comes last, no reader takes the folder for a dataset: not
    even one that looks where the writer was killed. Only for who is `alone` in the folder around
    the place. Between two renames there is nothing at the place; one who dies in between leaves
    what was there for the next `alone` to put back.
    """
    aside = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place.parent))
    try:
        new, old = aside / "new" / place.name, aside / "old" / place.name
        new.mkdir(parents=True)
        (new / MANIFEST).write_bytes(_UNFINISHED)
        yield new
        if place.exists():
            old.parent.mkdir()
            place.rename(old)
        new.rename(place)
    finally:
        _clear(aside)


def _clear(aside: Path) -> None:
    """Put back what was moved away, and remove the rest so that no part of it is ever a dataset."""
    for old in aside.glob("old/*"):
        place = aside.parent / old.name
        if not place.exists():
            old.rename(place)
    for folder in (*aside.glob("new/*"), *aside.glob("old/*")):
        (folder / MANIFEST).write_bytes(_UNFINISHED)
        for child in folder.iterdir():
            if child.is_dir():
                shutil.rmtree(child)
            elif child.name != MANIFEST:
                child.unlink()
    shutil.rmtree(aside)

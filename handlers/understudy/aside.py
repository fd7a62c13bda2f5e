"""Datasets are written aside, then renamed: a folder is a whole dataset, or none."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MANIFEST = "manifest.json"
# `datasets.find` refuses a folder whose manifest is not JSON, whatever else is in it.
_UNFINISHED = b"unfinished: this folder is half of a dataset\n"


@contextmanager
def replacing(place: Path) -> Iterator[Path]:
    """A new folder to fill, which takes the place of what is at `place` when the block ends.

    Until the block writes its manifest, which it does last, no reader takes the folder for a
    dataset: not even one that looks after the writer was killed. An exception leaves all as it was.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=place.parent))
    new, old = aside / "new", aside / "old"
    try:
        new.mkdir()
        (new / MANIFEST).write_bytes(_UNFINISHED)
        yield new
        if place.exists():
            place.rename(old)
        new.rename(place)
    finally:
        for folder in (new, old):
            _remove(folder)
        aside.rmdir()


def _remove(folder: Path) -> None:
    """Remove the folder, if it is there, so that no part of it is ever a dataset."""
    if not folder.is_dir():
        return
    (folder / MANIFEST).write_bytes(_UNFINISHED)
    for child in folder.iterdir():
        if child.is_dir():
            shutil.rmtree(child)
        elif child.name != MANIFEST:
            child.unlink()
    shutil.rmtree(folder)

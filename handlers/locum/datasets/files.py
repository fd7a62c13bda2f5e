"""The files of a dataset's folder: which there are, and whether each can be read as a file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".jsonl", ".parquet", ".csv")

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def below(folder: Path) -> Iterator[Path]:
    """Give all that is below the folder and no folder itself, sorted; of what is hidden, nothing.

    Folders that have the name of a table's file are given, as they are none. Links to folders are
    followed, save those that lead back to a folder around them: they are given too.
    """
    yield from _below(folder, (os.path.realpath(folder),))


def _below(folder: Path, around: tuple[str, ...]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        real = os.path.realpath(path)
        if path.suffix in SUFFIXES or not path.is_dir() or real in around:
            yield path
        else:
            yield from _below(path, (*around, real))


def unreadable(path: Path) -> str | None:
    """Return what is there instead of a file that can be read, None where there is one. Nothing but
    a file is ever opened: a pipe would wait for its writer."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            return _KINDS.get(stat.S_IFMT(mode), "no file")
        with path.open("rb"):
            return None
    except OSError as error:
        if path.is_symlink() and not path.exists():
            return f"a link that leads to no file ({error.strerror})"
        return f"a file that cannot be read ({error.strerror})"

"""Bundled datasets too large to be committed: generated on first use into a cache folder.

A dataset's place there is named after its recipe, the generator's version and the providers that
see its world, so that what an older one left behind is never used. The folder may be deleted at any
time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from locum.datasets import atomic_folder
from locum.datasets.columns import Columns
from locum.exceptions import DatasetError
from locum.generator import recipe_loader
from locum.provider import Provider

_DIGITS = 16


def root() -> Path:
    """LOCUM_CACHE, else `locum` in XDG_CACHE_HOME or in ~/.cache (XDG Base Directory
    Specification 0.8, which ignores a relative path)."""
    if own := os.environ.get("LOCUM_CACHE"):
        return Path(own)
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (shared if shared.is_absolute() else Path.home() / ".cache") / "locum"


def folder(
    name: str,
    tables: Mapping[str, Columns],
    providers: Sequence[Provider],
    damaged: tuple[int, int] | None = None,
) -> Path:
    """The folder of the bundled dataset, generated where it is not there, or is still the `damaged`
    one (see `state`). When two processes ask at once, one generates and the other waits."""
    recipe = recipe_loader.find(name)
    worlds = sorted(each.name for each in providers if each.world is not None)
    identity = " ".join([recipe_loader.digest(recipe), *worlds])
    place = root() / hashlib.sha256(identity.encode()).hexdigest()[:_DIGITS] / name
    if place.is_dir() and damaged is None:
        return place
    try:
        with atomic_folder.exclusive(place.parent):
            if not place.is_dir() or state(place) == damaged:
                _remove(place)
                from locum.generator import world, writer  # noqa: PLC0415  # slow
                from locum.generator.tables import rows  # noqa: PLC0415  # slow

                writer.fill(recipe, rows(world.build(recipe), providers), place, tables)
    except OSError as error:
        raise DatasetError(
            f"cannot generate {name} into {place}: {error.strerror or error}",
            "let LOCUM_CACHE name a folder that can be written",
        ) from None
    return place


def state(place: Path) -> tuple[int, int]:
    """Return what tells the folder apart from one that is made in its place."""
    found = place.stat()
    return found.st_ino, found.st_ctime_ns


def _remove(place: Path) -> None:
    """Whatever is at the place: all that is in the cache may be deleted."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)

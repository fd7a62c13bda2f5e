"""Bundled datasets too large to be committed: generated on first use into a cache folder.

A dataset's place there is named after its recipe and the generator's version, so that what an
older one left behind is never used. The folder may be deleted at any time.
"""

from __future__ import annotations

import os
from pathlib import Path

from locum.datasets import atomic_folder as aside
from locum.exceptions import DatasetError
from locum.generator import recipe_files

_DIGITS = 16


def root() -> Path:
    """LOCUM_CACHE, else `locum` in XDG_CACHE_HOME or in ~/.cache (XDG Base Directory
    Specification 0.8, which ignores a relative path)."""
    if own := os.environ.get("LOCUM_CACHE"):
        return Path(own)
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (shared if shared.is_absolute() else Path.home() / ".cache") / "locum"


def folder(name: str) -> Path:
    """The folder of the bundled dataset, generated where it is not there. When two processes ask
    at once, one generates and the other waits."""
    recipe = recipe_files.find(name)
    place = root() / recipe_files.digest(recipe)[:_DIGITS] / name
    if place.is_dir():
        return place
    try:
        with aside.alone(place.parent):
            if not place.is_dir():
                from locum.generator import tables, world  # noqa: PLC0415  # slow
                from locum.generator import writer as files  # noqa: PLC0415  # slow

                files.fill(recipe, tables.rows(world.build(recipe)), place)
    except OSError as error:
        raise DatasetError(
            f"cannot generate {name} into {place}: {error.strerror or error}",
            "let LOCUM_CACHE name a folder that can be written",
        ) from None
    return place

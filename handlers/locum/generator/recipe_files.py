"""The files of recipes: found by name, laid upon the base world, and checked, field by field."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import orjson

from locum.exceptions import DatasetError, DocumentError
from locum.generator import fields
from locum.generator.fields import Misfit
from locum.generator.recipe_fit import misfits
from locum.generator.recipes import VERSION, Recipe
from locum.openapi import documents
from locum.resources import bundled

_HELP = "fixtures/world.yaml has every field, with what it means"


def names() -> list[str]:
    """The names of the bundled recipes, sorted."""
    return sorted(path.stem for path in bundled("fixtures").glob("recipes/*.yaml"))


def find(name_or_path: str, changes: Mapping[str, Any] | None = None) -> Recipe:
    """The bundled recipe of that name, else the recipe in the file of that path, with its fields
    changed.

    Raises DatasetError where there is neither, and for a field at fault, with file and line.
    """
    path = bundled("fixtures") / "recipes" / f"{name_or_path}.yaml"
    if name_or_path not in names():
        path = Path(name_or_path)
        if not path.is_file():
            raise DatasetError(
                f"no recipe {name_or_path!r}: neither a bundled name nor a file",
                f"name one of {', '.join(names())}, or the path of a recipe (YAML)",
            )
    return _read(path, dict(changes or {}))


def _read(path: Path, changes: dict[str, Any]) -> Recipe:
    try:
        base = documents.read(bundled("fixtures") / "world.yaml")
        recipe = documents.read(path)
    except DocumentError as error:
        raise DatasetError(str(error), _HELP) from None
    try:
        world = merged(merged(base, recipe), changes)
        found = fields.read(Recipe, {"name": path.stem, **world})
        for misfit in misfits(found):
            raise misfit
    except Misfit as misfit:
        where = ".".join(map(str, misfit.place)) or "the recipe"
        told = f"{where}: found {misfit.found}, expected {misfit.expected}"
        if misfit.place[:1] not in [(name,) for name in changes]:
            line = documents.line(path.read_text(encoding="utf-8-sig"), misfit.place)
            told = f"{path}:{line}: {told}"
        raise DatasetError(told, _HELP) from None
    return found


def merged(target: Any, patch: Any) -> Any:
    """The target with the patch laid upon it: a JSON merge patch (RFC 7396, section 2)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def digest(recipe: Recipe) -> str:
    """What tells a recipe from every other, and from itself under another generator: the SHA-256
    of both, in hexadecimal."""
    text = orjson.dumps([VERSION, attrs.asdict(recipe)])
    return hashlib.sha256(text).hexdigest()

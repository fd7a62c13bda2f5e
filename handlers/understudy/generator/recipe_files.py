"""The files of recipes: found by name, laid upon the base world, and checked, field by field."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import orjson

from understudy import documents
from understudy.exceptions import DatasetError, DocumentError
from understudy.generator import fields
from understudy.generator.fields import Misfit
from understudy.generator.recipes import VERSION, Recipe
from understudy.generator.trees import nodes
from understudy.resources import bundled

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
        for misfit in _misfits(found):
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


def _misfits(recipe: Recipe) -> Iterator[Misfit]:
    """What no field tells by itself: names that name nothing, and trees that are none."""
    for name, tree in recipe.shapes.items():
        try:
            nodes(tree)
        except ValueError as error:
            yield Misfit(("shapes", name), f"{tree!r:.60}", str(error))
    for key, project in recipe.projects.items():
        for field, known in (("shapes", recipe.shapes), ("models", recipe.models)):
            for name in getattr(project, field):
                if name not in known:
                    place = ("projects", key, field, name)
                    yield Misfit(place, f"{name!r}", f"one of {', '.join(known)}")
        if not project.experiment and not project.talks:
            yield Misfit(("projects", key, "talks"), "no talks", "one at least")
    apps = {k: p for k, p in recipe.projects.items() if p.tenant == "demo" and not p.experiment}
    lengths = {name: len(nodes(tree)) for name, tree in recipe.shapes.items()}
    single = [key for key, app in apps.items() if 1 in map(lengths.get, app.shapes)]
    named: list[tuple[fields.Place, str, Iterable[str]]] = [
        (("examples", "shared", "project"), recipe.examples.shared.project, apps),
        (("examples", "private", "project"), recipe.examples.private.project, apps),
        (("singles", "project"), recipe.singles.project, single),
    ]
    for where, name, possible in named:
        if name not in possible:
            yield Misfit(where, f"{name!r}", f"one of {', '.join(possible)}")

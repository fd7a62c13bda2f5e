"""Recipe files: found by name, laid upon the base world, checked, and made a Recipe.

fixtures/recipe.schema.json is checked first, then how the parts of a recipe fit together, which no
schema can say. The first fault is told, as `FILE:LINE: place: found …, expected …`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import jsonschema_rs
import orjson
from jsonschema_rs import ValidationErrorKind

from locum.exceptions import DatasetError, DocumentError, did_you_mean
from locum.generator.recipe import VERSION, Recipe, instant, structured
from locum.generator.slots import FOUND, MADE, OF_THREADS, named
from locum.generator.trace_shapes import nodes
from locum.openapi import reader
from locum.openapi.places import Places
from locum.resources import bundled

Place = tuple[str | int, ...]
Fault = tuple[Place, str, str]  # where, what is found there, what is expected

_BASE = ("world.yaml", "texts.yaml")
_SCHEMA = "urn:locum:recipe"
_WORDS = {"string": "a text", "integer": "an integer", "number": "a number"}
_WORDS |= {"boolean": "true or false", "array": "a list", "object": "a map"}
_YEARS = range(1990, 2200)
_ONE = 1 + 1e-9  # three rates that sum up to 1 may do so only nearly


def _help() -> str:
    return f"{bundled('fixtures') / 'world.yaml'} has every field, with what it means"


def names() -> list[str]:
    """Return the names of the bundled recipes, sorted."""
    return sorted(path.stem for path in bundled("fixtures").glob("recipes/*.yaml"))


def find(name_or_path: str, changes: Mapping[str, Any] | None = None) -> Recipe:
    """Return the bundled recipe of that name, else the recipe in the file of that path, with its
    fields changed.

    Raises DatasetError where there is neither, and for a field at fault, with file and line.
    """
    path = bundled("fixtures") / "recipes" / f"{name_or_path}.yaml"
    if name_or_path not in names():
        path = Path(name_or_path)
        if not path.is_file():
            raise DatasetError(
                f"no recipe {name_or_path!r}: neither a bundled name nor a file"
                f"{did_you_mean(name_or_path, names())}",
                f"name one of {', '.join(names())}, or the path of a recipe (YAML)",
            )
    return _read(path, {field: _utf8(value) for field, value in (changes or {}).items()})


def _utf8(value: Any) -> Any:
    """A shell's text that is no UTF-8 has lone surrogates, which no JSON value has."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def _read(path: Path, changes: dict[str, Any]) -> Recipe:
    try:
        base = merged(*(reader.read(bundled("fixtures") / name) for name in _BASE))
        patch = reader.read(path)
    except DocumentError as error:
        raise DatasetError(str(error), _help()) from None
    whole = {"name": path.stem, **merged(merged(base, patch), changes)}
    fault = next(_misfits(whole), None)
    if fault is None:
        recipe: Recipe = structured(Recipe, _without_experiments(whole, base))
        fault = next(_contradictions(recipe), None)
        if fault is None:
            return recipe
    place, found, expected = fault
    message = f"{'.'.join(map(str, place))}: found {found}, expected {expected}"
    if place[0] not in changes:
        line = Places(path.read_text(encoding="utf-8-sig")).line(place)
        message = f"{path}:{line}: {message}"
    raise DatasetError(message, _help())


def _without_experiments(whole: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """What `experiments: false` stands for: no project is one, and how they run does not matter."""
    if whole["experiments"] is not False:
        return whole
    projects = {k: p for k, p in whole["projects"].items() if not p.get("experiment")}
    return {**whole, "experiments": base["experiments"], "projects": projects}


def merged(target: Any, patch: Any) -> Any:
    """Return the target with the patch laid upon it: a JSON merge patch (RFC 7396, section 2)."""
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
    """Return what tells a recipe from every other, and from itself under another generator: the
    SHA-256 of both, in hexadecimal."""
    text = orjson.dumps([VERSION, attrs.asdict(recipe)])
    return hashlib.sha256(text).hexdigest()


def _is_time(time: str) -> bool:
    try:
        return instant(time).year in _YEARS
    except (ValueError, OverflowError):
        return False


@cache
def _schema() -> tuple[dict[str, Any], jsonschema_rs.Draft202012Validator]:
    """Return the schema of recipe files, and what checks one that is laid upon the base world."""
    schema = orjson.loads((bundled("fixtures") / "recipe.schema.json").read_bytes())
    validator = jsonschema_rs.Draft202012Validator(
        {"$ref": f"{_SCHEMA}#/$defs/complete"},
        registry=jsonschema_rs.Registry([(_SCHEMA, schema)], draft=jsonschema_rs.Draft202012),
        formats={"date-time": _is_time},
        validate_formats=True,
        offline=True,
    )
    return schema, validator


def _misfits(whole: dict[str, Any]) -> Iterator[Fault]:
    """What the schema refuses. Unknown fields come first, as a misspelt one may be the missing one;
    last what must not be, such as null, also in what should not be there at all."""
    order = {"additionalProperties": 0, "not": 2}
    errors = list(_schema()[1].iter_errors(whole))
    for error in sorted(errors, key=lambda error: order.get(error.kind.name, 1)):
        place: Place = tuple(error.instance_path)
        match error.kind:
            case ValidationErrorKind.AdditionalProperties(unexpected=[name, *_]):
                yield (*place, name), "an unknown field", _one_of(_at(place)["properties"], name)
            case ValidationErrorKind.Required(property=name):
                yield (*place, name), "nothing", _expected((*place, name))
            case ValidationErrorKind.PropertyNames(error=inner):
                name = str(inner.instance)
                yield (*place, name), repr(name), _at(place)["propertyNames"]["title"]
            case _:
                yield place, f"{error.instance!r:.60}", _expected(place)


def _at(place: Place) -> dict[str, Any]:
    """Return what the schema says of that place in a recipe file, references followed."""
    schema, _ = _schema()
    node = schema
    for token in place:
        properties = node.get("properties", {})
        node = properties.get(token) or node.get("additionalProperties") or node["items"]
        if "$ref" in node:
            node = {**schema["$defs"][node["$ref"].removeprefix("#/$defs/")], **node}
    return node


def _expected(place: Place) -> str:
    """Return in words what the schema wants of a value at that place."""
    node = _at(place)
    word = _WORDS[node["type"] if isinstance(node["type"], str) else node["type"][0]]
    match node:
        case {"title": title}:
            return str(title)
        case {"enum": values}:
            return f"one of {', '.join(filter(None, values))}"
        case {"minimum": least, "maximum": most}:
            return f"{word} from {least} to {most}"
    return word


def _contradictions(recipe: Recipe) -> Iterator[Fault]:
    """What does not fit together though each value fits the schema. Only the first is to be relied
    upon: others may follow from it, or cannot be looked for."""
    yield from _times(recipe)
    yield from _sums(recipe)
    for name, tree in recipe.shapes.items():
        try:
            nodes(tree)
        except ValueError as error:
            yield ("shapes", name), f"{tree!r:.60}", str(error)
    yield from _references(recipe)
    yield from _slots(recipe)


def _times(recipe: Recipe) -> Iterator[Fault]:
    now = instant(recipe.now)
    if now.microsecond:
        yield ("now",), repr(recipe.now), "whole seconds"
    for number, time in enumerate(recipe.volume.arrivals):
        if not now - timedelta(days=recipe.days) <= instant(time) <= now:
            expected = f"a time in the {recipe.days} days before {recipe.now}"
            yield ("volume", "arrivals", number), repr(time), expected


def _sums(recipe: Recipe) -> Iterator[Fault]:
    outcomes: dict[Place, Any] = {("outcomes",): recipe.outcomes}
    for number, event in enumerate(recipe.volume.events):
        outcomes["volume", "events", number, "outcomes"] = event.outcomes
    for place, rates in outcomes.items():
        if rates is not None and (total := sum(attrs.astuple(rates))) > _ONE:
            yield place, f"a sum of {total:g}", "a sum of 1 at most"
    for tenant in sorted({"demo", *recipe.tenants}):
        apps = [p for p in recipe.projects.values() if p.tenant == tenant and not p.experiment]
        if not any(app.share for app in apps):
            yield ("projects",), f"no share of {tenant} above 0", "one"


def _references(recipe: Recipe) -> Iterator[Fault]:
    """Names of what there is not, and of projects that cannot serve there."""
    named: list[tuple[Place, str, Iterable[str]]] = []
    for key, project in recipe.projects.items():
        if not (project.ran or project.experiment):
            expected = "true, as it is no experiment (share: 0 leaves it without runs)"
            yield ("projects", key, "ran"), "False", expected
        named += [
            (("projects", key, "shapes", name), name, recipe.shapes) for name in project.shapes
        ]
        named += [
            (("projects", key, "models", name), name, recipe.models) for name in project.models
        ]
    apps = {k: p for k, p in recipe.projects.items() if p.tenant == "demo" and not p.experiment}
    of_one = [name for name, tree in recipe.shapes.items() if len(nodes(tree)) == 1]
    single = [key for key, app in apps.items() if not app.shapes.keys().isdisjoint(of_one)]
    named += [
        (("examples", "shared", "project"), recipe.examples.shared.project, apps),
        (("examples", "private", "project"), recipe.examples.private.project, apps),
        (("singles", "project"), recipe.singles.project, single),
    ]
    for place, name, known in named:
        if name not in known:
            yield place, repr(name), _one_of(known, name)


def _slots(recipe: Recipe) -> Iterator[Fault]:
    """Slots that have nothing to choose from, or lead to themselves, and texts that name others
    than there are."""
    names = sorted({*recipe.slots, *OF_THREADS, *MADE, FOUND})
    inner = {
        slot: [found for _, text in _texts(attrs.asdict(has)) for found, _ in named(text)]
        for slot, has in recipe.slots.items()
    }
    for slot, has in recipe.slots.items():
        if not has.choices:
            yield ("slots", slot), "nothing", "texts, maps, or least and most"
        if slot in _reached(inner[slot], inner):
            yield ("slots", slot), f"{{{slot}}} in its own texts", "texts that do not lead back"
    for place, text in _templates(recipe):
        for slot, field in named(text):
            maps = recipe.slots[slot].maps if slot in recipe.slots else ()
            if slot not in names:
                yield place, f"{{{slot}}}", _one_of(names, slot)
            elif not all(field in each for each in maps):
                fields = dict.fromkeys(f"{{{slot}[{each}]}}" for one in maps for each in one)
                yield place, f"{{{slot}}}", f"one of {', '.join(fields)}"


def _templates(recipe: Recipe) -> Iterator[tuple[Place, str]]:
    """All texts with slots, each with its place."""
    for field in ("slots", "tools", "errors", "model_errors"):
        yield from _texts(attrs.asdict(recipe)[field], (field,))
    yield from _texts(attrs.asdict(recipe.feedback.comments), ("feedback", "comments"))
    for key, project in recipe.projects.items():
        for field in ("apologies", "talks"):
            yield from _texts(attrs.asdict(project)[field], ("projects", key, field))


def _texts(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """All texts at any depth of the value, each with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each, (*place, name))
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from _texts(each, (*place, number))


def _reached(slots: Iterable[str], inner: Mapping[str, Iterable[str]]) -> set[str]:
    """Return all slots that these slots' texts name, at any depth."""
    found: set[str] = set()
    left = list(slots)
    while left:
        if (slot := left.pop()) not in found:
            found.add(slot)
            left += inner.get(slot, ())
    return found


def _one_of(known: Iterable[str], name: str) -> str:
    """Return in words what is expected instead of the unknown name."""
    known = list(known)
    return f"one of {', '.join(known)}{did_you_mean(name, known)}"

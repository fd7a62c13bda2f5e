"""The recipe's classes and fixtures/recipe.schema.json say the same; the files fit the schema."""

from __future__ import annotations

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import attrs
import jsonschema_rs
import orjson
import pytest

from locum.generator.model_providers import NAMES
from locum.generator.quantities import MOST
from locum.generator.recipe import (
    THREAD_KEYS,
    Claim,
    LogNormal,
    Model,
    Project,
    Recipe,
    structured,
)
from locum.generator.tenants import TENANTS
from locum.generator.trace_shapes import RUN_TYPES
from locum.openapi import reader
from locum.resources import bundled

FOLDER = bundled("fixtures")
SCHEMA = orjson.loads((FOLDER / "recipe.schema.json").read_bytes())
COMPLETE = SCHEMA["$defs"]["complete"]
FILES = [FOLDER / "world.yaml", FOLDER / "texts.yaml", *sorted(FOLDER.glob("recipes/*.yaml"))]
TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", tuple: "array"}


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """The node with what it refers to."""
    name = node.get("$ref", "#").rpartition("/")[2]
    return {**SCHEMA["$defs"].get(name, {}), **node}


def below(node: dict[str, Any], name: str) -> dict[str, Any]:
    """What the node says of the field of that name."""
    return resolved(node.get("properties", {}).get(name) or node.get("additionalProperties") or {})


def differences(kind: Any, node: dict[str, Any], complete: dict[str, Any]) -> Iterator[str]:
    """Where class and schema differ, at any depth."""
    if isinstance(kind, types.UnionType):
        kind = get_args(kind)[0]
    named = node["type"] if isinstance(node["type"], list) else [node["type"]]
    origin, inner = get_origin(kind), get_args(kind)
    if named[0] != TYPES.get(origin or kind, "object"):
        yield f"{kind} is no {named[0]}"
    elif origin is tuple:
        yield from differences(inner[0], resolved(node["items"]), {})
    elif origin is dict:
        for name in node.get("properties", ["any other"]):
            yield from differences(inner[1], below(node, name), below(complete, name))
    elif attrs.has(kind):
        yield from class_differences(kind, node, complete)


def class_differences(kind: Any, node: dict[str, Any], complete: dict[str, Any]) -> Iterator[str]:
    fields, hints = attrs.fields_dict(kind), get_type_hints(kind)
    if list(fields) != list(node["properties"]):
        yield f"{kind.__name__} has {list(fields)}, the schema {list(node['properties'])}"
        return
    if node["additionalProperties"] is not False:
        yield f"{kind.__name__} takes other fields"
    required = {name for name, field in fields.items() if field.default is attrs.NOTHING}
    if kind in (Model, Project):  # whose name is the key's
        required.remove("name")
    if required != {*node.get("required", ()), *complete.get("required", ())}:
        yield f"{kind.__name__} needs {required}"
    for name, field in fields.items():
        here = below(node, name)
        if field.default not in (attrs.NOTHING, None):
            factory = getattr(field.default, "factory", None)
            default = factory() if factory else field.default
            if structured(hints[name], here["default"]) != default:
                yield f"{kind.__name__}.{name} is {default} by default"
        elif "default" in node["properties"][name]:
            yield f"{kind.__name__}.{name} has no default"
        yield from differences(hints[name], here, below(complete, name))


def test_schema_and_classes_have_the_same_fields() -> None:
    """Names in their order, types, which are required, and defaults."""
    assert list(differences(Recipe, SCHEMA, COMPLETE)) == []


@attrs.frozen
class Other:
    """As LogNormal, but for a name, a type, a default and what is required."""

    median: float
    sigma: int
    least: int = 1


@attrs.frozen
class Less:
    """As LogNormal, without a field."""

    median: float
    sigma: float


def test_differences_are_found() -> None:
    node, complete = SCHEMA["$defs"]["logNormal"], SCHEMA["$defs"]["completeLogNormal"]
    assert list(differences(LogNormal, node, complete)) == []
    assert len(list(differences(Other, node, complete))) == 2
    assert len(list(differences(Less, node, complete))) == 1
    assert len(list(differences(LogNormal, node, {}))) == 1
    assert len(list(differences(str, node, complete))) == 1


def test_what_is_said_twice_is_the_same() -> None:
    """Choices and limits that the code has as well."""
    properties, defs = SCHEMA["properties"], SCHEMA["$defs"]
    assert defs["model"]["properties"]["provider"]["enum"] == list(NAMES)
    assert defs["project"]["properties"]["tenant"]["enum"] == [*TENANTS, None]
    assert tuple(properties["threads"]["properties"]["keys"]["properties"]) == THREAD_KEYS
    own = properties["latency"]["properties"]["own_us"]["properties"]
    assert {*own, "llm"} == {*RUN_TYPES}
    assert defs["amount"]["maximum"] == defs["whole"]["maximum"] == MOST
    for shape in RUN_TYPES:
        assert shape in properties["shapes"]["description"]


def test_the_schema_is_one() -> None:
    """Draft 2020-12, by the official meta-schema."""
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(SCHEMA)


def described(node: dict[str, Any], place: str) -> Iterator[str]:
    """The fields without a description."""
    for name, field in node.get("properties", {}).items():
        here = resolved(field)
        if "description" not in here:
            yield f"{place}.{name}"
        yield from described(here, f"{place}.{name}")
        for part in ("items", "additionalProperties"):
            if isinstance(here.get(part), dict):
                yield from described(resolved(here[part]), f"{place}.{name}")


def test_every_field_has_a_description() -> None:
    assert list(described(SCHEMA, "")) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recipe_file_fits_the_published_schema(path: Path) -> None:
    """As an editor checks it, which finds the schema by the first line."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    reference = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / reference).resolve() == (FOLDER / "recipe.schema.json").resolve()
    jsonschema_rs.Draft202012Validator(SCHEMA).validate(reader.read(path))


@pytest.mark.parametrize(
    "patch",
    [
        {"runz": 1},
        {"late": {"hour": 1}},
        {"seed": None},
        {"runs": -1},
        {"experiments": True},
        {"format": "csv"},
        {"tags": [None]},
        {"volume": {"hours": [1]}},
        {"model_errors": {"200": {}}},
        {"projects": {"a": {"talks": [["a", "b", "{c}"]]}}},
        {"claims": [{"claim": "a", "select": "SELECT 1"}]},
    ],
    ids=str,
)
def test_an_editor_tells_a_fault_of_the_patch_alone(patch: dict[str, Any]) -> None:
    assert not jsonschema_rs.Draft202012Validator(SCHEMA).is_valid(patch)


def test_a_map_becomes_a_value_of_its_class() -> None:
    """With integers for 7.0, floats for 1, tuples for lists; a map's entry is named by its key."""
    assert repr(structured(LogNormal, {"median": 1, "sigma": 0.5, "least": 7.0})) == (
        "LogNormal(median=1.0, sigma=0.5, least=7)"
    )
    assert structured(tuple[tuple[str, ...], ...], [["a"], []]) == (("a",), ())
    model = {"provider": "OPENAI", "prompt": 1, "completion": 1, "cache_read": 1}
    models = structured(dict[str, Model], {"a": model, "b": {**model, "name": "c"}})
    assert [each.name for each in models.values()] == ["a", "c"]
    assert structured(LogNormal | None, {"median": 1, "sigma": 1}) == LogNormal(1.0, 1.0)


@pytest.mark.parametrize(
    ("bounds", "words", "holds"),
    [
        ({"equals": 1000}, "1,000", [1000]),
        ({"at_least": 2}, "at least 2", [2, 3, 1000]),
        ({"at_most": 2}, "at most 2", [1, 2]),
        ({"at_least": 2, "at_most": 3}, "at least 2 and at most 3", [2, 3]),
    ],
)
def test_a_claim_holds_within_its_bounds(
    bounds: dict[str, int], words: str, holds: list[int]
) -> None:
    claim = Claim("a", "SELECT 1", **bounds)
    assert claim.expected == words
    assert [value for value in (1, 2, 3, 1000) if claim.holds(value)] == holds
    assert not claim.holds(None)

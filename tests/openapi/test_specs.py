"""The documents in specs/ are what the vendors publish (tests/data/seeds), and specs/README.md
lists every deviation that their overlays make."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import openapi_spec_validator
import pytest
import yaml

from locum.openapi import documents
from locum.openapi.documents import Document
from locum.providers import bundled
from tests.openapi import overlay_tables

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "specs"
SEEDS = {
    "langsmith": [
        "runs_group_stats.yaml",
        "shared_dataset_runs_stats.yaml",
        "dataset_group_runs.json",
        "thread_stats.yaml",
    ],
    "helicone": ["session_metrics.yaml"],
}
EACH_SEED = [(document, seed) for document, seeds in SEEDS.items() for seed in seeds]


@cache
def published(name: str) -> dict[str, Any]:
    """Read without the package's own reader."""
    document: dict[str, Any] = yaml.safe_load((SPECS / f"{name}.yaml").read_text())
    return document


@cache
def seed_of(name: str) -> dict[str, Any]:
    text = (ROOT / "tests" / "data" / "seeds" / name).read_text()
    seed: dict[str, Any] = json.loads(text) if name.endswith(".json") else yaml.safe_load(text)
    return seed


@cache
def served(name: str) -> Document:
    """The documents of the provider of that name, as one."""
    (provider,) = (each for each in bundled() if each.name == name)
    first, *further = provider.documents
    return documents.load(first, further=further, strict=True)


def written(value: Any) -> str:
    """The value with the order of its keys. 0.0 and 0 are one number in JSON."""
    return re.sub(r"(?<=\d)\.0(?=[,}\]]|$)", "", json.dumps(value))


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].removeprefix("#/components/schemas/")
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def reachable(document: dict[str, Any], start: Any) -> set[str]:
    """The names of the component schemas that `start` refers to, however far."""
    found: set[str] = set()
    waiting = list(references(start))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(document["components"]["schemas"][name])
    return found


@pytest.mark.parametrize(("name", "seed"), EACH_SEED)
def test_path_item_is_as_published(name: str, seed: str) -> None:
    ours = published(name)["paths"]
    for path, item in seed_of(seed)["paths"].items():
        assert written(ours[path]) == written(item)


@pytest.mark.parametrize(("name", "seed"), EACH_SEED)
def test_every_component_is_as_published(name: str, seed: str) -> None:
    ours = published(name)["components"]
    for kind, components in seed_of(seed)["components"].items():
        for component, definition in components.items():
            assert written(ours[kind][component]) == written(definition), component


@pytest.mark.parametrize(("name", "seed"), EACH_SEED)
def test_operation_reaches_the_components_that_were_published_with_it(name: str, seed: str) -> None:
    theirs, ours = seed_of(seed), published(name)
    for path, item in theirs["paths"].items():
        assert reachable(ours, ours["paths"][path]) == reachable(theirs, item)
        assert reachable(theirs, item) <= theirs["components"]["schemas"].keys()


@pytest.mark.parametrize("name", SEEDS)
def test_nothing_is_there_that_was_not_published(name: str) -> None:
    ours, theirs = published(name), [seed_of(seed) for seed in SEEDS[name]]
    assert ours["paths"].keys() == {path for seed in theirs for path in seed["paths"]}
    for kind, components in ours["components"].items():
        assert components.keys() == {
            component for seed in theirs for component in seed["components"].get(kind, {})
        }


# What is cut from whole documents that are no seeds.
CUTS = {
    "langsmith-more.json": ["documents/langsmith-full.json"],
    "helicone-more.json": ["openapi/helicone-sessions.json", "openapi/helicone-neighbours.json"],
}


@pytest.mark.parametrize(("name", "wholes"), CUTS.items())
def test_a_cut_is_as_published(name: str, wholes: list[str]) -> None:
    """Its paths, and the schemas that they reach and no other, down to the order of keys."""
    theirs: dict[str, Any] = {"paths": {}, "components": {"schemas": {}}}
    for whole in wholes:
        each = json.loads((ROOT.parent / "shared" / whole).read_text())
        theirs = each | {
            "paths": theirs["paths"] | each["paths"],
            "components": {
                "schemas": theirs["components"]["schemas"] | each["components"]["schemas"]
            },
        }
    ours = json.loads((SPECS / name).read_text())
    assert ours.keys() == {"openapi", "info", "servers", "paths", "components"}
    for head in ("openapi", "info", "servers"):
        assert ours[head] == theirs[head]
    for path, item in ours["paths"].items():
        assert written(item) == written(theirs["paths"][path])
    schemas = ours["components"]["schemas"]
    assert schemas.keys() == reachable(theirs, ours["paths"])
    for schema, definition in schemas.items():
        assert written(definition) == written(theirs["components"]["schemas"][schema])


@pytest.mark.parametrize(("name", "seed"), EACH_SEED)
def test_head_is_as_published(name: str, seed: str) -> None:
    """The one seed that is cut from a larger document, a JSON file, has no head."""
    heads = [
        {key: value for key, value in document.items() if key not in ("paths", "components")}
        for document in (published(name), seed_of(seed))
    ]
    if seed.endswith(".yaml"):
        assert written(heads[0]) == written(heads[1])
    else:
        assert heads[1] == {}


def test_every_action_is_listed_with_its_target_and_reason() -> None:
    """`python -m tests.openapi.overlay_tables` writes them."""
    readme = (SPECS / "README.md").read_text()
    assert overlay_tables.written(readme) == readme


def test_each_overlay_has_a_section_and_no_other_has() -> None:
    named = set(re.findall(r"^## (\S+\.yaml)$", (SPECS / "README.md").read_text(), re.MULTILINE))
    there = {
        path.name for kind in ("overlay", "tolerated") for path in SPECS.glob(f"*.{kind}.yaml")
    }
    assert named == there


@pytest.mark.parametrize("name", SEEDS)
def test_what_is_in_effect_and_what_clients_get_is_valid_openapi(name: str) -> None:
    """By an independent validator. It refuses LangSmith's names of security schemes, which break
    the specification's pattern; they are renamed for it."""
    for each in (served(name).effective, served(name).for_clients()):
        text = json.dumps(each)
        for scheme in ("API Key", "Tenant ID", "Bearer Auth"):
            text = text.replace(f'"{scheme}"', f'"{scheme.replace(" ", "")}"')
        openapi_spec_validator.validate(json.loads(text))


@pytest.mark.parametrize("name", SEEDS)
def test_every_operation_documents_the_failures_that_any_request_may_meet(name: str) -> None:
    for path, method, operation in documents.operations(served(name)):
        wanted = {"405", "406", "415", "429", "431", "500"}
        if operation.get("security"):
            wanted |= {"401", "403"} if name == "langsmith" else {"401"}
        if "requestBody" in operation:
            wanted.add("408")
        assert wanted <= operation["responses"].keys(), f"{method} {path}"


@pytest.mark.parametrize(
    ("answer", "fits"),
    [
        ({}, True),
        ({"run_count": 3, "total_cost": None}, True),
        ({"llm": {"run_count": 3}, "chain": {}}, True),
        ({"run_count": {"run_count": 3}}, True),  # a group may be called like a field
        ({"run_count": "3"}, False),
        ({"latency": 3}, False),
        ({"llm": {"latency": 3}}, False),
        ({"llm": {"run_count": "3"}}, False),
    ],
)
def test_shared_dataset_answer_is_statistics_or_a_map_of_them(answer: Any, fits: bool) -> None:  # noqa: FBT001 - a parameter of the test
    effective = served("langsmith").effective
    path = "/api/v1/public/{share_token}/datasets/runs/stats"
    response = effective["paths"][path]["post"]["responses"]["200"]
    schema = response["content"]["application/json"]["schema"]
    whole = schema | {"components": effective["components"]}
    assert jsonschema_rs.Draft202012Validator(whole).is_valid(answer) is fits

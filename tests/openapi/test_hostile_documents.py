"""Documents that mean harm are served, linted or refused: no traceback, and within bounds of time
and memory."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.exceptions import DocumentError
from locum.http.connexion_app import ServedDocument
from locum.openapi import documents
from locum.openapi.lint import ERROR, lint
from locum.provider import Provider
from tests.openapi.hostile_documents import BODY, CASES, ref, tower, with_schemas, written
from tests.oracles.measured_command import measure
from tests.oracles.small_api import client_of
from tests.oracles.small_document import SMALL, load, refusal, with_part

MOST_SECONDS = 5  # of processor time, the start of the process included
MOST_BYTES = 500 * 2**20
# What takes many seconds goes through `scripts/hostile` alone.
SLOW = {name for name in CASES if "0000-" in name or name.startswith(("overlay-", "diamond-of"))}
# What takes about a second is long, and so are those diamonds for which these stand: each keyword,
# width and version once or more.
LONG = {
    "5000-parameters",
    "diamond-unevaluated",
    "diamond-with-a-wrong-default",
    "json-many-keys-twice",
    "laughs-just-within",
    *(name for name in CASES if name.startswith("diamond-") and name.endswith((".0", ".3"))),
} - {"diamond-allOf-2-3.1.0", "diamond-anyOf-1-3.0.3", "diamond-oneOf-2-3.0.3"}


NAMES = [
    pytest.param(name, marks=[pytest.mark.long] * (name in LONG))
    for name in sorted(CASES.keys() - SLOW)
]


def refused(step: Callable[[], Any]) -> DocumentError | None:
    try:
        step()
    except DocumentError as error:
        return error
    return None


@pytest.mark.parametrize("strict", [False, pytest.param(True, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", NAMES)
def test_what_serve_refuses_lint_names_and_neither_stumbles(
    tmp_path: Path, name: str, *, strict: bool
) -> None:
    path = written(tmp_path, name)
    refusal_of_serve = refused(lambda: documents.load(path, strict=strict))
    found: list[Any] = []
    refusal_of_lint = refused(lambda: found.extend(lint(path, strict=strict)))
    for error in filter(None, (refusal_of_serve, refusal_of_lint)):
        assert error.fix
        assert str(error).isprintable() or name == "path-'/\\n'"
    names_an_error = any(finding.level == ERROR for finding in found)
    assert names_an_error is (refusal_of_serve is not None) or refusal_of_lint is not None
    assert refusal_of_lint is None or refusal_of_serve is not None


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
@pytest.mark.parametrize("command", ["serve", "lint"])
@pytest.mark.parametrize(
    "name",
    [
        "laughs-maps",
        pytest.param("laughs-long-text", marks=pytest.mark.long),
        "diamond-allOf-2-3.1.0",
        "deep-100000-json",
    ],
)
def test_command_ends_soon_with_a_status_and_little_memory(
    tmp_path: Path, name: str, command: str
) -> None:
    """The diamond is served, until it is interrupted."""
    path = written(tmp_path, name)
    serving = ["--port", "0", "--port-file", str(tmp_path / "port")] * (command == "serve")
    took = measure(command, str(path), *serving)
    assert took.seconds < MOST_SECONDS
    assert took.peak_bytes < MOST_BYTES
    assert took.status == (0 if "diamond" in name else 2)
    if command == "lint":
        assert took.printed[-1].endswith(" warnings in 1 documents")
    elif took.status:
        assert [line.split(":")[0] for line in took.printed] == ["error", "fix"]


# What can be served is, and checks values as it should.


def client(folder: Path, document: Any) -> TestClient:
    loaded = load(folder, document)
    provider = Provider(name="small", handlers={"a": lambda *_, **__: {}})
    served = ServedDocument(loaded, provider, {("/a/{id}", "post"): []})
    return client_of(folder / "data", served, auth="off")


def status_of(asked: TestClient, body: object) -> int:
    return int(asked.post("/a/1", json=body).status_code)


@pytest.mark.parametrize("openapi", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize("keyword", ["allOf", "anyOf"])
def test_diamond_of_a_thousand_levels_is_served(
    tmp_path: Path, keyword: str, width: int, openapi: str
) -> None:
    """It means what its last level means: an object."""

    def level(_: int, following: list[dict[str, Any]]) -> dict[str, Any]:
        return {keyword: (following * 2)[:2]}

    asked = client(tmp_path, with_schemas(tower(1000, level, width), version=openapi))
    assert status_of(asked, {}) == 200
    assert status_of(asked, 5) == 422


def test_each_level_of_a_diamond_counts(tmp_path: Path) -> None:
    """Level n allows no more than 2000 - n properties, and the last but one has a property."""

    def level(number: int, following: list[dict[str, Any]]) -> dict[str, Any]:
        rules = {"maxProperties": 2000 - number, "properties": {f"p{number}": {"type": "null"}}}
        return {"allOf": (following * 2)[:2], **rules}

    asked = client(tmp_path, with_schemas(tower(1000, level, 2)))
    assert status_of(asked, {f"q{number}": 0 for number in range(1001)}) == 200
    assert status_of(asked, {f"q{number}": 0 for number in range(1002)}) == 422
    assert status_of(asked, {"p0": None, "p999": None}) == 200
    assert status_of(asked, {"p0": 1}) == 422
    assert status_of(asked, {"p999": 1}) == 422


def test_one_of_the_same_schema_twice_is_never_valid(tmp_path: Path) -> None:
    schemas = tower(30, lambda _, following: {"oneOf": following * 2})
    assert status_of(client(tmp_path, with_schemas(schemas)), {}) == 422


def test_chain_of_ten_thousand_references_is_served(tmp_path: Path) -> None:
    asked = client(tmp_path, with_schemas(tower(10_000, lambda _, following: following[0])))
    assert status_of(asked, {}) == 200
    assert status_of(asked, 5) == 422


def test_diamond_that_cannot_be_made_smaller_is_refused_with_its_place(tmp_path: Path) -> None:
    """The two schemas of a level differ, and which of them holds matters."""

    def level(number: int, following: list[dict[str, Any]]) -> dict[str, Any]:
        return {"oneOf": [following[0], following[-1]], "maxProperties": number}

    schemas = tower(20, level, 2)
    for name in schemas:
        schemas[name]["minProperties"] = int(name.startswith("S"))
    message = refusal(tmp_path, with_schemas(schemas))
    place = "#/paths/~1a~1{id}/post/requestBody/content/application~1json/schema"
    assert place in message
    assert "found more than 100,000 ways by references to check one value" in message


def test_tree_by_references_checks_each_of_its_nodes(tmp_path: Path) -> None:
    tree = {
        "type": "object",
        "properties": {"left": ref("S0"), "right": ref("S0"), "value": {"type": "integer"}},
        "additionalProperties": False,
    }
    asked = client(tmp_path, with_schemas({"S0": tree}))
    assert status_of(asked, {"left": {"value": 1}, "right": {"left": {"value": 2}}}) == 200
    assert status_of(asked, {"left": {"value": 1}, "right": {"left": {"value": "2"}}}) == 422
    assert status_of(asked, {"right": {"right": {"other": 1}}}) == 422


def test_document_as_deep_as_can_be_is_served_and_one_level_more_is_not(tmp_path: Path) -> None:
    """The body's schema stands in nine objects."""

    def nested(levels: int) -> dict[str, Any]:
        schema: dict[str, Any] = {}
        for _ in range((levels - 1) // 2):
            schema = {"properties": {"p": schema}}
        return with_part(SMALL, *BODY, schema | ({} if levels % 2 else {"default": []}))

    load(tmp_path, nested(191))
    assert "found more than 200 levels of nesting" in refusal(tmp_path, nested(193))
